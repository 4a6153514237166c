/** Records as CoprHD's documents: its names, its units, only what is known. */

import type { ResourceRecord } from '../../engine/model/record.ts';
import type { PoolAttributes, PortAttributes } from '../../engine/model/specs.ts';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { Task } from '../../engine/workflow/tasks.ts';
import { parseEndpoint } from '../../lib/endpoint.ts';
import { gigabytes } from '../wire/leaves.ts';
import { type Collection, linkTo, type Names, namedRef, PLACES, type Place, ref } from './finding.ts';
import { serviceCode } from './problems.ts';

export type Document = Readonly<Record<string, unknown>>;
type Of<K extends ResourceRecord['kind']> = ResourceRecord & {
  readonly kind: K;
  readonly spec: ResourceRecord<K>['spec'];
};

/** What every resource has. */
export function base({ record }: FoundRecord, place: Place): Document {
  return {
    id: record.urn,
    name: record.name,
    link: linkTo(place, record.urn),
    creation_time: record.createdAtMs,
    inactive: record.status.phase === 'deleted',
    global: /:global$/.test(record.urn),
    internal: false,
    tags: record.tags ?? [],
  };
}

const optionalRef = (key: string, place: Place, id: string | undefined): Document =>
  id === undefined ? {} : { [key]: ref(place, id) };

export function tenant(found: FoundRecord): Document {
  const { parent, userMappings = [] } = (found.record as Of<'tenant'>).spec;
  return {
    ...base(found, PLACES.tenant),
    ...optionalRef('parent_tenant', PLACES.tenant, parent),
    user_mappings: userMappings.map(({ domain, groups = [], attributes = {} }) => ({
      domain,
      attributes: Object.entries(attributes).map(([key, value]) => ({ key, value })),
      groups,
    })),
  };
}

export function project(found: FoundRecord): Document {
  const { record } = found;
  const { spec, owner, createdBy } = record as Of<'project'>;
  return {
    ...base(found, PLACES.project),
    tenant: ref(PLACES.tenant, spec.tenant),
    owner: spec.owner ?? (owner.type === 'api' ? owner.user : createdBy.name),
  };
}

export const virtualArray = (found: FoundRecord): Document => ({
  ...base(found, PLACES.varray),
  auto_san_zoning: (found.record as Of<'virtualArray'>).spec.autoSanZoning ?? true,
});

const mirrorsOf = ({ max, virtualPool }: NonNullable<Of<'virtualPool'>['spec']['continuousCopies']>) => ({
  max_native_continuous_copies: max,
  ...(virtualPool === undefined ? {} : { protection_mirror_vpool: virtualPool }),
});

function protectionOf({ snapshots, continuousCopies }: Of<'virtualPool'>['spec']) {
  if (!snapshots && !continuousCopies) return {};
  const protection = {
    ...(snapshots ? { snapshots: { max_native_snapshots: snapshots.max } } : {}),
    ...(continuousCopies ? { continuous_copies: mirrorsOf(continuousCopies) } : {}),
  };
  return { protection };
}

export function virtualPool(found: FoundRecord): Document {
  const { spec } = found.record as Of<'virtualPool'>;
  return {
    ...base(found, PLACES.vpool),
    type: 'block',
    provisioning_type: spec.provisioning === 'thin' ? 'Thin' : 'Thick',
    protocols: spec.protocols.map((protocol) => (protocol === 'iscsi' ? 'iSCSI' : 'FC')),
    num_paths: spec.paths.max,
    min_paths: spec.paths.min,
    paths_per_initiator: spec.paths.perInitiator,
    expandable: spec.expandable ?? true,
    multi_volume_consistency: spec.multiVolumeConsistency ?? false,
    use_matched_pools: spec.pools === undefined,
    ...protectionOf(spec),
    ...(spec.driveType === undefined ? {} : { drive_type: spec.driveType.toUpperCase() }),
    ...(spec.raidLevels === undefined ? {} : { raid_levels: spec.raidLevels.map((level) => level.toUpperCase()) }),
    ...(spec.autoTieringPolicy === undefined ? {} : { auto_tiering_policy_name: spec.autoTieringPolicy }),
    ...(spec.hostIoLimits?.iops === undefined ? {} : { host_io_limit_iops: spec.hostIoLimits.iops }),
    ...(spec.thinPreAllocation === undefined
      ? {}
      : { thin_volume_preallocation_percentage: Math.round(spec.thinPreAllocation * 100) }),
  };
}

export function storageSystem(found: FoundRecord): Document {
  const { spec, status } = found.record as Of<'storageSystem'>;
  const { identity } = status;
  return {
    ...base(found, PLACES.system),
    system_type: spec.driver,
    registration_status: spec.deregistered ? 'UNREGISTERED' : 'REGISTERED',
    compatibility_status: 'COMPATIBLE',
    ...(identity
      ? {
          serial_number: identity.serialNumber,
          model: identity.model,
          firmware_version: identity.firmwareVersion,
          native_guid: identity.nativeGuid,
        }
      : {}),
  };
}

/** CoprHD's words for what drives switches; other drivers keep their name. */
export const SWITCH_TYPES: Readonly<Record<string, string>> = { brocade: 'brocade-fos', mds: 'cisco-mds' };

export const switchType = (driver: string): string =>
  Object.entries(SWITCH_TYPES).find(([, name]) => name === driver)?.[0] ?? driver;

export function networkSystem(found: FoundRecord): Document {
  const { spec, status } = found.record as Of<'networkSystem'>;
  const { identity } = status;
  const endpoint = parseEndpoint(spec.endpoint);
  const isRemote = endpoint !== undefined && endpoint.type !== 'local';
  return {
    ...base(found, PLACES.networkSystem),
    system_type: switchType(spec.driver),
    registration_status: spec.deregistered ? 'UNREGISTERED' : 'REGISTERED',
    compatibility_status: 'COMPATIBLE',
    ...(isRemote ? { ip_address: endpoint.host, port_number: endpoint.port } : {}),
    ...(endpoint?.type === 'ssh' ? { user_name: endpoint.user } : {}),
    ...(identity
      ? { serial_number: identity.serialNumber, version: identity.firmwareVersion, native_guid: identity.nativeGuid }
      : {}),
  };
}

/** Sizes of pools are whole gibibytes. */
const wholeGigabytes = (bytes: number): number => Math.floor(bytes / 1024 ** 3);

export function storagePool(found: FoundRecord): Document {
  const { spec } = found.record as Of<'pool'>;
  const observed = found.observed as PoolAttributes | undefined;
  return {
    ...base(found, PLACES.pool),
    native_id: spec.nativeId,
    storage_system: ref(PLACES.system, spec.system),
    registration_status: spec.deregistered ? 'UNREGISTERED' : 'REGISTERED',
    ...(observed
      ? {
          pool_name: observed.name,
          operational_status: observed.usable ? 'READY' : 'NOTREADY',
          total_gb: wholeGigabytes(observed.totalBytes),
          usable_gb: wholeGigabytes(observed.totalBytes),
          free_gb: wholeGigabytes(observed.freeBytes),
          used_gb: wholeGigabytes(observed.totalBytes - observed.freeBytes),
          subscribed_gb: wholeGigabytes(observed.subscribedBytes),
          percent_used: percent(observed.totalBytes - observed.freeBytes, observed.totalBytes),
          percent_subscribed: percent(observed.subscribedBytes, observed.totalBytes),
          protocols: observed.protocols.map((protocol) => (protocol === 'iscsi' ? 'iSCSI' : 'FC')),
          raid_levels: (observed.raidLevels ?? []).map((level) => level.toUpperCase()),
          pool_service_type: 'block',
        }
      : {}),
  };
}

export const percent = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 100));

export function storagePort(found: FoundRecord): Document {
  const { spec } = found.record as Of<'port'>;
  const observed = found.observed as PortAttributes | undefined;
  const [host, tcpPort] = spec.transport === 'ip' ? splitPortal(spec.address) : [undefined, undefined];
  return {
    ...base(found, PLACES.port),
    native_id: spec.nativeId,
    storage_system: ref(PLACES.system, spec.system),
    transport_type: spec.transport === 'ip' ? 'IP' : 'FC',
    port_name: observed?.name ?? spec.nativeId,
    port_group: spec.haDomain,
    port_network_id: spec.address,
    registration_status: spec.deregistered ? 'UNREGISTERED' : 'REGISTERED',
    ...(host === undefined ? {} : { ip_address: host, tcp_port_number: tcpPort }),
    ...(observed ? { operational_status: observed.status === 'up' ? 'OK' : 'NOT_OK' } : {}),
  };
}

export function splitPortal(address: string): [string, number] {
  const at = address.lastIndexOf(':');
  return [address.slice(0, at).replace(/^\[|\]$/g, ''), Number(address.slice(at + 1))];
}

export function network(found: FoundRecord): Document {
  const { transport } = (found.record as Of<'network'>).spec;
  return {
    ...base(found, PLACES.network),
    transport_type: transport === 'ip' ? 'IP' : 'FC',
    discovered: false,
    registration_status: 'REGISTERED',
  };
}

const HOST_TYPES: Readonly<Record<string, string>> = {
  linux: 'Linux',
  windows: 'Windows',
  esx: 'Esx',
  hpux: 'HPUX',
  aix: 'AIX',
};

export function host(found: FoundRecord): Document {
  const { record } = found;
  const { spec } = record as Of<'host'>;
  return {
    ...base(found, PLACES.host),
    host_name: record.name,
    type: HOST_TYPES[spec.type] ?? 'Other',
    tenant: ref(PLACES.tenant, spec.tenant),
    discoverable: false,
  };
}

/** Its name is its port: clients find it by that. */
export function initiator(found: FoundRecord, names: Names): Document {
  const { spec } = found.record as Of<'initiator'>;
  return {
    ...base(found, PLACES.initiator),
    name: spec.portName,
    host: ref(PLACES.host, spec.host),
    hostname: names[spec.host] ?? '',
    protocol: spec.protocol === 'iscsi' ? 'iSCSI' : 'FC',
    initiator_port: spec.portName,
    registration_status: 'REGISTERED',
  };
}

export function cluster(found: FoundRecord): Document {
  const { spec } = found.record as Of<'cluster'>;
  return { ...base(found, PLACES.cluster), tenant: ref(PLACES.tenant, spec.tenant), auto_export_enabled: true };
}

export function volume(found: FoundRecord): Document {
  const { record } = found;
  const { spec, status } = record as Of<'volume'>;
  const { device } = status;
  const provisioned = gigabytes(device?.provisionedBytes ?? spec.sizeBytes);
  return {
    ...base(found, PLACES.volume),
    project: ref(PLACES.project, spec.project),
    ...optionalRef('tenant', PLACES.tenant, record.scope.tenant),
    vpool: ref(PLACES.vpool, spec.virtualPool),
    varray: ref(PLACES.varray, spec.virtualArray),
    ...optionalRef('consistency_group', PLACES.group, spec.consistencyGroup),
    requested_capacity_gb: gigabytes(spec.sizeBytes),
    provisioned_capacity_gb: provisioned,
    allocated_capacity_gb: gigabytes(device?.setAsideBytes ?? 0),
    is_composite: false,
    access_state: 'READWRITE',
    ...onDevice(record),
    ...optionalRef('storage_pool', PLACES.pool, device?.pool),
  };
}

/** Of volumes and snapshots, once they are there. */
export function onDevice({ status: { device } }: ResourceRecord): Document {
  if (!device) return {};
  return {
    wwn: (device.wwn ?? '').toUpperCase(),
    native_id: device.nativeId,
    device_label: device.label,
    storage_controller: device.system,
  };
}

export const TASKS = { path: '/vdc/tasks' };
/** Of what a task is about; what has no place of its own has none. */
const PLACE_OF: Readonly<Record<string, Collection>> = Object.fromEntries(
  Object.values(PLACES).map((place) => [place.kind, place]),
);

export function task(found: Task): Document {
  const { id, workflow, name, resource, state, progress, message, startedAtMs, endedAtMs, serviceError } = found;
  return {
    id,
    name: name.toUpperCase(),
    link: linkTo(TASKS, id),
    op_id: workflow,
    resource: namedRef(PLACE_OF[resource.kind] ?? TASKS, resource.urn, resource.name),
    state,
    progress,
    start_time: startedAtMs,
    ...(endedAtMs === undefined ? {} : { end_time: endedAtMs }),
    description: name,
    // A service error speaks for itself.
    ...(serviceError
      ? {
          service_error: {
            code: serviceCode(serviceError.code),
            description: serviceError.description,
            details: `${serviceError.code}: ${serviceError.details}`,
            retryable: serviceError.retryable,
          },
        }
      : { message }),
    allowed_operations: found.allowedOperations,
    workflow: ref({ path: '/vdc/workflows' }, `urn:storageos:Workflow:${workflow}:vdc1`),
    inactive: false,
    tags: [],
  };
}
