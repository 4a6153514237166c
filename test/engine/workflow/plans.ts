/** Plans made by hand: what the planner would say about volumes and exports on the one array of world.ts. */
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { ROOT_TENANT_URN, type Urn } from '../../../src/engine/model/urn.ts';
import type { Plan, PlannedWrite, Predicate, Step, Unit } from '../../../src/engine/planner/plan.ts';
import { sha256Hex } from '../../../src/lib/canonical-json.ts';
import {
  ACTOR,
  EPOCH,
  GIB,
  HOST,
  INSTALLATION,
  IQN,
  makeRecord,
  POOL,
  PROJECT,
  SYSTEM,
  urnOf,
  type World,
} from './world.ts';

const OWNER = { type: 'stack', tenant: ROOT_TENANT_URN, name: 'erp' } as const;
const LIMITS = { allocatedBytesMax: 1024 * GIB, subscribedBytesMax: 1024 * GIB };

export const wwnOf = (urn: Urn): string => `6${sha256Hex(urn).slice(0, 31)}`;
export const MASK = urnOf('exportMask', 1);
export const EXPORT = urnOf('export', 1);

let plans = 0;

export async function planOf(
  world: World,
  units: readonly Unit[],
  more: Partial<Plan> & { predicates?: readonly Predicate[] } = {},
): Promise<Plan> {
  const { predicates = [{ type: 'managed', system: SYSTEM, firmwareVersion: '1' } as const], ...rest } = more;
  const nowMs = world.clock.nowMs();
  return {
    formatVersion: 1,
    id: `plan-${++plans}`,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + 3_600_000,
    actor: ACTOR,
    installation: INSTALLATION,
    epoch: EPOCH,
    operation: 'apply',
    stacks: ['erp'],
    changes: [],
    counts: { create: 0, update: 0, remove: 0, held: 0, other: 0, unchanged: 0 },
    removals: { volumes: 0, bytes: 0, addresses: [], limitsExceeded: [] },
    deviceCalls: 0,
    reversible: true,
    units,
    decisions: [],
    basis: { revision: 0, revisions: {}, predicates },
    diagnostics: [],
    ...rest,
  };
}

function unit(id: string, fields: Partial<Unit> & Pick<Unit, 'urn' | 'action'>): Unit {
  const empty = { dependsOn: [], writes: [], steps: [], shared: [PROJECT], reservations: [], releases: [] };
  return { id, address: `erp/${id}`, ...empty, ...fields };
}

const phase = (record: ResourceRecord, phase: ResourceRecord['status']['phase']): ResourceRecord => ({
  ...record,
  status: { ...record.status, phase },
});

export const created = (final: ResourceRecord): PlannedWrite => ({
  urn: final.urn,
  base: 0,
  intent: phase(final, 'creating'),
  final,
});

export async function changed(
  world: World,
  urn: Urn,
  intent: ResourceRecord['status']['phase'],
  change: (before: ResourceRecord) => ResourceRecord,
): Promise<PlannedWrite> {
  const read = await world.get(urn);
  if (!read) throw new Error(`${urn} is not recorded`);
  const { record, revision } = read;
  return { urn, base: revision, before: record, intent: phase(record, intent), final: change(record) };
}

export const volumeRecord = (number: number, sizeBytes = GIB) =>
  makeRecord(
    'volume',
    number,
    `data-${number}`,
    { project: PROJECT, sizeBytes, virtualPool: urnOf('virtualPool', 1), virtualArray: urnOf('virtualArray', 1) },
    { owner: OWNER, scope: { tenant: ROOT_TENANT_URN, project: PROJECT } },
  );

export function createVolumeUnit(number: number, thick = false): Unit {
  const record = volumeRecord(number);
  const allocatedBytes = thick ? GIB : 0;
  const create: Step = {
    id: 'create',
    system: SYSTEM,
    form: 'call',
    kind: 'volume.create',
    args: {
      volume: record.urn,
      name: `data-${number}-abcd`,
      pool: POOL,
      poolNativeId: 'fast',
      sizeBytes: GIB,
      provisioning: thick ? 'thick' : 'thin',
      wwn: wwnOf(record.urn),
      serial: `s${number}`,
    },
  };
  const zero: Step = { id: 'zero', system: SYSTEM, form: 'job', kind: 'volume.zero', args: { volume: record.urn } };
  return unit(`volume.data-${number}`, {
    urn: record.urn,
    action: 'create',
    writes: [created(record)],
    steps: thick ? [create, zero] : [create],
    reservations: [{ pool: POOL, amounts: { allocatedBytes, subscribedBytes: GIB, volumes: 1 }, limits: LIMITS }],
  });
}

const lunMapRecord = (volume: number, hlu: number) =>
  makeRecord(
    'lunMap',
    volume,
    `map-${volume}`,
    { export: EXPORT, volume: urnOf('volume', volume), mask: MASK, hlu },
    { owner: { type: 'engine', parent: EXPORT } },
  );

const mapStep = (volume: number, hlu: number): Step => ({
  id: `map-${volume}`,
  system: SYSTEM,
  form: 'call',
  kind: 'mapping.ensure',
  args: { mask: MASK, volume: urnOf('volume', volume), hlu },
});

const maskStep: Step = {
  id: 'mask',
  system: SYSTEM,
  form: 'call',
  kind: 'mask.ensure',
  args: { mask: MASK, name: 'ora-1-abcd', initiators: [IQN], ports: ['SP-A1', 'SP-B1'] },
};

/** The mask of the host, and the volumes in it at HLU 1, 2, ... */
export function exportUnit(volumes: readonly number[], dependsOn: readonly string[]): Unit {
  const record = makeRecord(
    'export',
    1,
    'ora',
    { project: PROJECT, host: HOST },
    { owner: OWNER, scope: { tenant: ROOT_TENANT_URN, project: PROJECT } },
  );
  const mask = makeRecord(
    'exportMask',
    1,
    'ora-1',
    { host: HOST, system: SYSTEM, ports: [] },
    { owner: { type: 'engine', parent: EXPORT } },
  );
  return unit('export.ora', {
    urn: EXPORT,
    action: 'create',
    dependsOn,
    writes: [record, mask, ...volumes.map((number, index) => lunMapRecord(number, index + 1))].map(created),
    steps: [maskStep, ...volumes.map((number, index) => mapStep(number, index + 1))],
    shared: [PROJECT, HOST],
  });
}

/** One more volume through the mask that the unit `export.ora` makes. */
export function laterMapUnit(volume: number, hlu: number, dependsOn: readonly string[]): Unit {
  return unit(`map.data-${volume}`, {
    urn: urnOf('lunMap', volume),
    action: 'create',
    dependsOn,
    writes: [created(lunMapRecord(volume, hlu))],
    steps: [mapStep(volume, hlu)],
    shared: [HOST],
  });
}

/** Takes the only initiator out of the mask, in favour of another one. */
export async function replaceInitiatorUnit(world: World, evidence: 'idle' | 'attested'): Promise<Unit> {
  const initiators = [`${IQN}-new`];
  const before = { initiators: [IQN], ports: ['SP-A1', 'SP-B1'] };
  return unit('mask.ora-1', {
    urn: MASK,
    action: 'update',
    writes: [await changed(world, MASK, 'updating', (record) => record)],
    steps: [{ ...maskStep, args: { ...maskStep.args, initiators, before, evidence } } as Step],
  });
}

export async function expandUnit(world: World, number: number, sizeBytes: number): Promise<Unit> {
  const volume = urnOf('volume', number);
  const grow = (record: ResourceRecord) => ({ ...record, spec: { ...record.spec, sizeBytes } }) as ResourceRecord;
  return unit(`volume.data-${number}`, {
    urn: volume,
    action: 'update',
    writes: [await changed(world, volume, 'updating', grow)],
    steps: [{ id: 'expand', system: SYSTEM, form: 'call', kind: 'volume.expand', args: { volume, sizeBytes } }],
  });
}

const tombstone =
  (nowMs: number, freed: boolean) =>
  (record: ResourceRecord): ResourceRecord => ({
    ...record,
    status: { phase: 'deleted', sinceMs: nowMs, ...(freed ? { freedAtMs: nowMs } : {}) },
  });

export async function deleteVolumeUnit(world: World, number: number, dependsOn: readonly string[] = []): Promise<Unit> {
  const volume = urnOf('volume', number);
  return unit(`volume.data-${number}`, {
    urn: volume,
    action: 'delete',
    dependsOn,
    writes: [await changed(world, volume, 'deleting', tombstone(world.clock.nowMs(), false))],
    steps: [{ id: 'delete', system: SYSTEM, form: 'call', kind: 'volume.delete', args: { volume } }],
    releases: [{ pool: POOL, amounts: { allocatedBytes: 0, subscribedBytes: GIB, volumes: 1 } }],
  });
}

export async function quarantineUnit(world: World, number: number): Promise<Unit> {
  const volume = urnOf('volume', number);
  const quarantined = (record: ResourceRecord) => phase(record, 'quarantined');
  const from = `data-${number}-abcd`;
  return unit(`volume.data-${number}`, {
    urn: volume,
    action: 'quarantine',
    writes: [await changed(world, volume, 'deleting', quarantined)],
    steps: [
      {
        id: 'rename',
        system: SYSTEM,
        form: 'call',
        kind: 'volume.rename',
        args: { volume, from, to: `q-${from}`, quarantined: true },
      },
    ],
  });
}

/** Takes the volumes (in order of their HLUs from 1) out of the mask, and the mask away. */
export async function unexportUnit(
  world: World,
  volumes: readonly number[],
  evidence: 'idle' | 'attested' | 'verified' = 'idle',
): Promise<Unit> {
  const nowMs = world.clock.nowMs();
  const gone = tombstone(nowMs, false);
  const maps = await Promise.all(
    volumes.map((number) => changed(world, urnOf('lunMap', number), 'deleting', tombstone(nowMs, true))),
  );
  return unit('export.ora', {
    urn: EXPORT,
    action: 'delete',
    writes: [await changed(world, EXPORT, 'deleting', gone), await changed(world, MASK, 'deleting', gone), ...maps],
    steps: [
      ...volumes.map(
        (number, index): Step => ({
          id: `unmap-${number}`,
          system: SYSTEM,
          form: 'call',
          kind: 'mapping.remove',
          args: { mask: MASK, volume: urnOf('volume', number), hlu: index + 1, evidence, initiators: [IQN] },
        }),
      ),
      {
        id: 'drop-mask',
        system: SYSTEM,
        form: 'call',
        kind: 'mask.delete',
        args: { mask: MASK, name: 'ora-1-abcd', initiators: [IQN], ports: ['SP-A1', 'SP-B1'] },
      },
    ],
    shared: [PROJECT, HOST],
  });
}

/** Two volumes, one thick; an export of both; a third volume mapped later through the same mask. */
export const fullUnits = (): Unit[] => [
  createVolumeUnit(1, true),
  createVolumeUnit(2),
  exportUnit([1, 2], ['volume.data-1', 'volume.data-2']),
  createVolumeUnit(3),
  laterMapUnit(3, 3, ['volume.data-3', 'export.ora']),
];
