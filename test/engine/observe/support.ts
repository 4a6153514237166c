/** Records, observations and a view over them, for tests of observation and drift. */
import type { MaskObservation, VolumeObservation } from '../../../src/engine/driver/contract.ts';
import type { KindName } from '../../../src/engine/model/kinds.ts';
import type { Phase, ResourceRecord, Status, VersionedRecord } from '../../../src/engine/model/record.ts';
import type { RecordedView } from '../../../src/engine/model/recorded-view.ts';
import type { PoolAttributes, PortAttributes } from '../../../src/engine/model/specs.ts';
import { uniqueNames } from '../../../src/engine/model/unique-names.ts';
import { makeUrn, ROOT_TENANT_URN, type Urn } from '../../../src/engine/model/urn.ts';
import type { DriverFacts, SystemObservation } from '../../../src/engine/observe/observation.ts';

export const INSTALLATION = 'installation-1';
export const EPOCH = 3;
export const GIB = 1024 ** 3;

export const urn = (kind: KindName, number: number): Urn =>
  makeUrn(kind, `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);

export const wwn = (number: number): string => `6${number.toString(16).padStart(31, '0')}`;

export const SYSTEM = urn('storageSystem', 1);
export const PROJECT = urn('project', 1);
export const HOST = urn('host', 1);
export const MASK = urn('exportMask', 1);
export const EXPORT = urn('export', 1);

export function record<K extends KindName>(
  kind: K,
  number: number,
  name: string,
  spec: ResourceRecord<K>['spec'],
  more: Partial<Omit<ResourceRecord<K>, 'status'>> & { status?: Partial<Status> } = {},
): ResourceRecord<K> {
  const { status, ...rest } = more;
  return {
    urn: urn(kind, number),
    kind,
    name,
    scope: {},
    owner: { type: 'stack', tenant: ROOT_TENANT_URN, name: 'databases' },
    spec,
    policy: { protect: true, onRemove: 'quarantine' },
    createdBy: { type: 'local', name: 'root', uid: 0 },
    createdAtMs: 1,
    incarnation: 1,
    schemaVersion: 1,
    ...rest,
    status: { phase: 'ready', sinceMs: 1, ...status },
  };
}

/** Volume n: native id `vol-n`, 10 GiB, on array-1. */
export function volumeRecord(n: number, phase: Phase = 'ready', system = SYSTEM): ResourceRecord<'volume'> {
  const name = `data-${n}`;
  return record(
    'volume',
    n,
    name,
    {
      project: PROJECT,
      sizeBytes: 10 * GIB,
      virtualPool: urn('virtualPool', 1),
      virtualArray: urn('virtualArray', 1),
    },
    {
      status: {
        phase,
        device: {
          system,
          nativeId: `vol-${n}`,
          label: `label-${n}`,
          wwn: wwn(n),
          provisionedBytes: 10 * GIB,
          origin: 'created',
        },
      },
    },
  );
}

export function mark(of: Urn, nativeIdentity: string, epoch = EPOCH, installation = INSTALLATION) {
  return { installation, urn: of, nativeIdentity, epoch };
}

export function volumeSeen(n: number, more: Partial<VolumeObservation> = {}): VolumeObservation {
  return {
    nativeId: `vol-${n}`,
    name: `label-${n}`,
    pool: 'fast',
    sizeBytes: 10 * GIB,
    allocatedBytes: 10 * GIB,
    provisioning: 'thick',
    wwn: wwn(n),
    mark: mark(urn('volume', n), `vol-${n}`),
    zeroed: true,
    quarantined: false,
    mappedBy: [],
    ...more,
  };
}

export function foreignVolume(nativeId: string, more: Partial<VolumeObservation> = {}): VolumeObservation {
  const { mark: _mark, ...rest } = volumeSeen(0, { nativeId, name: `theirs-${nativeId}`, ...more });
  return { ...rest, wwn: `6${Buffer.from(nativeId).toString('hex').padEnd(31, 'f')}`.slice(0, 32), ...more };
}

export const INITIATORS = ['iqn.2001-04.com.example:host-a', 'iqn.2001-04.com.example:host-b'];

export function maskRecord(phase: Phase = 'ready'): ResourceRecord<'exportMask'> {
  return record(
    'exportMask',
    1,
    'host-1 on array-1',
    { host: HOST, system: SYSTEM, ports: [] },
    {
      owner: { type: 'engine', parent: EXPORT },
      status: {
        phase,
        device: { system: SYSTEM, nativeId: 'mask-1', label: 'mask-label', origin: 'created' },
      },
    },
  );
}

export function maskSeen(volumes: readonly number[], more: Partial<MaskObservation> = {}): MaskObservation {
  return {
    nativeId: 'mask-1',
    name: 'mask-label',
    mark: mark(MASK, 'mask-1'),
    initiators: INITIATORS,
    ports: [],
    mappings: volumes.map((n) => ({ hlu: n, volume: `vol-${n}`, wwn: wwn(n) })),
    loggedIn: [],
    ...more,
  };
}

/** Volume n at HLU n. */
export function lunMapRecord(n: number, phase: Phase = 'ready', of = EXPORT): ResourceRecord<'lunMap'> {
  return record(
    'lunMap',
    n,
    `map-${n}`,
    { export: of, volume: urn('volume', n), mask: MASK, hlu: n },
    { owner: { type: 'engine', parent: of }, status: { phase } },
  );
}

/** One host with two initiators, one export over these volumes, one mask. */
export function exported(volumes: readonly number[]): ResourceRecord[] {
  return [
    record('host', 1, 'host-1', { type: 'Linux', tenant: ROOT_TENANT_URN }),
    ...INITIATORS.map((portName, i) =>
      record('initiator', i + 1, portName, {
        host: HOST,
        protocol: 'iscsi',
        portName: portName.toUpperCase(),
        network: urn('network', 1),
      }),
    ),
    record('export', 1, 'db', { project: PROJECT, host: HOST }),
    maskRecord(),
    ...volumes.map((n) => volumeRecord(n)),
    ...volumes.map((n) => lunMapRecord(n)),
  ];
}

export function observation(more: Partial<SystemObservation> = {}): SystemObservation {
  return {
    observedAtMs: 1_000,
    trust: { level: 'whole', why: '' },
    pools: [],
    ports: [],
    volumes: [],
    masks: [],
    ...more,
  };
}

export const DRIVER: DriverFacts = {
  name: 'simulator',
  ownershipMark: 'tag',
  capabilities: [],
  volumeNameLengthMax: 64,
  maskNameLengthMax: 64,
  nameAlphabet: '[a-z]',
  hluMin: 0,
  hluMax: 255,
  concurrencyMax: 4,
  limits: [],
};

/** Synchronous view over these records, with the ranges that unique names give. */
export function viewOf(
  records: readonly ResourceRecord[],
  attributes: ReadonlyMap<Urn, PoolAttributes | PortAttributes> = new Map(),
): RecordedView {
  const versioned = records.map((found, index): VersionedRecord => ({ record: found, revision: index + 1 }));
  const unused = () => {
    throw new Error('not part of this view');
  };
  return {
    revision: records.length,
    get: (wanted) => versioned.find((v) => v.record.urn === wanted) as never,
    all: (kind) => versioned.filter((v) => v.record.kind === kind) as never,
    inScope: (kind, scope) =>
      versioned.filter((v) => uniqueNames(v.record).some((n) => n.kind === kind && n.scope === scope)) as never,
    pool: (of) => attributes.get(of) as PoolAttributes | undefined,
    port: (of) => attributes.get(of) as PortAttributes | undefined,
    byName: unused,
    byAddress: unused,
    members: unused,
    inStack: unused,
    systemMetrics: unused,
    portMetrics: unused,
    ledger: unused,
  };
}
