/**
 * A whole installation in memory for tests of planner and operations: a store, simulated arrays, virtual time, one seed.
 * Plans are made and applied by the real operations, so that the records a test starts from are those of real life.
 */
import { createSimulatedArray } from '../../../drivers/simulator/client.ts';
import type { Fault } from '../../../drivers/simulator/faults.ts';
import type { HandEdit, HandResult } from '../../../drivers/simulator/hand.ts';
import simulator from '../../../drivers/simulator/index.ts';
import { type ArraySnapshot, show } from '../../../drivers/simulator/inventory.ts';
import { createMemoryArray, type MemoryArray } from '../../../drivers/simulator/memory.ts';
import { createMemorySan, type MemorySan } from '../../../drivers/simulator/san/memory.ts';
import type { SanTopologyInput } from '../../../drivers/simulator/san/topology.ts';
import type { TopologyInput } from '../../../drivers/simulator/topology.ts';
import type { BlockArray, BlockArrayManifest } from '../../../src/engine/driver/contract.ts';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import type { NetworkSystem } from '../../../src/engine/driver/network-contract.ts';
import type { KindName } from '../../../src/engine/model/kinds.ts';
import type { Actor, ResourceRecord, VersionedRecord } from '../../../src/engine/model/record.ts';
import type { LedgerEntry } from '../../../src/engine/model/recorded-view.ts';
import { NO_KEYS } from '../../../src/engine/operations/credentials.ts';
import type { DeviceSpec } from '../../../src/engine/operations/device-session.ts';
import type { DeviceRegistry, OpenDevice } from '../../../src/engine/operations/devices.ts';
import { deviceSpec } from '../../../src/engine/operations/devices.ts';
import type { Call, Engine } from '../../../src/engine/operations/engine.ts';
import { interruptible } from '../../../src/engine/operations/interrupting.ts';
import { planSource } from '../../../src/engine/operations/planning.ts';
import { OPERATIONS, type StatefulOperation } from '../../../src/engine/operations/registry.ts';
import type {
  ApplyInput,
  ApplyResult,
  EventBody,
  InputOf,
  PlanOptions,
  ResultOf,
} from '../../../src/engine/operations/types.ts';
import type { PlanResult } from '../../../src/engine/planner/make-plan.ts';
import type { Change, Plan } from '../../../src/engine/planner/plan.ts';
import { createBlobStore } from '../../../src/engine/state/blobs.ts';
import { initialiseState } from '../../../src/engine/state/installation.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import type { ProcessHost } from '../../../src/engine/state/leases.ts';
import { createMemoryLogStore } from '../../../src/engine/state/log.ts';
import { createMemoryStore } from '../../../src/engine/state/memory/memory-store.ts';
import { decodeLedger, decodeRecord, putRecordOps } from '../../../src/engine/state/records.ts';
import { rangeAll, type StateStore } from '../../../src/engine/state/store.ts';
import { createDeviceSlots } from '../../../src/engine/workflow/device-slots.ts';
import { createFabricLanes } from '../../../src/engine/workflow/fabric-lanes.ts';
import { createGroupCommit } from '../../../src/engine/workflow/group-commit.ts';
import { type Clock, createVirtualClock } from '../../../src/lib/clock.ts';
import { createSeededRandom } from '../../../src/lib/random.ts';
import { openFabric } from './estate-san.ts';
import { sourceOf, type Texts } from './texts.ts';

export const GIB = 1024 ** 3;
export const TIB = 1024 ** 4;
export const DAY_MS = 24 * 3_600_000;
export const ACTOR: Actor = { type: 'local', name: 'anna', uid: 1000 };

export interface EstateOptions {
  readonly seed?: number;
  readonly arrays?: readonly Partial<TopologyInput>[];
  /** Fabrics, and who is cabled to them. */
  readonly san?: SanTopologyInput;
  /** Bytes of a pool. */
  readonly poolBytes?: number;
  /** In memory, on virtual time, unless given. */
  readonly store?: StateStore;
  readonly clock?: Estate['clock'];
}

export interface Estate {
  readonly engine: Engine;
  readonly clock: Clock & { advance(durationMs: number): void };
  /** The mutable half of the engine: the epoch rises at an import. */
  setEpoch(epoch: number): void;
  /** Called at every crash point of the executor: what it throws kills the process. */
  crashPoint: ((name: string) => void) | undefined;
  /** The process is dead; its successor goes on with the same state. */
  restart(onHost?: string): void;
  array(name?: string): MemoryArray;
  /** Where `san` was given. */
  readonly san: MemorySan;
  /** What is on the array, as it shows it itself. */
  show(name?: string): ArraySnapshot;
  edit(edit: HandEdit, array?: string): HandResult;
  fault(fault: Fault, array?: string): void;
  clearFaults(array?: string): void;
  /** Every call of this system, or fabric, fails from now on. */
  takeDown(array: string, error?: DriverError): void;
  bringUp(array: string): void;
  /** The hosts that are brought to rest. */
  openHost: Engine['openHost'] | undefined;
  /** Wraps a driver: what it shows can be changed. */
  wrap: ((array: BlockArray, name: string) => BlockArray) | undefined;
  /** The same of a fabric. */
  wrapNetwork: ((network: NetworkSystem, fabric: string) => NetworkSystem) | undefined;
  /** Which fabrics were connected to. */
  readonly networksUsed: string[];
  readonly changes: string[];
  readonly events: EventBody[];
  /** Hears of each event. */
  onEvent: ((event: EventBody) => void) | undefined;
  /** Of whoever calls operations: aborted when that one has had enough. */
  signal: AbortSignal;
  call(): Call;
  run<N extends StatefulOperation>(name: N, input: InputOf<N>): Promise<ResultOf<N>>;
  plan(texts: Texts, options?: PlanOptions): Promise<PlanResult>;
  /** A plan that must be made. */
  planned(texts: Texts, options?: PlanOptions): Promise<Plan>;
  apply(texts: Texts, input?: Partial<ApplyInput> & PlanOptions): Promise<ApplyResult>;
  /** An apply that must end well, with all removals confirmed. */
  applied(texts: Texts, input?: Partial<ApplyInput> & PlanOptions): Promise<ApplyResult>;
  record<K extends KindName>(kind: K, name: string): Promise<VersionedRecord<K>>;
  records<K extends KindName>(kind: K): Promise<VersionedRecord<K>[]>;
  put(record: ResourceRecord, previous?: VersionedRecord): Promise<void>;
  ledger(pool?: string): Promise<LedgerEntry | undefined>;
  /** All keys with a prefix. */
  keys(prefix: string): Promise<string[]>;
  revision(): Promise<number>;
}

function createSharedClock(): Clock & { advance(durationMs: number): void } {
  const clock = createVirtualClock();
  return {
    ...clock,
    sleep: async (durationMs, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.sleep(durationMs, signal);
    },
  };
}

function topology(name: string, index: number, poolBytes: number, more: Partial<TopologyInput>): TopologyInput {
  const pool = (pool: string) => ({ name: pool, totalBytes: poolBytes });
  const port = (processor: string, number: number) => ({
    name: `SP-${processor}${number}`,
    address: `10.0.${number}.${10 * (index + 1) + (processor === 'A' ? 0 : 1)}:3260`,
    haDomain: `SP-${processor}`,
  });
  return {
    name,
    pools: [pool('fast'), pool('slow')],
    ports: [port('A', 1), port('A', 2), port('B', 1), port('B', 2)],
    zeroingBytesPerSecond: 100 * TIB,
    pageItems: 10_000,
    ...more,
  };
}

const READING = /^(identify|list|read|find|poll|sample|changesSince)/;

export async function createEstate(options: EstateOptions = {}): Promise<Estate> {
  const clock = options.clock ?? createSharedClock();
  const random = createSeededRandom(options.seed ?? 1);
  const store = options.store ?? createMemoryStore({ clock, random });
  const first = await initialiseState(store, { clock, random, actor: ACTOR });
  let installation = first;
  const arrays = new Map<string, MemoryArray>();
  const down = new Map<string, DriverError>();
  const changes: string[] = [];
  const events: EventBody[] = [];
  (options.arrays ?? [{}, {}]).forEach((more, index) => {
    const name = more.name ?? `sim-${index + 1}`;
    arrays.set(
      name,
      createMemoryArray({
        topology: topology(name, index, options.poolBytes ?? 50 * TIB, more),
        sleep: (durationMs, signal) => clock.sleep(durationMs, signal),
      }),
    );
  });
  const arrayOf = (name = 'sim-1') => {
    const found = arrays.get(name);
    if (!found) throw new DriverError({ class: 'not-found', message: `there is no array ${name} in /arrays` });
    return found;
  };
  const open = (spec: DeviceSpec): OpenDevice => {
    const name = String(spec.configuration.array);
    const array = createSimulatedArray({
      call: async (request, ctx, lateClass) => {
        const error = down.get(name);
        if (error) throw error;
        if (!READING.test(request.operation)) changes.push(`${name} ${request.operation}`);
        return arrayOf(name).transport.call(request, ctx, lateClass);
      },
    });
    return {
      array: estate.wrap?.(array, name) ?? array,
      manifest: simulator as BlockArrayManifest,
      hostKeys: () => [],
    };
  };
  const san = createMemorySan({
    topology: options.san ?? {},
    sleep: (durationMs, signal) => clock.sleep(durationMs, signal),
    arrayOf: (name) => arrays.get(name)?.kv,
  });
  const networksUsed: string[] = [];
  const openNetwork = (spec: DeviceSpec) =>
    openFabric(spec, {
      san,
      beforeCall: (fabric, operation) => {
        const error = down.get(fabric);
        if (error) throw error;
        if (!READING.test(operation)) changes.push(`${fabric} ${operation}`);
      },
      opened: (fabric) => void networksUsed.push(fabric),
      wrap: (network, fabric) => estate.wrapNetwork?.(network, fabric) ?? network,
    });
  const devices: DeviceRegistry = {
    connectNetwork: openNetwork,
    openNetwork: (system) => openNetwork(deviceSpec(system)),
    reopenNetwork: (system) => openNetwork(deviceSpec(system)),
    connect: async (spec) => open(spec),
    open: async (system) => open(deviceSpec(system)),
    reopen: async (system) => open(deviceSpec(system)),
    readHostKeys: async () => [],
    openProvider: async () => {
      throw new DriverError({ class: 'unsupported', message: 'there is no storage provider here' });
    },
    close: async () => {},
  };
  let pid = 100;
  let hostName = 'admin-1';
  const host = (): ProcessHost => ({
    process: { host: hostName, bootId: 'boot', pidNamespace: 'ns', pid, startTime: `t${pid}` },
    startTimeOf: (other) => (other === pid ? `t${pid}` : undefined),
  });
  const unreached = new Error('no host is reached in this test');
  const engine: Engine = {
    openHost: (system) => estate.openHost?.(system) ?? Promise.reject(unreached),
    store,
    blobs: createBlobStore(store),
    log: createMemoryLogStore(),
    clock,
    random,
    get host() {
      return host();
    },
    devices,
    slots: createDeviceSlots(),
    fabrics: createFabricLanes(clock),
    commits: createGroupCommit(store),
    keySource: NO_KEYS,
    crashPoint: (name) => estate.crashPoint?.(name),
    get installation() {
      return installation;
    },
  };
  const call = (): Call => ({
    engine,
    ctx: {
      actor: ACTOR,
      origin: 'internal',
      requestId: 'test',
      signal: estate.signal,
      emit: (event) => {
        events.push(event);
        estate.onEvent?.(event);
      },
    },
  });
  const handle = (name: string | undefined, operation: 'hand' | 'addFault' | 'clearFaults', args: unknown) => {
    const answer = arrayOf(name).handle({ operation, args, nowMs: clock.nowMs() } as never) as unknown as {
      ok: boolean;
      value: unknown;
      error: { message: string };
    };
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value;
  };
  const estate: Estate = {
    engine,
    clock,
    changes,
    events,
    wrap: undefined,
    wrapNetwork: undefined,
    openHost: undefined,
    networksUsed,
    san,
    crashPoint: undefined,
    onEvent: undefined,
    signal: new AbortController().signal,
    restart: (onHost = 'admin-1') => {
      pid++;
      hostName = onHost;
    },
    setEpoch: (epoch) => {
      installation = { ...installation, epoch };
    },
    array: arrayOf,
    show: (name) => show(arrayOf(name).kv, clock.nowMs()),
    edit: (edit, array) => handle(array, 'hand', edit) as HandResult,
    fault: (fault, array) => void handle(array, 'addFault', fault),
    clearFaults: (array) => void handle(array, 'clearFaults', {}),
    takeDown: (array, error = new DriverError({ class: 'transient', message: `${array} does not answer` })) =>
      void down.set(array, error),
    bringUp: (array) => void down.delete(array),
    call,
    run: async (name, input) => {
      const operation = (await OPERATIONS[name]()) as (call: Call, input: unknown) => Promise<never>;
      const own = call();
      return interruptible(own.ctx.signal, () => operation(own, input));
    },
    plan: (texts, more = {}) => planSource(call(), { ...sourceOf(texts), ...more }),
    planned: async (texts, more = {}) => {
      const { plan, diagnostics } = await estate.plan(texts, more);
      if (!plan) throw new Error(`no plan:\n${describeDiagnostics(diagnostics)}`);
      return plan;
    },
    apply: (texts, { replaceMissing, attestOffline, targets, excludes, ...input } = {}) => {
      const source = { ...sourceOf(texts), ...partOf({ replaceMissing, attestOffline, targets, excludes }) };
      return estate.run('apply', { source, skipHeld: false, claimWaitMs: 0, ...input });
    },
    applied: async (texts, input = {}) => {
      const { removals } = await estate.planned(texts, partOf(input));
      const result = await estate.apply(texts, { confirmDestroy: removals.volumes, ...input });
      if (result.outcome !== 'ok') {
        const failed = result.units
          .filter(({ state }) => state !== 'done')
          .map(({ address, error }) => `${address}: ${error}`);
        throw new Error(`${result.outcome}:\n${describeDiagnostics(result.diagnostics)}\n${failed.join('\n')}`);
      }
      return result;
    },
    record: async (kind, name) => {
      const found = (await estate.records(kind)).filter(
        ({ record }) => record.name === name && record.status.phase !== 'deleted',
      );
      if (found.length !== 1) throw new Error(`${found.length} live records of ${kind} ${name}`);
      return found[0]!;
    },
    records: async <K extends KindName>(kind: K) => {
      const found: VersionedRecord<K>[] = [];
      for await (const item of rangeAll(store, keys.recordsOf(kind)))
        found.push(decodeRecord(item) as VersionedRecord<K>);
      return found;
    },
    put: async (record, previous) => {
      const { compare, operations } = putRecordOps(record, previous);
      const { succeeded } = await store.txn({ compare, success: operations });
      if (!succeeded) throw new Error(`${record.urn} was not written`);
    },
    ledger: async (pool = 'fast') => {
      const item = await store.get(keys.ledger((await estate.record('pool', pool)).record.urn));
      return item && decodeLedger(item);
    },
    keys: async (prefix) => {
      const found: string[] = [];
      for await (const item of rangeAll(store, prefix)) found.push(item.key);
      return found;
    },
    revision: async () => {
      const snapshot = await store.snapshot();
      snapshot.close();
      return snapshot.revision;
    },
  };
  return estate;
}

/** What of the options is said. */
function partOf({ replaceMissing, attestOffline, targets, excludes }: { [K in keyof PlanOptions]?: unknown }) {
  const said = Object.entries({ replaceMissing, attestOffline, targets, excludes }).filter(([, value]) => value);
  return Object.fromEntries(said) as Partial<PlanOptions>;
}

export function describeDiagnostics(diagnostics: PlanResult['diagnostics']): string {
  return diagnostics.map(({ code, summary, detail }) => `${code} ${summary}${detail ? ` (${detail})` : ''}`).join('\n');
}

/** `create s/volume.a`, `held s/volume.b COPRHD-HELD-002`, in the plan's order. */
export const lines = (plan: Plan): string[] =>
  plan.changes.map(({ action, address, held }) => [action, address, ...(held ? [held.diagnostic.code] : [])].join(' '));

export function changeOf(plan: Plan, address: string): Change {
  const found = plan.changes.filter((change) => change.address === address);
  if (found.length !== 1) throw new Error(`${found.length} changes of ${address} in:\n${lines(plan).join('\n')}`);
  return found[0]!;
}

/** Codes of the complaints of a plan that was not made. */
export function codes({ plan, diagnostics }: PlanResult): string[] {
  if (plan) throw new Error(`a plan was made:\n${lines(plan).join('\n')}`);
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
}

/** Step kinds of the unit of an address, in order. */
export const stepsOf = (plan: Plan, address: string): string[] =>
  plan.units.filter((unit) => unit.address === address).flatMap((unit) => unit.steps.map(({ kind }) => kind));
