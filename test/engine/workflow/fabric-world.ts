/** The executor's small installation with a simulated fabric in it: one network that coprhd zones, and plans that do. */

import { networkSystem as simulator } from '../../../drivers/simulator/index.ts';
import { createSimulatedFabric } from '../../../drivers/simulator/san/client.ts';
import type { FabricEdit } from '../../../drivers/simulator/san/edits.ts';
import { createMemorySan } from '../../../drivers/simulator/san/memory.ts';
import type {
  NetworkSystemManifest,
  ZoneObservation,
  ZoningObservation,
} from '../../../src/engine/driver/network-contract.ts';
import type { Step, Unit } from '../../../src/engine/planner/plan.ts';
import type { OpenNetwork } from '../../../src/engine/workflow/types.ts';
import type { DeltaOfZones } from '../../../src/engine/zoning/types.ts';
import { created } from './plans.ts';
import { createWorld, EPOCH, makeRecord, type TestProcess, urnOf, type World } from './world.ts';

export const SWITCH = urnOf('networkSystem', 1);
export const FABRIC = urnOf('network', 2);
export const HBA = '10:00:00:00:00:00:00:01';
export const TARGET = '50:00:00:00:00:00:00:01';

export interface FabricWorld extends World {
  readonly fabricId: string;
  /** Calls that change the fabric: when they began, and how many ran then. */
  readonly zonings: { readonly zones: readonly string[]; readonly underWay: number }[];
  startOnFabric: World['start'];
  edit2(edit: FabricEdit): void;
  breakFabric(fault: object): void;
  mend(): void;
  zones(): Promise<readonly ZoneObservation[]>;
  zoning(): Promise<ZoningObservation>;
}

export async function createFabricWorld(): Promise<FabricWorld> {
  const world = await createWorld();
  const { clock } = world;
  const san = createMemorySan({
    topology: {
      fabrics: [{ name: 'fabric-a', switches: [{ name: 'sw-1', domain: 1 }] }],
      zones: { count: 3, seed: 7 },
      hosts: [],
    },
    sleep: (durationMs, signal) => clock.sleep(durationMs, signal),
  });
  const zonings: { zones: readonly string[]; underWay: number }[] = [];
  let underWay = 0;
  const plain = createSimulatedFabric(san.transport, 'fabric-a');
  const network = {
    ...plain,
    applyZoneDelta: async (...[ctx, delta]: Parameters<typeof plain.applyZoneDelta>) => {
      zonings.push({ zones: [...delta.add, ...delta.change, ...delta.remove].map(({ name }) => name), underWay });
      underWay++;
      try {
        await clock.sleep(50, ctx.signal);
        return await plain.applyZoneDelta(ctx, delta);
      } finally {
        underWay--;
      }
    },
  };
  const ctx = () => ({
    nowMs: () => clock.nowMs(),
    deadlineMs: clock.nowMs() + 60_000,
    signal: new AbortController().signal,
    log: { debug: () => {} },
  });
  const [fabric] = (await plain.listFabrics(ctx())).items;
  const open: OpenNetwork = { network, manifest: simulator as NetworkSystemManifest };
  const ask = <T>(request: object): T => {
    const answer = san.handle({ ...request, nowMs: clock.nowMs() } as never) as { ok: boolean; value: T };
    if (!answer.ok) throw new Error(JSON.stringify(answer));
    return answer.value;
  };
  const edit2 = (edit: FabricEdit) => void ask({ operation: 'editFabric', args: { fabric: 'fabric-a', edit } });
  edit2({
    edit: 'create-zone',
    zone: 'theirs',
    members: [HBA, '50:00:00:00:00:00:00:99'],
    configuration: 'PROD',
    enable: false,
  });
  edit2({ edit: 'enable-configuration', configuration: 'PROD' });
  await world.put(
    makeRecord(
      'networkSystem',
      1,
      'sw-1',
      { driver: 'simulator', endpoint: 'local', configuration: {}, mode: 'manage', scope: { fabrics: ['san-a'] } },
      {
        status: {
          phase: 'ready',
          sinceMs: 1,
          identity: {
            serialNumber: 's',
            model: 'm',
            firmwareVersion: '1',
            nativeGuid: 'SIM+s',
            reviewedMode: 'manage',
            reviewedEpoch: EPOCH,
          },
        },
      },
    ),
    makeRecord('network', 2, 'san-a', {
      transport: 'fc',
      subnets: [],
      networkSystem: SWITCH,
      fabric: 'fabric-a',
      configuration: 'PROD',
    }),
  );
  return Object.assign(world, {
    fabricId: fabric!.nativeId,
    zonings,
    startOnFabric: async (options: Parameters<World['start']>[0]): Promise<TestProcess> => {
      const process = await world.start(options);
      const devices = { ...process.env.devices, openNetwork: async () => open, reopenNetwork: async () => open };
      return { ...process, env: { ...process.env, devices } };
    },
    edit2,
    breakFabric: (fault: object) => void ask({ operation: 'addFault', args: { fabric: 'fabric-a', fault } }),
    mend: () => void ask({ operation: 'clearFaults', args: { fabric: 'fabric-a' } }),
    zones: async () => (await plain.listZones(ctx(), fabric!.nativeId)).items,
    zoning: () => plain.readZoning(ctx(), fabric!.nativeId),
  });
}

const member = (wwpn: string) => ({ type: 'wwpn' as const, wwpn });
const zoneName = (number: number) => `ours_${number}`;
const targetOf = (number: number) => `50:00:00:00:00:00:01:${String(number).padStart(2, '0')}`;

export const adding = (...numbers: number[]): DeltaOfZones => ({
  addAliases: [],
  removeAliases: [],
  add: numbers.map((number) => ({ name: zoneName(number), members: [member(HBA), member(targetOf(number))] })),
  change: [],
  remove: [],
});

const recordOf = (number: number) =>
  makeRecord(
    'zone',
    number,
    `${zoneName(number)}@san-a`,
    {
      mask: urnOf('exportMask', number),
      network: FABRIC,
      zoneName: zoneName(number),
      kind: 'standard',
      members: [{ portName: HBA }, { portName: targetOf(number) }],
    },
    { owner: { type: 'engine', parent: urnOf('exportMask', number) } },
  );

/** One zone, and steps after it. */
export function zoneUnit(
  world: FabricWorld,
  number: number,
  { dependsOn = [], more = [] }: { dependsOn?: readonly string[]; more?: readonly Step[] } = {},
): Unit {
  const step: Step = {
    id: 'zone',
    system: SWITCH,
    form: 'call',
    kind: 'zones.apply',
    args: { network: FABRIC, fabric: world.fabricId, configuration: 'PROD', delta: adding(number), reviewed: [] },
  };
  const record = recordOf(number);
  return {
    id: `zone.${number}`,
    address: `erp/zone.${number}`,
    urn: record.urn,
    action: 'create',
    dependsOn,
    writes: [created(record)],
    steps: [step, ...more],
    shared: [FABRIC, SWITCH],
    reservations: [],
    releases: [],
  };
}
