/**
 * Attributes of resources that plan files may refer to: `${volume.data-01.wwn}`. One closed table; what devices decide is
 * known only once it is applied. Read from records, whoever holds them: the state, or a plan being made.
 */
import { hostsSeeing, type MembersOf, type SeerList, seersOf } from './export-seers.ts';
import { type KindName, kindEntry } from './kinds.ts';
import { isMemberList } from './members.ts';
import type { ResourceRecord } from './record.ts';
import type { RecordedSpec } from './specs.ts';
import type { Urn } from './urn.ts';

const COMMON = ['name', 'urn'];

const TABLE: Partial<Record<KindName, readonly string[]>> = {
  tenant: [],
  project: ['tenant'],
  network: ['transport', 'subnets', 'endpoints'],
  storageSystem: ['driver', 'serialNumber', 'model', 'firmwareVersion'],
  virtualArray: ['networks', 'storageSystems'],
  virtualPool: ['provisioning', 'protocols', 'virtualArrays'],
  host: ['type', 'tenant', 'initiators', 'interfaces'],
  cluster: ['tenant', 'hosts'],
  volume: [
    'wwn',
    'nativeId',
    'label',
    'system',
    'pool',
    'sizeBytes',
    'virtualPool',
    'virtualArray',
    'project',
    'consistencyGroup',
  ],
  snapshotPolicy: [],
  snapshot: ['wwn', 'nativeId', 'label', 'system', 'pool', 'sizeBytes', 'volume', 'set', 'project', 'consistencyGroup'],
  consistencyGroup: ['project', 'volumes', 'system'],
  export: ['host', 'cluster', 'hosts', 'clusters', 'virtualArray', 'luns', 'targetNames', 'portals'],
};

/** Undefined for kinds that plan files don't know. */
export function attributeNames(kind: KindName): readonly string[] | undefined {
  const own = TABLE[kind];
  return own === undefined ? undefined : [...own, ...COMMON];
}

export interface Reference {
  readonly kind: KindName;
  readonly name: string;
  readonly attribute: string;
}

/** `volume.data-01.wwn`: names may have dots, attributes have none. Undefined when it has not this form. */
export function parseReference(text: string): Reference | undefined {
  const [first, last] = [text.indexOf('.'), text.lastIndexOf('.')];
  if (first < 1 || last <= first) return undefined;
  const kind = text.slice(0, first);
  if (!Object.hasOwn(TABLE, kind)) return undefined;
  return { kind: kind as KindName, name: text.slice(first + 1, last), attribute: text.slice(last + 1) };
}

/** Where records are read from. */
export interface RecordReader {
  get<K extends KindName>(urn: Urn): ResourceRecord<K> | undefined;
  childrenOf<K extends KindName>(kind: K, parent: Urn): readonly ResourceRecord<K>[];
  membersOf(urn: Urn, list: string): readonly Urn[];
}

/** Undefined = not known (yet). Names stand for references; sizes are bytes. */
export function attributeOf(record: ResourceRecord, attribute: string, reader: RecordReader): unknown {
  const { device, identity } = record.status;
  switch (attribute) {
    case 'name':
    case 'urn':
      return record[attribute];
    case 'wwn':
    case 'nativeId':
    case 'label':
      return device?.[attribute];
    case 'system':
      return device && reader.get(device.system)?.name;
    case 'pool':
      return device?.pool && reader.get(device.pool)?.name;
    case 'serialNumber':
    case 'model':
    case 'firmwareVersion':
      return identity?.[attribute];
    case 'initiators':
      return reader
        .childrenOf('initiator', record.urn)
        .map(({ spec }) => spec.portName)
        .sort();
    case 'interfaces':
      return reader
        .childrenOf('ipInterface', record.urn)
        .map(({ spec }) => spec.address)
        .sort();
    case 'endpoints':
      return reader
        .childrenOf('endpoint', record.urn)
        .map(({ spec }) => spec.portName)
        .sort();
    case 'luns':
    case 'targetNames':
    case 'portals':
      return exportAttribute(record, attribute, reader);
    default:
      return specAttribute(record, attribute, reader);
  }
}

/** What a host needs to log in and to find its LUNs; unknown as long as a mask of it is not on its device. */
function exportAttribute(
  record: ResourceRecord,
  attribute: 'luns' | 'targetNames' | 'portals',
  reader: RecordReader,
): unknown {
  const maps = reader.childrenOf('lunMap', record.urn);
  if (attribute === 'luns') {
    const entries = maps.map(({ spec }): [string, number] => [reader.get(spec.volume)?.name ?? spec.volume, spec.hlu]);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  const masks = [...new Set(maps.map(({ spec }) => spec.mask))].map((urn) => reader.get<'exportMask'>(urn));
  const values = masks.map((mask): readonly string[] | undefined => {
    const targetName = mask?.status.device?.targetName;
    if (attribute === 'targetNames') return targetName === undefined ? undefined : [targetName];
    return mask?.spec.ports.map((port) => reader.get<'port'>(port)?.spec.address ?? port);
  });
  if (values.some((value) => value === undefined)) return undefined;
  return [...new Set(values.flatMap((value) => value ?? []))].sort();
}

/** Hosts are also those of its clusters. */
function seersNamed(record: ResourceRecord<'export'>, attribute: SeerList, reader: RecordReader): readonly Urn[] {
  const membersOf: MembersOf = (of, list) => reader.membersOf(of, list);
  if (attribute === 'hosts') return hostsSeeing(record, membersOf);
  const { list, urns } = seersOf(record, membersOf);
  return list === 'clusters' ? urns : [];
}

function specAttribute(record: ResourceRecord, attribute: string, reader: RecordReader): unknown {
  const nameOf = (urn: unknown): unknown => reader.get(urn as Urn)?.name ?? urn;
  if (record.kind === 'export' && (attribute === 'hosts' || attribute === 'clusters')) {
    return seersNamed(record as ResourceRecord<'export'>, attribute, reader)
      .map(nameOf)
      .sort();
  }
  if (isMemberList(record.kind, attribute)) return reader.membersOf(record.urn, attribute).map(nameOf).sort();
  const value = (record.spec as RecordedSpec<KindName> & Record<string, unknown>)[attribute];
  const isReference = kindEntry(record.kind).references.some(({ path }) => path === attribute);
  return !isReference || value === undefined ? value : nameOf(value);
}
