/** Running the real operations as a process of the simulated world, and what came of them. */

import { createCredentialResolver, type KeySource } from '../../../src/engine/operations/credentials.ts';
import { loadBlockArray, loadNetworkSystem } from '../../../src/engine/operations/drivers.ts';
import type { Call, Engine } from '../../../src/engine/operations/engine.ts';
import { interruptible } from '../../../src/engine/operations/interrupting.ts';
import { OPERATIONS, type StatefulOperation } from '../../../src/engine/operations/registry.ts';
import type { EventBody, InputOf, ResultOf } from '../../../src/engine/operations/types.ts';
import { createBlobStore } from '../../../src/engine/state/blobs.ts';
import { readInstallation } from '../../../src/engine/state/installation.ts';
import { LeaseLostError, StoreError } from '../../../src/engine/state/store.ts';
import { createDeviceSlots } from '../../../src/engine/workflow/device-slots.ts';
import { createFabricLanes } from '../../../src/engine/workflow/fabric-lanes.ts';
import { createGroupCommit } from '../../../src/engine/workflow/group-commit.ts';
import { FenceLostError } from '../../../src/engine/workflow/types.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { Redacted } from '../../../src/lib/redacted.ts';
import { quiesceOptionsOf } from '../copy-options.ts';
import { checkSaidNoSecret } from '../invariants/secrets.ts';
import { deviceRegistry, type Manifests } from '../world/devices.ts';
import { faultyStore } from '../world/faulty-store.ts';
import { createHostSessions } from '../world/host-sessions.ts';
import { type Incarnation, never } from '../world/incarnation.ts';
import type { World } from '../world/world.ts';

/** Key of the vault; the same for all processes. */
const KEY_SOURCE: KeySource = {
  description: 'the simulation',
  read: async () => new Redacted(Buffer.alloc(32, 7).toString('base64')),
};

/** Loaded before any run, so that nothing in a run waits for a file. */
const loaded = new Map<string, unknown>();
let manifests: Manifests | undefined;

export async function preload(): Promise<void> {
  for (const [name, load] of Object.entries(OPERATIONS)) loaded.set(name, await load());
  manifests = {
    array: { ...(await loadBlockArray('simulator')), concurrencyMax: 4 },
    network: await loadNetworkSystem('simulator'),
  };
}

export async function openEngine(process: Incarnation): Promise<Engine> {
  const { world } = process;
  const store = faultyStore(process);
  const installation = await readInstallation(store);
  if (!installation) throw new StoreError('there is no state', { unknown: false });
  const resolve = createCredentialResolver(store, KEY_SOURCE);
  const quiesce = quiesceOptionsOf(world.options);
  return {
    store,
    installation,
    clock: process.clock,
    random: process.rng.fork('engine'),
    blobs: createBlobStore(store),
    log: {
      append: async (stream, entries) => {
        if (!process.step()) return never();
        await world.history.append(stream, entries);
        await new Promise<void>((resolve) => void world.scheduler.in(1, resolve, process));
      },
      read: (stream, options) => world.history.read(stream, options),
      readBack: (stream) => world.history.readBack(stream),
    },
    host: process.host,
    devices: deviceRegistry(process, manifests!, resolve),
    ...(quiesce ? { openHost: createHostSessions(process, quiesce, resolve) } : {}),
    slots: createDeviceSlots(),
    fabrics: createFabricLanes(process.clock),
    commits: createGroupCommit(store),
    keySource: KEY_SOURCE,
  };
}

export type Ended<N extends StatefulOperation> =
  | { readonly type: 'result'; readonly result: ResultOf<N> }
  | { readonly type: 'refused'; readonly error: Error; readonly codes: readonly string[] }
  /** It was killed meanwhile. */
  | { readonly type: 'killed' };

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: EventBody) => void;
}

/** What people may be told instead of a result. Everything else is a bug. */
const isExpected = (error: unknown): error is Error =>
  error instanceof OperationError ||
  error instanceof StoreError ||
  error instanceof LeaseLostError ||
  error instanceof FenceLostError;

export async function run<N extends StatefulOperation>(
  process: Incarnation,
  name: N,
  input: InputOf<N>,
  { signal = new AbortController().signal, onEvent }: RunOptions = {},
): Promise<Ended<N>> {
  const { world } = process;
  world.counts.operations++;
  const emit = (event: EventBody) => {
    if (process.state === 'dead') return;
    checkSaidNoSecret(world.monitor, process.name, event);
    const said = saidOnTheWay(event);
    if (said) world.log.say(process.name, said);
    onEvent?.(event);
  };
  const actor = { type: 'local', name: process.name, uid: 1000 } as const;
  const operation = async () => {
    const engine = await openEngine(process);
    const call: Call = { engine, ctx: { actor, origin: 'cli', requestId: `${process.pid}`, signal, emit } };
    const load = loaded.get(name) as (call: Call, input: InputOf<N>) => Promise<ResultOf<N>>;
    return interruptible(signal, () => load(call, input));
  };
  const ended = operation().then(
    (result): Ended<N> => ({ type: 'result', result }),
    (error: unknown): Ended<N> => {
      const codes = error instanceof OperationError ? error.diagnostics.map(({ code }) => code) : [];
      const refused = error instanceof Error ? error : new Error(String(error));
      if (!isExpected(error) && process.state !== 'dead') {
        world.violate('no-bugs', `${process.name}: ${name} failed: ${refused.stack ?? refused.message}`);
      }
      return { type: 'refused', error: refused, codes };
    },
  );
  const killed = process.death.then((): Ended<N> => ({ type: 'killed' }));
  const end = await Promise.race([ended, killed]);
  if (end.type === 'result') checkSaidNoSecret(world.monitor, process.name, end.result);
  const outcome = end.type === 'result' ? end.result.outcome : end.type;
  const key = `${name} ${outcome}`;
  world.counts.outcomes[key] = (world.counts.outcomes[key] ?? 0) + 1;
  world.log.say(process.name, `${process.operation}: ${outcome}${saidIn(end)}`);
  return end;
}

/** What of an operation's events helps to follow a run. */
function saidOnTheWay(event: EventBody): string | undefined {
  switch (event.type) {
    case 'recovery.started':
      return `takes over ${event.workflow.slice(0, 8)} of ${event.holder}`;
    case 'recovery.step':
      return `finds step ${event.unit}/${event.step}: ${event.verdict}`;
    case 'workflow.committed':
      return `commits ${event.workflow.slice(0, 8)}: ${event.units} units`;
    case 'unit.finished':
      return `${event.unit} ${event.address}: ${event.state}${event.error ? ` (${event.error.slice(0, 100)})` : ''}`;
    default:
      return undefined;
  }
}

function saidIn(end: Ended<StatefulOperation>): string {
  if (end.type === 'killed') return '';
  if (end.type === 'refused') return ` (${end.error.name}: ${end.error.message.slice(0, 120)})`;
  const all = end.result.diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  return all.length === 0 ? '' : ` (${[...new Set(all)].join(', ')})`;
}

/** Waits in the world's time, as a person does: whatever becomes of any process. */
export const wait = (world: World, forMs: number): Promise<void> =>
  new Promise((resolve) => void world.scheduler.in(forMs, resolve));
