/**
 * What a plan file would have to say for a resource to be as it is recorded: the base of changes that are asked for by name.
 * Pure.
 */
import type { DeclarableKind } from '../config/desired.ts';
import { seersOf } from '../model/export-seers.ts';
import { amountsIn } from '../model/members.ts';
import { isOnArray } from '../model/on-array.ts';
import type { HostQuiesce } from '../model/quiesce.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { parseUrn, type Urn, uuidOf } from '../model/urn.ts';
import { SHARES } from '../tenancy/quotas.ts';
import { waitingEntries } from './export-seers.ts';

type Body = Readonly<Record<string, unknown>>;
type Of<K extends DeclarableKind> = ResourceRecord<K>;

/** Undefined for what is not changed so: storage systems. */
export function asDeclared(view: RecordedView, record: ResourceRecord): Body | undefined {
  const body = bodyOf(view, record);
  if (!body) return undefined;
  const { policy, tags = [] } = record;
  // A virtual pool says it for volumes of its own.
  const saysOnRemove = isOnArray(record) || record.kind === 'virtualPool';
  const policies = saysOnRemove ? policy : { protect: policy.protect };
  return defined({ ...body, ...policies, ...(tags.length > 0 ? { tags } : {}) });
}

/** `80%`; what a fraction loses in binary is not there. */
const quiesceFields = ({ timeoutMs, ...fields }: HostQuiesce): Body => ({
  ...fields,
  timeout: `${timeoutMs / 1_000}s`,
});

const percent = (fraction: number): string => `${Number((fraction * 100).toFixed(9))}%`;

const bytes = (count: number | undefined): string | undefined => (count === undefined ? undefined : `${count}B`);

function bodyOf(view: RecordedView, record: ResourceRecord): Body | undefined {
  const nameOf = (urn: Urn) => view.get(urn)?.record.name ?? urn;
  const named = (urn: Urn | undefined) => (urn === undefined ? undefined : nameOf(urn));
  const copyName = (urn: Urn) => (parseUrn(urn).kind === 'snapshot' ? { snapshot: nameOf(urn) } : nameOf(urn));
  const members = (list: string) => view.members(record.urn, list).map(nameOf);
  switch (record.kind) {
    case 'volume': {
      const { spec } = record as Of<'volume'>;
      const { sizeBytes, virtualPool, virtualArray, consistencyGroup, snapshotPolicy, copyOf, detached, placement } =
        spec;
      return {
        size: bytes(sizeBytes),
        virtualPool: nameOf(virtualPool),
        virtualArray: nameOf(virtualArray),
        consistencyGroup: named(consistencyGroup),
        snapshotPolicy: named(snapshotPolicy),
        // A detached one is a copy of nothing any more, and what it was of may be gone.
        copyOf: copyOf === undefined || detached ? undefined : copyName(copyOf),
        continuous: detached ? undefined : spec.continuous,
        placement,
      };
    }
    case 'snapshot': {
      const { volume, set } = (record as Of<'snapshot'>).spec;
      return { volume: nameOf(volume), set };
    }
    case 'export': {
      const { sharedAccess, exclusive, boot, copies, namedBy, virtualArray } = (record as Of<'export'>).spec;
      const seers = seersOf(record as Of<'export'>, (of, list) => view.members(of, list));
      const maps = view.inScope('lunMap', uuidOf(record.urn)).filter(({ record: map }) => isLive(map));
      // A volume that is mapped keeps its number without being told.
      const shown = [...new Set(maps.map(({ record: map }) => map.spec.volume))];
      const waiting = waitingEntries(view, record.urn).map(({ record: { spec } }) => spec);
      const of = (kind: 'volume' | 'snapshot') => [
        ...shown.filter((urn) => parseUrn(urn).kind === kind).map(nameOf),
        ...waiting
          .filter(({ member }) => parseUrn(member).kind === kind)
          .map(({ member, hlu }) => (hlu === undefined ? nameOf(member) : { [kind]: nameOf(member), hlu })),
      ];
      const snapshots = of('snapshot');
      const also = snapshots.length > 0 ? { snapshots } : {};
      return {
        // Always the list, so that a change can add to it and take from it.
        [seers.list]: seers.urns.map(nameOf),
        sharedAccess,
        exclusive,
        boot,
        copies,
        namedBy,
        virtualArray: named(virtualArray),
        volumes: of('volume'),
        ...also,
      };
    }
    case 'host': {
      const { type, tenant, quiesce } = (record as Of<'host'>).spec;
      const initiators = view
        .inScope('initiator', uuidOf(record.urn))
        .filter(({ record: initiator }) => isLive(initiator))
        .map(({ record: { spec } }) => ({
          [spec.protocol === 'iscsi' ? 'iqn' : 'wwpn']: spec.portName,
          network: nameOf(spec.network),
        }));
      const interfaces = view
        .inScope('ipInterface', uuidOf(record.urn))
        .filter(({ record: each }) => isLive(each))
        .map(({ record: { spec } }) => defined({ address: spec.address, prefixLength: spec.prefixLength }));
      return {
        ...{ type, tenant: nameOf(tenant), initiators },
        interfaces: interfaces.length > 0 ? interfaces : undefined,
        quiesce: quiesce && quiesceFields(quiesce),
      };
    }
    case 'cluster':
      return { tenant: nameOf((record as Of<'cluster'>).spec.tenant), hosts: members('hosts') };
    case 'consistencyGroup':
      return { snapshotPolicy: named((record as Of<'consistencyGroup'>).spec.snapshotPolicy) };
    case 'project': {
      const { tenant, quotaBytes, volumesPerSystem, owner, acl } = (record as Of<'project'>).spec;
      return { tenant: nameOf(tenant), quota: bytes(quotaBytes), volumesPerSystem, owner, acl };
    }
    case 'tenant': {
      const { userMappings, quota } = (record as Of<'tenant'>).spec;
      const capacity = bytes(quota?.capacityBytes);
      const shares = [...amountsIn(view, record.urn, SHARES)].map(([urn, count]) => [nameOf(urn), bytes(count)]);
      const virtualPools = shares.length === 0 ? undefined : Object.fromEntries(shares);
      return {
        userMappings,
        use: { virtualArrays: members('use.virtualArrays'), virtualPools: members('use.virtualPools') },
        quota: capacity || virtualPools ? defined({ capacity, virtualPools }) : undefined,
      };
    }
    case 'network': {
      const { transport, subnets, networkSystem, fabric, vsan, configuration, zoning } = (record as Of<'network'>).spec;
      if (transport === 'ip') return { transport, subnets };
      const zoned = { networkSystem: named(networkSystem), fabric, vsan, configuration, zoning };
      return { transport, endpoints: declaredEndpoints(view, record.urn), ...zoned };
    }
    case 'virtualPool': {
      const { spec } = record as Of<'virtualPool'>;
      const {
        paths,
        limits,
        quotaBytes,
        thinPreAllocation,
        hostIoLimits: io,
        continuousCopies: copies,
        ...same
      } = spec;
      return {
        ...same,
        paths,
        limits: { utilisation: percent(limits.utilisation), subscription: percent(limits.subscription) },
        quota: bytes(quotaBytes),
        thinPreAllocation: thinPreAllocation === undefined ? undefined : percent(thinPreAllocation),
        continuousCopies:
          copies && defined({ ...copies, virtualPool: copies.virtualPool && nameOf(copies.virtualPool) }),
        hostIoLimits: io && defined({ iops: io.iops, bandwidth: bytes(io.bytesPerSecond) }),
        virtualArrays: members('virtualArrays'),
      };
    }
    case 'virtualArray':
      return {
        networks: members('networks'),
        storageSystems: members('storageSystems'),
        autoSanZoning: (record as Of<'virtualArray'>).spec.autoSanZoning,
      };
    default:
      return undefined;
  }
}

function declaredEndpoints(view: RecordedView, network: Urn): string[] {
  return view
    .inScope('endpoint', uuidOf(network))
    .filter(({ record }) => isLive(record) && record.spec.declared)
    .map(({ record }) => record.spec.portName);
}

/** Without what isn't said. */
export const defined = (body: Body): Body =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
