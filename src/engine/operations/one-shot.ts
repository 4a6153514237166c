/** Verbs that make a one-shot plan: destroy, undelete, purge, import of one object, device add, discover. */
import { type Diagnostic, fail, hasErrors } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { DesiredGraph, DesiredStack } from '../config/desired.ts';
import { loadPlan } from '../config/load.ts';
import { resolveReferences } from '../config/references.ts';
import { DriverError } from '../driver/errors.ts';
import { INFRASTRUCTURE_STACK } from '../model/address.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { exactSize } from '../model/size.ts';
import { ZONE } from '../model/unique-names.ts';
import { ROOT_TENANT_URN } from '../model/urn.ts';
import type { Draft } from '../planner/draft.ts';
import type { PlanResult } from '../planner/make-plan.ts';
import type { Plan } from '../planner/plan.ts';
import type { WantedSystem } from '../planner/systems.ts';
import { removeVolume, undeleteVolume } from '../planner/volume-removal.ts';
import { openViewLoader, withView } from '../state/view.ts';
import { type Found, findResource } from './addresses.ts';
import { callContext } from './call-context.ts';
import type { Call } from './engine.ts';
import { planOrder } from './planning.ts';
import type { DestroyInput, Report } from './types.ts';

export type PlanReport = Report & { plan?: Plan };

export function planReport({ plan, diagnostics }: PlanResult): PlanReport {
  const all = plan ? onceEach([...diagnostics, ...plan.diagnostics]) : diagnostics;
  const held = plan && plan.counts.held + plan.removals.limitsExceeded.length > 0;
  const outcome = !plan ? 'error' : held ? 'held' : plan.changes.length > 0 ? 'changes' : 'ok';
  return { outcome, diagnostics: all, ...(plan ? { plan } : {}) };
}

/** Everything of the named stacks goes; infrastructure only when it is named. */
export async function destroy(call: Call, input: DestroyInput): Promise<PlanReport> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const stacks = (await withView(loader, (view) => input.stacks.map((name) => emptyStack(view, name)))).result;
    const missing = input.stacks.filter((_name, index) => stacks[index] === undefined);
    if (missing.length > 0) {
      fail('error', {
        code: 'COPRHD-STATE-005',
        summary: `nothing is recorded of stack ${missing.join(', ')}`,
        fix: 'coprhd state list',
      });
    }
    const graph: DesiredGraph = { stacks: stacks.filter((stack) => stack !== undefined) };
    const { stacks: _stacks, ...options } = input;
    const order = { operation: 'destroy', graph, texts: [], options, destroy: true };
    return planReport(await planOrder(call, loader, order));
  } finally {
    loader.close();
  }
}

/** A stack that declares nothing any more. Undefined when nothing of it is recorded. */
function emptyStack(view: RecordedView, name: string): DesiredStack | undefined {
  const empty = { stack: name, nodes: new Map(), forget: [], imports: [], files: [] };
  if (
    name.toLowerCase() === INFRASTRUCTURE_STACK ||
    view.inStack(ROOT_TENANT_URN, name).some(({ record }) => record.kind !== 'volume' && record.kind !== 'export')
  ) {
    return view.inStack(ROOT_TENANT_URN, name).length > 0 ? { ...empty, type: 'infrastructure' } : undefined;
  }
  for (const { record } of view.all('project')) {
    if (record.status.phase === 'deleted') continue;
    const inProject = view
      .inStack(record.spec.tenant, name)
      .some(({ record: member }) => member.scope.project === record.urn);
    if (inProject) return { ...empty, type: 'stack', project: record.name };
  }
  return undefined;
}

export async function undelete(call: Call, input: { address: string }): Promise<PlanReport> {
  return oneVolume(call, 'undelete', input.address, (draft, recorded) => undeleteVolume(draft, recorded));
}

export async function purge(call: Call, input: { address: string }): Promise<PlanReport> {
  return oneVolume(call, 'purge', input.address, (draft, recorded) => removeVolume(draft, recorded, 'purge'));
}

async function oneVolume(
  call: Call,
  operation: 'undelete' | 'purge',
  address: string,
  draw: (draft: Draft, recorded: VersionedRecord<'volume'>) => void,
): Promise<PlanReport> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const found = (await withView(loader, (view) => findResource(view, address, 'volume'))).result;
    const recorded = requireQuarantined(found, operation, address);
    const device = recorded.record.status.device;
    const result = await planOrder(call, loader, {
      operation,
      graph: { stacks: [] },
      texts: [],
      options: {},
      alsoObserve: (view) => (device ? [systemOf(view, device.system)].filter((system) => system !== undefined) : []),
      draw: (draft) => {
        const now = draft.input.view.get<'volume'>(recorded.record.urn);
        if (now) draw(draft, now);
      },
    });
    return planReport(result);
  } finally {
    loader.close();
  }
}

function systemOf(view: RecordedView, urn: ResourceRecord['urn']): WantedSystem | undefined {
  const record = view.get(urn)?.record;
  return record && { name: record.name, urn };
}

function requireQuarantined(found: Found, operation: string, address: string): VersionedRecord<'volume'> {
  if (!('recorded' in found)) return fail('error', found.problem);
  const { record } = found.recorded;
  if (record.status.phase !== 'quarantined') {
    fail('error', {
      code: 'COPRHD-PLAN-009',
      summary: `${found.address} is ${record.status.phase}, not quarantined`,
      fix: operation === 'purge' ? 'remove it from its plan file first' : `coprhd show ${address}`,
    });
  }
  return found.recorded as VersionedRecord<'volume'>;
}

/** `coprhd import`: adopts one volume into a stack of its own file, and says what to write there. */
export async function importOne(
  call: Call,
  input: {
    address: string;
    system: string;
    nativeId: string;
    project: string;
    virtualPool: string;
    virtualArray: string;
  },
): Promise<PlanReport & { yaml?: string }> {
  const [stack, local] = input.address.includes('/')
    ? (input.address.split('/', 2) as [string, string])
    : ['imported', input.address];
  const name = local.replace(/^volume\./, '');
  const sizeBytes = await observedSize(call, input.system, input.nativeId);
  const document = (withImport: boolean) =>
    [
      'kind: stack',
      `stack: ${JSON.stringify(stack)}`,
      `project: ${JSON.stringify(input.project)}`,
      'volumes:',
      `  ${JSON.stringify(name)}: { size: ${exactSize(sizeBytes)}, virtualPool: ${JSON.stringify(input.virtualPool)}, virtualArray: ${JSON.stringify(input.virtualArray)} }`,
      ...(withImport
        ? [
            'import:',
            `  - { address: ${JSON.stringify(`volume.${name}`)}, system: ${JSON.stringify(input.system)}, nativeId: ${JSON.stringify(input.nativeId)} }`,
          ]
        : []),
      '',
    ].join('\n');
  const texts = [{ file: '<import>.yaml', text: document(true) }];
  const { graph, diagnostics } = loadPlan(texts, { variables: {} });
  if (hasErrors(diagnostics)) return { outcome: 'error', diagnostics: withoutSpans(diagnostics) };
  const loader = await openViewLoader(call.engine.store);
  try {
    const references = (await withView(loader, (view) => resolveReferences(graph, view))).result;
    if (hasErrors(references.diagnostics))
      return { outcome: 'error', diagnostics: withoutSpans(references.diagnostics) };
    const order = { operation: 'import', graph, texts, options: {}, additive: true };
    const result = await planOrder(call, loader, order, references.bindings);
    const report = planReport({ ...result, diagnostics: withoutSpans(result.diagnostics) });
    return { ...report, ...(report.plan ? { yaml: document(false) } : {}) };
  } finally {
    loader.close();
  }
}

/** What says the same is said once, wherever it stands in a file. */
function onceEach(all: readonly Diagnostic[]): Diagnostic[] {
  const byText = new Map<string, Diagnostic>();
  for (const each of all) {
    const key = JSON.stringify([each.code, each.severity, each.address, each.summary]);
    if (!byText.has(key)) byText.set(key, each);
  }
  return [...byText.values()];
}

export const withoutSpans = (diagnostics: readonly Diagnostic[]): Diagnostic[] =>
  diagnostics.map(({ span: _span, ...rest }) => rest);

async function observedSize(call: Call, system: string, nativeId: string): Promise<number> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const record = (await withView(loader, (view) => view.byName('storageSystem', ZONE, system)?.record)).result;
    if (!record || record.status.phase === 'deleted') {
      return fail('error', {
        code: 'COPRHD-STATE-005',
        summary: `storage system ${system} is not known`,
        fix: 'coprhd device list',
      });
    }
    const volume = await readVolume(call, record, nativeId);
    if (volume) return volume.sizeBytes;
    return fail('error', {
      code: 'COPRHD-IMPORT-001',
      summary: `${system} has no volume ${nativeId}`,
      fix: `coprhd discover --system ${system}`,
    });
  } finally {
    loader.close();
  }
}

async function readVolume(call: Call, system: ResourceRecord<'storageSystem'>, nativeId: string) {
  try {
    const { array } = await call.engine.devices.open(system);
    const ctx = callContext(call.engine.clock, call.ctx.signal, LIMITS.discoveryDeadlineMs);
    return await array.readVolume(ctx, nativeId);
  } catch (error) {
    call.ctx.signal.throwIfAborted();
    if (!(error instanceof DriverError)) throw error;
    return fail('error', {
      code: 'COPRHD-DEVICE-001',
      summary: `storage system ${system.name} can't be read: ${error.message}`,
      fix: error.hint ?? 'check that the device runs, and its `configuration` and `endpoint`',
    });
  }
}
