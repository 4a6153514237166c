/** The simulated fabric as a target of the network conformance kit, in memory on virtual time and on disk on real time. */
import { createSanTransport, createUnit } from '../../../drivers/simulator/disk.ts';
import type { Fault } from '../../../drivers/simulator/faults.ts';
import { networkSystem } from '../../../drivers/simulator/index.ts';
import { memberText } from '../../../drivers/simulator/san/apply-delta.ts';
import { createSimulatedFabric } from '../../../drivers/simulator/san/client.ts';
import type { SanOperationName, SanOperations, SanRequest, SanTransport } from '../../../drivers/simulator/san/core.ts';
import type { FabricEdit } from '../../../drivers/simulator/san/edits.ts';
import { createMemorySan } from '../../../drivers/simulator/san/memory.ts';
import { SAN_UNIT } from '../../../drivers/simulator/san/objects.ts';
import { buildSan, generateSan, type SanTopology } from '../../../drivers/simulator/san/topology.ts';
import type { NetworkConformanceTarget, OpenNetwork } from '../../../src/engine/driver/conformance/network-target.ts';
import { DriverError, type DriverErrorClass } from '../../../src/engine/driver/errors.ts';
import type { ZoneMember } from '../../../src/engine/driver/network-contract.ts';
import { type Clock, createVirtualClock, systemClock } from '../../../src/lib/clock.ts';
import { callContext, temporaryDirectory } from './target.ts';

const FABRIC = 'fabric-a';
const CLASSES: readonly DriverErrorClass[] = [
  ...(['transient', 'busy', 'conflict', 'exists', 'not-found', 'auth'] as const),
  ...(['invalid', 'unsupported', 'capacity', 'ambiguous'] as const),
];

/** Two fabrics, three hosts, small pages, and a database that can be filled. */
export function smallSan(): SanTopology {
  const usual = generateSan({ fabrics: 2, hosts: 3 }, []);
  const fabrics = usual.fabrics.map((fabric) => ({ ...fabric, databaseBytesMax: 64 * 1024 }));
  return { ...usual, fabrics, pageItems: 5 };
}

export async function askSan<K extends SanOperationName>(
  transport: SanTransport,
  clock: Clock,
  operation: K,
  args: SanOperations[K]['args'],
): Promise<SanOperations[K]['value']> {
  const request = { operation, args, nowMs: clock.nowMs() } as SanRequest;
  const answer = await transport.call(request, callContext(clock), 'ambiguous');
  if (!answer.ok) throw new DriverError(answer.error);
  return answer.value as SanOperations[K]['value'];
}

const texts = (members: readonly ZoneMember[]) => members.map(memberText);

interface Parts {
  readonly clock: Clock;
  readonly transport: SanTransport;
  writes(): number;
  close(): Promise<void>;
}

async function openNetwork({ clock, transport, writes, close }: Parts): Promise<OpenNetwork> {
  let asked = 0;
  const counted: SanTransport = {
    call: (request, ctx, lateClass) => {
      if (request.operation === 'applyZoneDelta') asked++;
      return transport.call(request, ctx, lateClass);
    },
  };
  const edit = async (change: FabricEdit) =>
    void (await askSan(transport, clock, 'editFabric', { fabric: FABRIC, edit: change }));
  const add = async (fault: Fault) => void (await askSan(transport, clock, 'addFault', { fabric: FABRIC, fault }));
  const network = createSimulatedFabric(counted, FABRIC);
  const [fabric] = (await network.listFabrics(callContext(clock))).items;
  const operation = 'applyZoneDelta';
  return {
    network,
    fabric: fabric!.nativeId,
    clock,
    close,
    writes,
    hand: {
      createZone: ({ name: zone, members, configuration, enable }) =>
        edit({ edit: 'create-zone', zone, members: texts(members), configuration, enable }),
      changeZone: (zone, members, enable) => edit({ edit: 'change-zone', zone, members: texts(members), enable }),
      deleteZone: (zone, enable) => edit({ edit: 'delete-zone', zone, enable }),
      createAlias: (alias, members) => edit({ edit: 'create-alias', alias, members: texts(members) }),
      changeAlias: (alias, members) => edit({ edit: 'change-alias', alias, members: texts(members), enable: false }),
      openTransaction: (owner) => edit({ edit: 'open-transaction', owner }),
      defaultZone: (access) => edit({ edit: 'default-zone', access }),
      logout: async (wwpn) => {
        const { items } = await network.listEndpoints(callContext(clock), fabric!.nativeId);
        const cable = items.find(({ nativeId }) => nativeId === wwpn)!.name;
        await askSan(transport, clock, 'breakSan', { fault: 'pull-cable', cable });
      },
    },
    faults: {
      loseReply: () => add({ operation, after: true, times: 1 }),
      loseRequest: () => add({ operation, before: 'transient', times: 1 }),
      busy: () => add({ operation, before: 'busy' }),
      slow: (latencyMs) => add({ operation, latencyMs }),
      rejectActivation: () => add({ operation: 'activate', before: 'transient', times: 1 }),
      partialZones: () => add({ operation: 'listZones', partial: true }),
      clear: async () => void (await askSan(transport, clock, 'clearFaults', { fabric: FABRIC })),
      asked: () => asked,
    },
    secondSession: async () => createSimulatedFabric(counted, FABRIC),
    otherDevice: async () => createSimulatedFabric(transport, 'fabric-b'),
    overflow: { zones: 20, members: 200 },
    errorSamples: () =>
      CLASSES.map((wanted) => ({
        title: wanted,
        class: wanted,
        run: async () => {
          await add({ operation: 'identify', before: wanted, times: 1 });
          await network.identify(callContext(clock));
        },
      })),
  };
}

const ownWrites = (keys: readonly string[]) => keys.some((key) => !key.startsWith('fault/'));

export const memoryNetwork: NetworkConformanceTarget = {
  manifest: networkSystem,
  open: async () => {
    const clock = createVirtualClock();
    const san = createMemorySan({ topology: smallSan(), sleep: clock.sleep });
    const contents = () => JSON.stringify([...san.kv.texts].filter(([key]) => ownWrites([key])));
    let writes = 0;
    let before = contents();
    const transport: SanTransport = {
      call: async (request, ctx, lateClass) => {
        try {
          return await san.transport.call(request, ctx, lateClass);
        } finally {
          const now = contents();
          if (now !== before) writes++;
          before = now;
        }
      },
    };
    return openNetwork({ clock, transport, writes: () => writes, close: async () => {} });
  },
};

export const diskNetwork: NetworkConformanceTarget = {
  manifest: networkSystem,
  open: async () => {
    const { directory, remove } = temporaryDirectory();
    createUnit(directory, SAN_UNIT, (kv) => buildSan(kv, smallSan()));
    let writes = 0;
    const onCommit = (keys: readonly string[]) => {
      if (ownWrites(keys)) writes++;
    };
    const transport = createSanTransport(directory, { onCommit });
    return openNetwork({ clock: systemClock, transport, writes: () => writes, close: async () => remove() });
  },
};
