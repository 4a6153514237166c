/** The planning road: plan text (or an order) → references → observations → plan. Writes nothing. */
import { type Diagnostic, fail, hasErrors, sortDiagnostics } from '../../lib/diagnostic.ts';
import type { Binding, DesiredAccess, DesiredGraph, DesiredNode, PlanText } from '../config/desired.ts';
import { loadPlan } from '../config/load.ts';
import { resolveReferences } from '../config/references.ts';
import { foldName } from '../model/address.ts';
import { DEVICE_WORDS, type DeviceKind, isDeviceKind } from '../model/device-kinds.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { ObservedNetworks } from '../observe/network-observation.ts';
import { Draft, type PlannerInput } from '../planner/draft.ts';
import { networkSystemsToObserve } from '../planner/fabrics-needed.ts';
import { finishPlan, makePlan, type PlanResult } from '../planner/make-plan.ts';
import { systemsToObserve, type WantedSystem } from '../planner/systems.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { reservingWorkflows } from '../workflow/owners.ts';
import { absolutePaths, configurationProblems } from './device-configuration.ts';
import { declaredSpec, deviceSpec } from './devices.ts';
import { loadDevice } from './drivers.ts';
import { type Call, randomHex } from './engine.ts';
import { type Look, observeSystems, type SystemToObserve } from './observing.ts';
import { observeNetworks } from './observing-networks.ts';
import type { PlanOptions, PlanSource, Refresh } from './types.ts';
import { missingSecrets } from './vault-check.ts';

export interface Order {
  readonly operation: string;
  readonly graph: DesiredGraph;
  readonly texts: readonly PlanText[];
  readonly options: PlanOptions;
  readonly destroy?: boolean;
  readonly additive?: boolean;
  readonly apiOwned?: boolean;
  /** Systems beyond those that follow from the graph. */
  readonly alsoObserve?: (view: RecordedView) => WantedSystem[];
  /** The same for network systems. */
  readonly alsoObserveNetworks?: (view: RecordedView) => WantedSystem[];
  /** Network systems that were looked at for this order already: no other is. */
  readonly seenNetworks?: ObservedNetworks;
  /** Names of storage systems, folded, that are not looked at whatever else says so. */
  readonly neverObserve?: ReadonlySet<string>;
  /** Gets what was seen of recorded systems, for those who keep it. */
  readonly looks?: Look[];
  /** Makes the changes instead of the differ (one-shot verbs). */
  readonly draw?: (draft: Draft) => void;
}

/** Everything that can be said without devices: syntax, names, references, drivers' configurations. */
export async function checkSource(
  loader: ViewLoader,
  source: PlanSource,
): Promise<{ graph: DesiredGraph; bindings: ReadonlyMap<string, Binding>; diagnostics: Diagnostic[] }> {
  const { graph, diagnostics } = loadPlan(source.texts, { variables: source.variables });
  const references = await bind(loader, graph, source.texts);
  const checked = await checkDrivers(references.graph, source.texts);
  return {
    graph: checked.graph,
    bindings: rebind(references.bindings, checked.replaced),
    diagnostics: sortDiagnostics([...diagnostics, ...references.diagnostics, ...checked.diagnostics]),
  };
}

async function bind(loader: ViewLoader, graph: DesiredGraph, texts: readonly PlanText[]) {
  const given = new Set(texts.map(({ file, source }) => source ?? file));
  const resolve = async (suggestRecorded: boolean) => {
    const options = { suggestRecorded, isGiven: (source: string) => given.has(source) };
    return (await withView(loader, (view) => resolveReferences(graph, view, options))).result;
  };
  const first = await resolve(false);
  return hasErrors(first.diagnostics) ? resolve(true) : first;
}

/** The driver's own schema checks the configuration; relative paths become absolute. */
async function checkDrivers(graph: DesiredGraph, texts: readonly PlanText[]) {
  const diagnostics: Diagnostic[] = [];
  const replaced = new Map<DesiredNode, DesiredNode>();
  const directories = new Map(texts.map(({ file, directory }) => [file, directory]));
  for (const stack of graph.stacks) {
    for (const node of stack.nodes.values()) {
      if (!isDeviceKind(node.kind) || node.existing) continue;
      const spec = node.spec as DesiredAccess;
      if (spec.driver === undefined || node.unclear?.has('driver')) continue;
      try {
        const manifest = await loadDevice(node.kind, spec.driver);
        if (['endpoint', 'configuration'].some((key) => node.unclear?.has(key))) continue;
        const { configuration, relative } = absolutePaths(
          spec.configuration,
          manifest.configurationPaths,
          // A path on another machine has nothing to do with where the file is.
          spec.endpoint === 'local' ? directories.get(node.file) : undefined,
        );
        const parsed = manifest.configuration.safeParse(configuration);
        const issues = parsed.success ? [] : parsed.error.issues;
        const missing = relative.map((path) => ({ path: [path], message: 'a relative path is not allowed here' }));
        for (const problem of configurationProblems(node.name, [...issues, ...missing], DEVICE_WORDS[node.kind])) {
          diagnostics.push({ ...problem, span: node.spanOf(['configuration']) });
        }
        replaced.set(node, { ...node, spec: { ...spec, configuration } } as unknown as DesiredNode);
      } catch (error) {
        if (!(error instanceof Error && 'diagnostics' in error)) throw error;
        const found = (error as { diagnostics: readonly Diagnostic[] }).diagnostics;
        diagnostics.push(...found.map((diagnostic) => ({ ...diagnostic, span: node.spanOf(['driver']) })));
      }
    }
  }
  return { graph: withNodes(graph, replaced), diagnostics, replaced };
}

/** Only what holds a replaced node is made anew: most of a large graph stays as it is. */
function withNodes(graph: DesiredGraph, replaced: ReadonlyMap<DesiredNode, DesiredNode>): DesiredGraph {
  const stacks = graph.stacks.map((stack) => {
    const found = [...stack.nodes].filter(([, node]) => replaced.has(node));
    if (found.length === 0) return stack;
    const nodes = new Map(stack.nodes);
    for (const [address, node] of found) nodes.set(address, replaced.get(node)!);
    return { ...stack, nodes };
  });
  return { ...graph, stacks };
}

function rebind(bindings: ReadonlyMap<string, Binding>, replaced: ReadonlyMap<DesiredNode, DesiredNode>) {
  const rebound = new Map(bindings);
  for (const [key, binding] of bindings) {
    const node = binding.node && replaced.get(binding.node);
    if (node) rebound.set(key, { ...binding, node });
  }
  return rebound;
}

/** Plan text → plan. */
export async function planSource(
  call: Call,
  source: PlanSource & PlanOptions,
  operation = 'plan',
  looks?: Look[],
): Promise<PlanResult> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const { graph, bindings, diagnostics } = await checkSource(loader, source);
    if (hasErrors(diagnostics)) return { diagnostics };
    const secrets = await missingSecrets(call.engine.store, graph, 'error');
    if (secrets.length > 0) return { diagnostics: sortDiagnostics([...diagnostics, ...secrets]) };
    const order = { operation, graph, texts: source.texts, options: source, ...(looks ? { looks } : {}) };
    const made = await planOrder(call, loader, order, bindings);
    return { ...made, diagnostics: sortDiagnostics([...diagnostics, ...made.diagnostics]) };
  } finally {
    loader.close();
  }
}

export async function planOrder(
  call: Call,
  loader: ViewLoader,
  order: Order,
  bindings: ReadonlyMap<string, Binding> = new Map(),
): Promise<PlanResult> {
  const input = await plannerInput(call, loader, order, bindings);
  const { result } = await withView(loader, (view) => {
    if (!order.draw) return makePlan({ ...input, view });
    const draft = new Draft({ ...input, view });
    order.draw(draft);
    return finishPlan(draft);
  });
  return result;
}

/** Observes what is needed and puts together the planner's input, all but the view. */
export async function plannerInput(
  call: Call,
  loader: ViewLoader,
  order: Order,
  bindings: ReadonlyMap<string, Binding>,
): Promise<Omit<PlannerInput, 'view'>> {
  const { engine, ctx } = call;
  const systems = await withView(loader, (view) => toObserve(order, bindings, view));
  const networks = await withView(loader, (view) => networksToObserve(order, bindings, view));
  const how = { refresh: howToLook(order.options), ...(order.looks ? { looks: order.looks } : {}) };
  const observed = await observeSystems(call, loader, systems.result, how);
  const observedNetworks = order.seenNetworks ?? (await observeNetworks(call, loader, networks.result, how));
  const reserving = await reservingWorkflows(loader.snapshot, { host: engine.host, process: { id: '' } });
  const sources = new Map(order.texts.map(({ file, source }) => [file, source ?? file]));
  const {
    attestOffline,
    attestUnexports,
    waitIdleMs,
    activatePending,
    replaceMissing,
    targets = [],
    excludes = [],
  } = order.options;
  return {
    operation: order.operation,
    graph: order.graph,
    bindings,
    observed,
    observedNetworks,
    installation: engine.installation.installationId,
    epoch: engine.installation.epoch,
    actor: ctx.actor,
    nowMs: engine.clock.nowMs(),
    reserving,
    seed: randomHex(engine.random, 32),
    replaceMissing: replaceMissing ?? [],
    targets,
    excludes,
    sourceOf: (file) => (order.additive || order.apiOwned ? undefined : (sources.get(file) ?? file)),
    ...(attestOffline === undefined ? {} : { attestOffline }),
    ...(attestUnexports === undefined ? {} : { attestUnexports }),
    ...(waitIdleMs === undefined ? {} : { waitIdleMs }),
    ...(activatePending ? { activatePending } : {}),
    ...(order.destroy ? { destroy: true } : {}),
    ...(order.additive ? { additive: true } : {}),
    ...(order.apiOwned ? { apiOwned: true } : {}),
  };
}

/** What is made in the place of something missing must be missing now, not some time ago. */
function howToLook({ refresh = 'full', replaceMissing = [] }: PlanOptions): Refresh {
  if (replaceMissing.length === 0 || refresh === 'full') return refresh;
  if (refresh === 'auto') return 'full';
  return fail('error', {
    code: 'COPRHD-DEVICE-009',
    summary: `${replaceMissing.join(', ')} can not be replaced without a look at the device`,
    detail: 'what was missing when it was last seen may be there again, with its data',
    fix: 'leave out --refresh none',
  });
}

function toObserve(order: Order, bindings: ReadonlyMap<string, Binding>, view: RecordedView): SystemToObserve[] {
  const wanted = [...systemsToObserve(order.graph, bindings, view), ...(order.alsoObserve?.(view) ?? [])];
  const never = order.neverObserve;
  return withSpecs(
    'storageSystem',
    wanted.filter(({ name }) => !never?.has(foldName(name))),
    view,
  );
}

function networksToObserve(order: Order, bindings: ReadonlyMap<string, Binding>, view: RecordedView) {
  const wanted = [
    ...networkSystemsToObserve(order.graph, bindings, view),
    ...(order.alsoObserveNetworks?.(view) ?? []),
  ];
  return withSpecs('networkSystem', wanted, view);
}

/** How each is reached: as it is declared, else as it is recorded. */
function withSpecs(kind: DeviceKind, wanted: readonly WantedSystem[], view: RecordedView): SystemToObserve[] {
  const systems = new Map<string, SystemToObserve>();
  for (const { name, urn, node } of wanted) {
    const record = urn && view.get<typeof kind>(urn)?.record;
    const spec = node ? declaredSpec({ name, ...(node.spec as DesiredAccess) }, record) : record && deviceSpec(record);
    if (spec && !systems.has(name)) systems.set(name, { spec, ...(urn ? { urn } : {}) });
  }
  return [...systems.values()];
}
