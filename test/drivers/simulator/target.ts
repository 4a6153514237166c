/** The simulated array as a target of the conformance kit, in memory on virtual time and on disk on real time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSimulatedArray, type Transport } from '../../../drivers/simulator/client.ts';
import { createDiskArray, createDiskTransport } from '../../../drivers/simulator/disk.ts';
import type { Fault } from '../../../drivers/simulator/faults.ts';
import type { HandEdit, HandResult } from '../../../drivers/simulator/hand.ts';
import manifest from '../../../drivers/simulator/index.ts';
import { createMemoryArray } from '../../../drivers/simulator/memory.ts';
import type { OperationName, Operations, Request } from '../../../drivers/simulator/messages.ts';
import { MODELS } from '../../../drivers/simulator/models/catalogue.ts';
import { scanDirectory } from '../../../drivers/simulator/scan.ts';
import { generateTopology, type Topology } from '../../../drivers/simulator/topology.ts';
import type {
  ChangingOperation,
  ConformanceTarget,
  ErrorSample,
  FaultHooks,
  HandHooks,
  ManifestFacts,
  OpenDevice,
  ProviderHooks,
} from '../../../src/engine/driver/conformance/target.ts';
import type { CallContext } from '../../../src/engine/driver/contract.ts';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { type Clock, createVirtualClock, systemClock } from '../../../src/lib/clock.ts';

const MIB = 1024 ** 2;
/** More volumes than two pages hold. */
const PAGE_ITEMS = 5;
const CROWD = 12;
/** More arrays than a page of a scan has. */
const SCAN_CROWD = 52;

/** Small pages, and zeroing slow enough to be seen at work: 40 ms for the volumes of the kit. */
export function smallTopology(name = 'sim-1'): Topology {
  const [usual] = generateTopology({ arrays: 1 });
  return { ...usual!, name, pageItems: PAGE_ITEMS, zeroingBytesPerSecond: 200 * MIB };
}

export function callContext(clock: Clock, overrides: Partial<CallContext> = {}): CallContext {
  return {
    nowMs: clock.nowMs,
    deadlineMs: clock.nowMs() + 6_000,
    signal: new AbortController().signal,
    log: { debug: () => {} },
    ...overrides,
  };
}

/** Asks for an operation outside the contract, and throws what the contract's client would. */
export async function ask<K extends OperationName>(
  transport: Transport,
  clock: Clock,
  operation: K,
  args: Operations[K]['args'],
): Promise<Operations[K]['value']> {
  const request = { operation, args, nowMs: clock.nowMs() } as Request;
  const answer = await transport.call(request, callContext(clock), 'ambiguous');
  if (!answer.ok) throw new DriverError(answer.error);
  return answer.value as Operations[K]['value'];
}

interface Parts {
  readonly provider?: ProviderHooks;
  readonly clock: Clock;
  connect(): Transport;
  other(): Transport;
  writes(): number;
  close(): Promise<void>;
}

function handHooks(edit: (edit: HandEdit) => Promise<HandResult>, transport: Transport, clock: Clock): HandHooks {
  return {
    addForeignVolume: async (args) => {
      const { items } = await ask(transport, clock, 'listPools', {});
      const provisioning = items.find(({ nativeId }) => nativeId === args.pool)!.provisioning[0]!;
      return (await edit({ edit: 'add-volume', provisioning, ...args })).nativeId!;
    },
    copyVolume: async (copyOf, name) => {
      const source = await ask(transport, clock, 'readVolume', { nativeId: copyOf });
      const { pool, sizeBytes, provisioning } = source!;
      return (await edit({ edit: 'add-volume', name, pool, sizeBytes, provisioning, copyOf })).nativeId!;
    },
    deleteVolume: async (volume) => void (await edit({ edit: 'delete-volume', volume })),
    renameVolume: async (volume, name) => void (await edit({ edit: 'rename-volume', volume, name })),
    growVolume: async (volume, sizeBytes) => void (await edit({ edit: 'resize-volume', volume, sizeBytes })),
    addForeignMask: async ({ name, initiators }) =>
      (await edit({ edit: 'add-mask', name, initiators: [...initiators], mappings: [] })).nativeId!,
    deleteMapping: async (mask, hlu) => void (await edit({ edit: 'delete-mapping', mask, hlu })),
    addInitiator: async (mask, initiator) => void (await edit({ edit: 'add-initiator', mask, initiator })),
    removeInitiator: async (mask, initiator) => void (await edit({ edit: 'remove-initiator', mask, initiator })),
    writeContent: async (volume, content) => void (await edit({ edit: 'write-content', volume, content })),
    readContent: async (nativeId) => {
      const { volumes } = await ask(transport, clock, 'show', {});
      return volumes.find(({ id }) => id === nativeId)?.content;
    },
    loseJobs: async () => void (await edit({ edit: 'restart' })),
    login: async (initiator) => void (await edit({ edit: 'login', initiator })),
  };
}

function faultHooks(transport: Transport, clock: Clock, asked: ReadonlyMap<string, number>): FaultHooks {
  const add = async (fault: Fault) => void (await ask(transport, clock, 'addFault', fault));
  return {
    loseReply: (operation) => add({ operation, after: true, times: 1 }),
    loseRequest: (operation) => add({ operation, before: 'transient', times: 1 }),
    busy: (operation) => add({ operation, before: 'busy' }),
    slow: (operation, latencyMs) => add({ operation, latencyMs }),
    partialVolumes: () => add({ operation: 'listVolumes', partial: true }),
    clear: async () => void (await ask(transport, clock, 'clearFaults', {})),
    asked: (operation: ChangingOperation) => asked.get(operation) ?? 0,
  };
}

/** Every class of the closed set, through the wire. */
function errorSamples(transport: Transport, clock: Clock): ErrorSample[] {
  const classes = ['transient', 'busy', 'conflict', 'exists', 'not-found', 'auth'] as const;
  const more = ['invalid', 'unsupported', 'capacity', 'ambiguous'] as const;
  return [...classes, ...more].map((wanted) => ({
    title: wanted,
    class: wanted,
    run: async () => {
      await ask(transport, clock, 'addFault', { operation: 'identify', before: wanted, times: 1 });
      await createSimulatedArray(transport).identify(callContext(clock));
    },
  }));
}

function openDevice({ clock, connect, other, writes, close, provider }: Parts): OpenDevice {
  const asked = new Map<string, number>();
  const counted = (transport: Transport): Transport => ({
    call: (request, ctx, lateClass) => {
      asked.set(request.operation, (asked.get(request.operation) ?? 0) + 1);
      return transport.call(request, ctx, lateClass);
    },
  });
  const direct = connect();
  const edit = (args: HandEdit) => ask(direct, clock, 'hand', args);
  return {
    array: createSimulatedArray(counted(connect())),
    clock,
    close,
    hand: handHooks(edit, direct, clock),
    faults: faultHooks(direct, clock, asked),
    writes,
    secondSession: async () => createSimulatedArray(counted(connect())),
    otherDevice: async () => createSimulatedArray(other()),
    restart: async () => void (await edit({ edit: 'restart' })),
    crowd: CROWD,
    capacityExact: true,
    errorSamples: () => errorSamples(direct, clock),
    ...(provider ? { provider } : {}),
  };
}

const ownWrites = (keys: readonly string[]) => keys.some((key) => !key.startsWith('fault/'));

/** An array of a model in memory; what it says of its limits is what the kit goes by, as the engine does. */
export function modelTarget(id: string): ConformanceTarget {
  const topologyOf = (name: string): Topology => {
    const pools = MODELS.find((model) => model.id === id)!.pools.length;
    const [made] = generateTopology({ arrays: 1, models: [id as 'entry'], pools });
    return { ...made!, name, pageItems: PAGE_ITEMS, zeroingBytesPerSecond: 200 * MIB };
  };
  const { hluMax = manifest.hlu.max, nameLengthMax = manifest.naming.volumeLengthMax } = topologyOf('sim-1');
  const { metrics = true } = topologyOf('sim-1');
  const lacks = new Set<string>([...(metrics ? [] : ['metrics']), ...(id === 'entry' ? ['copies', 'mirrors'] : [])]);
  const capabilities = manifest.capabilities.filter((name) => !lacks.has(name));
  const naming = { ...manifest.naming, volumeLengthMax: nameLengthMax, maskLengthMax: nameLengthMax };
  return memoryTargetOf(
    { ...IN_MEMORY, capabilities, naming, hlu: { min: manifest.hlu.min, max: hluMax } },
    topologyOf,
  );
}

const memoryTargetOf = (facts: ManifestFacts, topologyOf: (name: string) => Topology): ConformanceTarget => ({
  manifest: facts,
  open: async () => {
    const clock = createVirtualClock();
    const { sleep } = clock;
    const array = createMemoryArray({ topology: topologyOf('sim-1'), sleep });
    const contents = () => JSON.stringify([...array.kv.texts].filter(([key]) => ownWrites([key])));
    let writes = 0;
    let before = contents();
    const transport: Transport = {
      call: async (request, ctx, lateClass) => {
        try {
          return await array.transport.call(request, ctx, lateClass);
        } finally {
          const now = contents();
          if (now !== before) writes++;
          before = now;
        }
      },
    };
    return openDevice({
      clock,
      connect: () => transport,
      other: () => createMemoryArray({ topology: topologyOf('sim-2'), sleep }).transport,
      writes: () => writes,
      close: async () => {},
    });
  },
});

/** In memory there is no directory to find arrays in. */
const { scan: _scan, ...IN_MEMORY } = manifest;

export const memoryTarget = memoryTargetOf(IN_MEMORY, smallTopology);

/** Its pools share no blocks: snapshots are full copies. */
export const fullCopyTarget = memoryTargetOf(IN_MEMORY, (name) => {
  const { pools, ...rest } = smallTopology(name);
  return { ...rest, pools: pools.map((pool) => ({ ...pool, snapshots: 'full-copy' as const })) };
});

export function temporaryDirectory(): { directory: string; remove(): void } {
  const directory = mkdtempSync(path.join(tmpdir(), 'coprhd-sim-'));
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export const diskTarget: ConformanceTarget = {
  manifest,
  open: async () => {
    const { directory, remove } = temporaryDirectory();
    createDiskArray(directory, smallTopology('sim-1'));
    createDiskArray(directory, smallTopology('sim-2'));
    let writes = 0;
    const onCommit = (keys: readonly string[]) => {
      if (ownWrites(keys)) writes++;
    };
    return openDevice({
      clock: systemClock,
      connect: () => createDiskTransport(directory, 'sim-1', { onCommit }),
      other: () => createDiskTransport(directory, 'sim-2'),
      provider: {
        listSystems: (ctx, page) => scanDirectory(ctx, directory, page),
        connect: async ({ array }) => createSimulatedArray(createDiskTransport(directory, String(array))),
        crowd: async () => {
          for (let n = 3; n <= SCAN_CROWD; n++) createDiskArray(directory, smallTopology(`sim-${n}`));
        },
        silenceOne: async () => {
          const fault: Fault = { operation: 'identify', before: 'transient' };
          await ask(createDiskTransport(directory, 'sim-1'), systemClock, 'addFault', fault);
        },
      },
      writes: () => writes,
      close: async () => remove(),
    });
  },
};
