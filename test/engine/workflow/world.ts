/** A small installation for the executor's tests: memory store, one simulated array, processes that can be killed. */
import type { z } from 'zod';
import { createSimulatedArray } from '../../../drivers/simulator/client.ts';
import type { Fault } from '../../../drivers/simulator/faults.ts';
import { handEditSchema } from '../../../drivers/simulator/hand.ts';
import simulator from '../../../drivers/simulator/index.ts';
import { createMemoryArray, type MemoryArray } from '../../../drivers/simulator/memory.ts';
import type { BlockArrayManifest } from '../../../src/engine/driver/contract.ts';
import type { KindName } from '../../../src/engine/model/kinds.ts';
import type { Actor, ResourceRecord, VersionedRecord } from '../../../src/engine/model/record.ts';
import type { LedgerEntry } from '../../../src/engine/model/recorded-view.ts';
import type { PoolAttributes, RecordedSpec } from '../../../src/engine/model/specs.ts';
import { makeUrn, ROOT_TENANT_URN, type Urn } from '../../../src/engine/model/urn.ts';
import type { EventBody } from '../../../src/engine/operations/types.ts';
import { createBlobStore } from '../../../src/engine/state/blobs.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { type ProcessHost, registerProcess } from '../../../src/engine/state/leases.ts';
import { createMemoryLogStore } from '../../../src/engine/state/log.ts';
import { createMemoryStore } from '../../../src/engine/state/memory/memory-store.ts';
import { decodeRecord, encodeObserved, putRecordOps } from '../../../src/engine/state/records.ts';
import type { OpenDevice, WorkflowEnv } from '../../../src/engine/workflow/types.ts';
import { type Clock, createVirtualClock } from '../../../src/lib/clock.ts';
import { createSeededRandom } from '../../../src/lib/random.ts';

export const GIB = 1024 ** 3;
export const INSTALLATION = '11111111-2222-4333-8444-555555555555';
export const EPOCH = 3;
export const ACTOR: Actor = { type: 'local', name: 'anna', uid: 1000 };

export const urnOf = (kind: KindName, number: number): Urn =>
  makeUrn(kind, `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);

export const SYSTEM = urnOf('storageSystem', 1);
export const POOL = urnOf('pool', 1);
export const PROJECT = urnOf('project', 1);
export const HOST = urnOf('host', 1);
export const IQN = 'iqn.2026-01.example:ora-1';

export function makeRecord<K extends KindName>(
  kind: K,
  number: number,
  name: string,
  spec: RecordedSpec<K>,
  more: Partial<Omit<ResourceRecord<K>, 'kind' | 'spec'>> = {},
): ResourceRecord<K> {
  return {
    urn: urnOf(kind, number),
    kind,
    name,
    scope: { tenant: ROOT_TENANT_URN },
    owner: { type: 'api', user: 'anna' },
    spec,
    status: { phase: 'ready', sinceMs: 1 },
    policy: { protect: false, onRemove: 'quarantine' },
    createdBy: ACTOR,
    createdAtMs: 1,
    incarnation: 1,
    schemaVersion: 1,
    ...more,
  };
}

/** What a test throws at a crash point. */
export class Killed extends Error {
  override name = 'Killed';
}

export interface TestProcess {
  readonly env: WorkflowEnv;
  readonly events: EventBody[];
  /** SIGKILL: its lease is not renewed any more and its pid is gone. */
  kill(): void;
  /** As kill, but seen from another machine: only the lease tells. */
  freeze(): void;
  interrupt(): void;
}

export interface World {
  readonly clock: Clock & { advance(durationMs: number): void };
  readonly store: ReturnType<typeof createMemoryStore>;
  readonly array: MemoryArray;
  readonly log: ReturnType<typeof createMemoryLogStore>;
  start(options?: { crashPoint?: (name: string) => void; host?: string }): Promise<TestProcess>;
  fault(fault: Fault): void;
  clearFaults(): void;
  edit(edit: z.input<typeof handEditSchema>): void;
  put(...records: ResourceRecord[]): Promise<void>;
  get<K extends KindName>(urn: Urn): Promise<VersionedRecord<K> | undefined>;
  ledger(): Promise<LedgerEntry | undefined>;
  /** Calls of the driver that change the array, in order. */
  readonly changes: string[];
  /** Called before each call of the driver. */
  onCall: ((operation: string) => void | Promise<void>) | undefined;
}

/** Virtual time that lets everybody else go on before a sleeper wakes. */
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

export async function createWorld(): Promise<World> {
  const clock = createSharedClock();
  const random = createSeededRandom(7);
  const store = createMemoryStore({ clock, random });
  const log = createMemoryLogStore();
  const array = createMemoryArray({
    topology: {
      name: 'sim-1',
      pools: [{ name: 'fast', totalBytes: 1024 * GIB }],
      ports: [
        { name: 'SP-A1', address: '10.0.1.10:3260', haDomain: 'SP-A' },
        { name: 'SP-B1', address: '10.0.2.11:3260', haDomain: 'SP-B' },
      ],
      zeroingBytesPerSecond: 10 * GIB,
    },
    sleep: (durationMs, signal) => clock.sleep(durationMs, signal),
  });
  const changes: string[] = [];
  const livePids = new Set<number>();
  let nextPid = 100;
  const world: World = {
    clock,
    store,
    array,
    log,
    changes,
    onCall: undefined,
    start: async (options = {}) => {
      const pid = nextPid++;
      livePids.add(pid);
      const interrupted = new AbortController();
      const events: EventBody[] = [];
      let alive = true;
      const own: Clock = { ...clock, every: (periodMs, fn) => clock.every(periodMs, () => alive && fn()) };
      const host: ProcessHost = {
        process: { host: options.host ?? 'db-1', bootId: 'boot', pidNamespace: 'ns', pid, startTime: `t${pid}` },
        startTimeOf: (other) => (livePids.has(other) ? `t${other}` : undefined),
      };
      const client = store.client();
      const registration = await registerProcess(client, {
        clock: own,
        random,
        host,
        installation: INSTALLATION,
        actor: ACTOR,
      });
      const device = openDevice(world);
      const env: WorkflowEnv = {
        clock: own,
        random: createSeededRandom(pid),
        store: client,
        blobs: createBlobStore(client),
        log,
        devices: {
          open: async () => device,
          reopen: async () => device,
          openNetwork: noNetwork,
          reopenNetwork: noNetwork,
        },
        process: registration,
        host,
        installation: INSTALLATION,
        epoch: EPOCH,
        emit: (event) => void events.push(event),
        signal: interrupted.signal,
        ...(options.crashPoint ? { crashPoint: options.crashPoint } : {}),
      };
      return {
        env,
        events,
        kill: () => {
          alive = false;
          livePids.delete(pid);
        },
        freeze: () => {
          alive = false;
        },
        interrupt: () => interrupted.abort(new Error('SIGINT')),
      };
    },
    fault: (fault) => void array.handle({ operation: 'addFault', args: fault, nowMs: clock.nowMs() }),
    clearFaults: () => void array.handle({ operation: 'clearFaults', args: {}, nowMs: clock.nowMs() }),
    edit: (edit) => {
      const answer = array.handle({ operation: 'hand', args: handEditSchema.parse(edit), nowMs: clock.nowMs() });
      if (!answer.ok) throw new Error(answer.error.message);
    },
    put: async (...records) => {
      for (const record of records) {
        const { compare, operations } = putRecordOps(record, await world.get(record.urn));
        const result = await store.txn({ compare, success: operations });
        if (!result.succeeded) throw new Error(`${record.urn} was not written`);
      }
    },
    get: async <K extends KindName>(urn: Urn) => {
      const item = await store.get(keys.record(urn));
      return item && (decodeRecord(item) as VersionedRecord<K>);
    },
    ledger: async () => {
      const item = await store.get(keys.ledger(POOL));
      return item && (JSON.parse(item.value) as LedgerEntry);
    },
  };
  await seed(world);
  return world;
}

/** What is about fabrics brings its own. */
export const noNetwork = async (): Promise<never> => {
  throw new Error('there is no network system here');
};

const READING = /^(identify|list|read|find|poll|sample)/;

function openDevice(world: World): OpenDevice {
  const array = createSimulatedArray({
    call: async (request, ctx, lateClass) => {
      await world.onCall?.(request.operation);
      if (!READING.test(request.operation)) world.changes.push(request.operation);
      return world.array.transport.call(request, ctx, lateClass);
    },
  });
  return { array, manifest: { ...simulator, concurrencyMax: 2 } as BlockArrayManifest };
}

async function seed(world: World): Promise<void> {
  const identity = {
    serialNumber: 's',
    model: 'm',
    firmwareVersion: '1',
    nativeGuid: 'SIM+s',
    reviewedMode: 'manage',
    reviewedEpoch: EPOCH,
  } as const;
  await world.put(
    makeRecord('project', 1, 'shop', { tenant: ROOT_TENANT_URN }),
    makeRecord('network', 1, 'lan', { transport: 'ip', subnets: [] }),
    makeRecord(
      'storageSystem',
      1,
      'array-1',
      { driver: 'simulator', endpoint: 'local', configuration: {}, mode: 'manage', scope: { pools: ['fast'] } },
      { status: { phase: 'ready', sinceMs: 1, identity } },
    ),
    makeRecord('pool', 1, 'fast', { system: SYSTEM, nativeId: 'fast' }),
    makeRecord('host', 1, 'ora-1', { type: 'linux', tenant: ROOT_TENANT_URN }),
  );
  const attributes: PoolAttributes = {
    name: 'fast',
    totalBytes: 1024 * GIB,
    freeBytes: 1024 * GIB,
    subscribedBytes: 0,
    foreignSubscribedBytes: 0,
    provisioning: ['thin', 'thick'],
    protocols: ['iscsi'],
    volumeBytesMin: 1,
    volumeBytesMax: 1024 * GIB,
    granularityBytes: 1,
    usable: true,
    observedAtMs: 1,
  };
  const put = { type: 'put', key: keys.observed(POOL), value: encodeObserved('pool', attributes) } as const;
  await world.store.txn({ success: [put] });
}
