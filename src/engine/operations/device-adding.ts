/** `device add`: the same road as a plan file with this one device, owned by the caller instead of a stack. */
import { fail } from '../../lib/diagnostic.ts';
import type { DesiredGraph, DesiredNode } from '../config/desired.ts';
import { foldName, INFRASTRUCTURE_STACK } from '../model/address.ts';
import { DEVICE_WORDS, type DeviceKind } from '../model/device-kinds.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { ObservedNetworks } from '../observe/network-observation.ts';
import type { PlanResult } from '../planner/make-plan.ts';
import type { Plan } from '../planner/plan.ts';
import { openViewLoader, type ViewLoader } from '../state/view.ts';
import { absolutePaths, configurationProblems } from './device-configuration.ts';
import type { DeviceAddInput } from './device-types.ts';
import { declaredSpec } from './devices.ts';
import { loadDevice, loadDriver, manifestsOf } from './drivers.ts';
import type { Call } from './engine.ts';
import { observeNetworks } from './observing-networks.ts';
import { type PlanReport, planReport, withoutSpans } from './one-shot.ts';
import { planOrder } from './planning.ts';
import type { InputOf } from './types.ts';

export async function deviceAdd(call: Call, input: InputOf<'device.add'>): Promise<PlanReport> {
  const kind = await kindOf(input);
  const manifest = await loadDevice(kind, input.driver);
  refuseScopeOfOther(kind, input);
  // A path on another machine has nothing to do with where the command was typed.
  const directory = (input.endpoint ?? 'local') === 'local' ? input.directory : undefined;
  const { configuration, relative } = absolutePaths(input.configuration, manifest.configurationPaths, directory);
  const parsed = manifest.configuration.safeParse(configuration);
  const issues = [
    ...(parsed.success ? [] : parsed.error.issues),
    ...relative.map((path) => ({ path: [path], message: 'give an absolute path' })),
  ];
  if (issues.length > 0) {
    return { outcome: 'error', diagnostics: configurationProblems(input.name, issues, DEVICE_WORDS[kind]) };
  }
  const loader = await openViewLoader(call.engine.store);
  try {
    const add = kind === 'storageSystem' ? addStorageSystem : addNetworkSystem;
    return planReport(await add(call, loader, { ...input, configuration }));
  } finally {
    loader.close();
  }
}

/** A driver may be for both. */
async function kindOf({ driver, kind, fabrics = [], vsans = [], allFabrics }: DeviceAddInput): Promise<DeviceKind> {
  if (kind !== undefined) return kind;
  const isForArrays = manifestsOf(await loadDriver(driver)).some((manifest) => manifest.kind === 'block-array');
  return isForArrays && fabrics.length + vsans.length === 0 && !allFabrics ? 'storageSystem' : 'networkSystem';
}

function refuseScopeOfOther(kind: DeviceKind, input: DeviceAddInput): void {
  const { name, pools, allPools, fabrics = [], vsans = [], allFabrics } = input;
  const isStorage = kind === 'storageSystem';
  const other = isStorage ? fabrics.length + vsans.length > 0 || allFabrics : pools.length > 0 || allPools;
  if (!other) return;
  fail('usage', {
    code: 'COPRHD-USAGE-001',
    summary: `${name} is a ${DEVICE_WORDS[kind]}: it has no ${isStorage ? 'fabrics' : 'pools'}`,
    fix: isStorage ? 'name the pools in scope' : 'name the fabrics or VSANs in scope',
  });
}

async function addStorageSystem(call: Call, loader: ViewLoader, input: DeviceAddInput): Promise<PlanResult> {
  const add = (mode: DeviceAddInput['mode'], pools: readonly string[]) =>
    planOne(call, loader, 'storageSystem', { ...input, mode }, pools.length > 0 ? { pools } : {});
  const looked = input.allPools ? await add('observe', []) : undefined;
  if (looked && !looked.plan) return looked;
  return add(input.mode, looked?.plan ? poolsIn(looked.plan) : input.pools);
}

/** Native ids of the pools that a plan registers. */
const poolsIn = ({ units }: Plan): string[] =>
  units
    .flatMap(({ writes }) => writes)
    .flatMap(({ final }) => (final.kind === 'pool' ? [(final as ResourceRecord<'pool'>).spec.nativeId] : []))
    .sort();

async function addNetworkSystem(call: Call, loader: ViewLoader, input: DeviceAddInput): Promise<PlanResult> {
  const { fabrics = [], vsans = [], allFabrics } = input;
  if (!allFabrics) return planOne(call, loader, 'networkSystem', input, scopeOf(fabrics, vsans));
  const spec = declaredSpec({ ...input, ...reachOf(input) }, undefined);
  const seen = await observeNetworks(call, loader, [{ spec }]);
  return planOne(call, loader, 'networkSystem', input, scopeOfAll(input.name, seen), seen);
}

function scopeOf(fabrics: readonly string[], vsans: readonly number[]) {
  return { ...(fabrics.length > 0 ? { fabrics } : {}), ...(vsans.length > 0 ? { vsans } : {}) };
}

/** Under every name by which a network may choose one of them. */
function scopeOfAll(name: string, observed: ObservedNetworks) {
  const all = (observed.get(foldName(name))?.observation.fabrics ?? []).map(({ fabric }) => fabric);
  const numbers = all.flatMap(({ virtualFabric }) => (virtualFabric === undefined ? [] : [virtualFabric]));
  const names = [...all.flatMap((fabric) => [fabric.name, fabric.nativeId]), ...numbers.map((fid) => `FID${fid}`)];
  return scopeOf([...new Set(names)], numbers);
}

const reachOf = ({ endpoint = 'local', ssh, credential }: DeviceAddInput) => ({ endpoint, ssh, credential });

async function planOne(
  call: Call,
  loader: ViewLoader,
  kind: DeviceKind,
  { name, driver, configuration, mode, ...input }: DeviceAddInput,
  scope: object,
  seenNetworks?: ObservedNetworks,
): Promise<PlanResult> {
  const { endpoint, ssh, credential } = reachOf({ name, driver, configuration, mode, ...input });
  const node = {
    kind,
    name,
    existing: false,
    spec: {
      ...{ driver, endpoint, configuration, mode, scope },
      ...(ssh === undefined ? {} : { ssh }),
      ...(credential === undefined ? {} : { credential }),
    },
    policy: { protect: false, onRemove: 'delete' },
    tags: [],
    file: '<device add>',
    spanOf: () => ({ file: '<device add>', line: 1, column: 1 }),
  } as unknown as DesiredNode;
  const graph: DesiredGraph = {
    stacks: [
      {
        type: 'infrastructure',
        stack: INFRASTRUCTURE_STACK,
        nodes: new Map([[`${kind}.${name}`, node]]),
        forget: [],
        imports: [],
        files: [],
      },
    ],
  };
  const order = { operation: 'device add', graph, texts: [], options: {}, additive: true, apiOwned: true };
  const result = await planOrder(call, loader, seenNetworks ? { ...order, seenNetworks } : order);
  return { ...result, diagnostics: withoutSpans(result.diagnostics) };
}
