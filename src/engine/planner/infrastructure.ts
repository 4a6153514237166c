/**
 * Infrastructure that lives in state only: tenants, projects, networks, virtual arrays and pools, hosts with their
 * initiators, clusters. Devices are in storage-systems.ts and network-systems.ts.
 */
import type { DeclarableKind, DesiredSpecs } from '../config/desired.ts';
import type { DeviceKind } from '../model/device-kinds.ts';
import type { KindName } from '../model/kinds.ts';
import { memberLists } from '../model/members.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import { type RecordedSpec, SPEC_SCHEMAS } from '../model/specs.ts';
import { ZONE } from '../model/unique-names.ts';
import { ROOT_TENANT_URN, type Urn, uuidOf } from '../model/urn.ts';
import { zonedField } from '../model/zoned-fields.ts';
import { addressOf } from '../observe/addresses.ts';
import { shownByOthers } from './access.ts';
import { openedAccounts } from './accounts.ts';
import { buildRecord, fieldChanges } from './base-record.ts';
import { type Draft, endingWrite, liveWrite, type Target } from './draft.ts';
import { endpointWrites } from './endpoints.ts';
import { hold, phaseHold } from './holds.ts';
import { clusterHold, hostHold } from './host-masks.ts';
import { interfaceWrites } from './interfaces.ts';
import { type ListEntries, type PlannedMembers, planMembers } from './members.ts';
import { checkMirrorPools, MIRROR_POOL, namedFirst } from './mirror-pools.ts';
import { fabricOfNetwork, type NetworkFabric, planNetworkSystem } from './network-systems.ts';
import type { ChildChange, PlannedWrite } from './plan.ts';
import { finishRecordOnly } from './record-only.ts';
import { planStorageSystem } from './storage-systems.ts';
import { hasContents } from './targets.ts';

const ORDER = [
  'networkSystem',
  'network',
  'storageSystem',
  'virtualArray',
  'virtualPool',
  'tenant',
  'project',
  'host',
  'cluster',
  'snapshotPolicy',
  'consistencyGroup',
] as const;

export function planInfrastructure(draft: Draft): void {
  for (const kind of ORDER) {
    for (const target of kind === 'virtualPool' ? namedFirst(draft) : draft.targets(kind)) {
      if (draft.isFixed(target) || target.urn === ROOT_TENANT_URN) continue;
      if (kind === 'storageSystem') planStorageSystem(draft, target);
      else if (kind === 'networkSystem') planNetworkSystem(draft, target);
      else planRecordOnly(draft, target, kind);
    }
    if (kind === 'virtualPool') checkMirrorPools(draft);
  }
}

function planRecordOnly(draft: Draft, target: Target, kind: Exclude<(typeof ORDER)[number], DeviceKind>): void {
  const spec = recordedSpec(draft, target, kind);
  if (!spec || !mayChange(draft, target, spec.spec)) return;
  const fabric = kind === 'network' ? fabricOfNetwork(draft, target, spec.spec as RecordedSpec<'network'>) : NO_FABRIC;
  if (!fabric) return;
  const final = buildRecord(draft, target, { ...nothingOf(kind), ...spec.spec });
  const members = planMembers(draft, target, spec.lists);
  const children = childWrites(draft, target, members, fabric);
  const names = kind === 'host' ? (target.node.spec as DesiredSpecs['host']).initiators : [];
  const changesInitiators =
    kind === 'host' && target.recorded !== undefined && children.changes.some((change) => change.kind === 'initiator');
  const held =
    kind === 'cluster'
      ? clusterHold(draft, target, members)
      : changesInitiators
        ? hostHold(draft, target, new Set(names.map(({ portName }) => portName)))
        : undefined;
  if (held) {
    hold(draft, target, 'update', held);
    return;
  }
  if (changesInitiators) draft.hostsWithNewInitiators.add(target.urn);
  for (const [list, entries] of spec.lists) draft.setMembers(target.urn, list, [...entries.keys()]);
  finishRecordOnly(draft, target, final, [...spec.references, ...members.joining], children, {
    fields: members.fields,
    opens: openedAccounts(draft, target, [final, ...members.writes.map((write) => write.final)]),
  });
}

const NO_FABRIC: NetworkFabric = { joins: false };

function childWrites(draft: Draft, target: Target, members: PlannedMembers, { fabric, joins }: NetworkFabric) {
  if (target.node.kind === 'host') return hostWrites(draft, target);
  if (target.node.kind === 'network') {
    // Later on it is `discover` that keeps them up to date.
    const logins = joins && fabric ? fabric.endpoints.map(({ nativeId }) => nativeId) : [];
    return endpointWrites(draft, target, logins);
  }
  return { writes: members.writes, changes: [] as ChildChange[] };
}

function hostWrites(draft: Draft, target: Target) {
  const [initiators, interfaces] = [initiatorWrites(draft, target), interfaceWrites(draft, target)];
  return {
    writes: [...initiators.writes, ...interfaces.writes],
    changes: [...initiators.changes, ...interfaces.changes],
  };
}

/** What is no longer declared doesn't stay in the record; what a newer version has put there does. */
const nothingOf = (kind: KindName): object =>
  Object.fromEntries(Object.keys(SPEC_SCHEMAS[kind].shape).map((field) => [field, undefined]));

/** What other records are built on doesn't change under them. */
function mayChange(draft: Draft, target: Target, spec: RecordedSpec<KindName>): boolean {
  const { recorded, node } = target;
  const { view } = draft.input;
  const phase = recorded && phaseHold(target, recorded.record);
  if (phase) {
    hold(draft, target, 'update', phase);
    return false;
  }
  if (!recorded) return true;
  const [old, now] = [recorded.record.spec as Record<string, unknown>, spec as Record<string, unknown>];
  const refuse = (field: string, detail: string): false => {
    const fix = `declare the old ${field}, or make a new ${node.kind}`;
    const summary = `${target.address} can't change its ${field}`;
    draft.error({ code: 'COPRHD-PLAN-009', summary, detail, fix, span: node.spanOf([field]), address: target.address });
    return false;
  };
  if (node.kind === 'project' && old.tenant !== now.tenant && hasContents(draft, target.urn))
    return refuse('tenant', 'there are volumes or exports in it');
  if ((node.kind === 'host' || node.kind === 'cluster') && old.tenant !== now.tenant) {
    const [first, ...others] = shownByOthers(draft, target.urn, now.tenant as Urn);
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    if (first) return refuse('tenant', `it sees volumes of another tenant by ${first}${more}`);
  }
  if (node.kind === 'network') {
    const field = zonedField(old as RecordedSpec<'network'>, now as RecordedSpec<'network'>);
    const zones = view.inScope('zone', uuidOf(target.urn));
    const isZoned = zones.some(({ record }) => record.status.phase !== 'deleted');
    if (field && isZoned) return refuse(field, 'there are zones of ours in it');
  }
  if (node.kind === 'virtualPool' && old.provisioning !== now.provisioning) {
    const used = view
      .all('volume')
      .some(({ record }) => record.status.phase !== 'deleted' && record.spec.virtualPool === target.urn);
    if (used) return refuse('provisioning', 'there are volumes that were made by it');
  }
  return true;
}

interface ResolvedSpec {
  readonly spec: RecordedSpec<KindName>;
  readonly references: readonly Urn[];
  /** Recorded as members, not in the spec. */
  readonly lists: ReadonlyMap<string, ListEntries>;
}

/** Names become URNs; undefined when one didn't resolve (config has complained). */
function recordedSpec(draft: Draft, target: Target, kind: DeclarableKind): ResolvedSpec | undefined {
  const references: Urn[] = [];
  let complete = true;
  const resolved = (...path: (string | number)[]): Urn => {
    const urn = draft.resolve(target, path);
    if (urn === undefined) complete = false;
    return urn as Urn;
  };
  const ref = (path: string): Urn => {
    const urn = resolved(path);
    references.push(urn);
    return urn;
  };
  const mirrorPool = (): Urn => {
    const urn = resolved(...MIRROR_POOL);
    // Two that name each other: one of them is first.
    if (urn && (draft.unitOf(urn) !== undefined || draft.input.view.get(urn))) references.push(urn);
    return urn;
  };
  const spec = target.node.spec as DesiredSpecs[DeclarableKind];
  const lists = new Map(
    memberLists(kind).map(({ list, entry }) => {
      const found = list.split('.').reduce<unknown>((value, key) => (value as Fields | undefined)?.[key], spec);
      const entries = ((found ?? []) as readonly Fields[]).map((each, index): [Urn, number | undefined] =>
        entry
          ? [resolved(...list.split('.'), index, entry.member), each[entry.amount] as number]
          : [resolved(list, index), undefined],
      );
      return [list, new Map(entries)];
    }),
  );
  const made = ((): RecordedSpec<KindName> => {
    switch (kind) {
      case 'tenant': {
        const { userMappings, quota } = spec as DesiredSpecs['tenant'];
        const mappings = userMappings === undefined ? {} : { userMappings };
        return { parent: ROOT_TENANT_URN, ...mappings, ...tenantQuota(quota) } as RecordedSpec<'tenant'>;
      }
      case 'project': {
        const { tenant: _name, ...rest } = spec as DesiredSpecs['project'];
        return { tenant: ref('tenant'), ...rest };
      }
      case 'network': {
        const network = spec as DesiredSpecs['network'];
        const { transport, subnets, networkSystem: named, endpoints: _children, ...zoned } = network;
        const networkSystem = named === undefined ? {} : { networkSystem: ref('networkSystem') };
        return { transport, subnets: [...subnets], ...networkSystem, ...zoned } as RecordedSpec<'network'>;
      }
      case 'virtualArray': {
        const { autoSanZoning } = spec as DesiredSpecs['virtualArray'];
        return autoSanZoning === undefined ? {} : { autoSanZoning };
      }
      case 'virtualPool': {
        const { virtualArrays: _names, ...rest } = spec as DesiredSpecs['virtualPool'];
        const { continuousCopies: copies } = rest;
        const mirrors = copies?.virtualPool === undefined ? {} : { virtualPool: mirrorPool() };
        const continuousCopies = copies && { ...copies, ...mirrors };
        return { ...rest, protocols: [...rest.protocols], continuousCopies } as RecordedSpec<'virtualPool'>;
      }
      case 'consistencyGroup':
        // Without a project nothing of the stack is planned.
        // Where its volumes are is not for files to say, and stays.
        return {
          ...target.recorded?.record.spec,
          project: target.project!,
          snapshotPolicy: (spec as DesiredSpecs['consistencyGroup']).snapshotPolicy ? ref('snapshotPolicy') : undefined,
        };
      case 'snapshotPolicy':
        return { quiesce: undefined, ...(spec as DesiredSpecs['snapshotPolicy']) };
      case 'host':
        return hostSpec(spec as DesiredSpecs['host'], ref('tenant'));
      default:
        return { tenant: ref('tenant') };
    }
  })();
  return complete ? { spec: made, references, lists } : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Hooks that are left out of a file are taken off. */
const hostSpec = ({ type, quiesce }: DesiredSpecs['host'], tenant: Urn): RecordedSpec<'host'> => ({
  type,
  tenant,
  ...{ quiesce },
});

/** Of all its projects; its shares of virtual pools are members. */
function tenantQuota(quota: DesiredSpecs['tenant']['quota']): Pick<RecordedSpec<'tenant'>, 'quota'> {
  const capacityBytes = quota?.capacityBytes;
  return capacityBytes === undefined ? {} : { quota: { capacityBytes } };
}

/** Initiators are children of their host: one record each, found by port name in the whole estate. */
function initiatorWrites(draft: Draft, target: Target): { writes: PlannedWrite[]; changes: ChildChange[] } {
  const { view } = draft.input;
  const writes: PlannedWrite[] = [];
  const changes: ChildChange[] = [];
  const spec = target.node.spec as DesiredSpecs['host'];
  const wanted = new Set<string>();
  spec.initiators.forEach((initiator, index) => {
    wanted.add(initiator.portName);
    const network = draft.resolve(target, ['initiators', index, 'network']);
    const recorded = view.byName('initiator', ZONE, initiator.portName);
    if (network === undefined) return;
    if (recorded && recorded.record.status.phase !== 'deleted' && recorded.record.spec.host !== target.urn) {
      const other = draft.input.view.get(recorded.record.spec.host)?.record;
      draft.error({
        code: 'COPRHD-STATE-006',
        summary: `initiator ${initiator.portName} belongs to another host`,
        detail: `it is recorded as an initiator of ${other ? addressOf(other) : recorded.record.spec.host}; an initiator belongs to one host in the whole estate`,
        fix: 'take it off that host and apply, before it is declared on this one',
        span: target.node.spanOf(['initiators', index]),
      });
      return;
    }
    const port = recorded ? undefined : storagePort(draft, initiator.portName);
    if (port !== undefined) {
      draft.error({
        code: 'COPRHD-STATE-006',
        summary: `${initiator.portName} is no initiator of ${target.address}: it is port ${port} of a storage system`,
        fix: 'read the name of the HBA on the host, and write that',
        span: target.node.spanOf(['initiators', index]),
      });
      return;
    }
    const fabric = draft.networkOf(initiator.portName);
    if (fabric !== undefined && fabric !== network) {
      draft.error({
        code: 'COPRHD-STATE-006',
        summary: `initiator ${initiator.portName} can't be in network ${draft.get(network)?.name ?? network}`,
        detail: `it is recorded as an endpoint of ${draft.get(fabric)?.name ?? fabric}; a port is in one fabric`,
        fix: 'name that network, or take it off there first',
        span: target.node.spanOf(['initiators', index, 'network']),
      });
      return;
    }
    const final = initiatorRecord(draft, target, initiator, network, recorded);
    if (recorded && fieldChanges(recorded.record, final).length === 0) return;
    writes.push(liveWrite(draft, recorded, final));
    changes.push({
      kind: 'initiator',
      urn: final.urn,
      action: recorded ? 'update' : 'create',
      summary: initiator.portName,
    });
  });
  for (const recorded of target.recorded ? view.inScope('initiator', uuidOf(target.urn)) : []) {
    if (wanted.has(recorded.record.spec.portName) || recorded.record.status.phase === 'deleted') continue;
    writes.push(endingWrite(draft, recorded));
    changes.push({
      kind: 'initiator',
      urn: recorded.record.urn,
      action: 'delete',
      summary: recorded.record.spec.portName,
    });
  }
  return { writes, changes };
}

const ADDRESSES = new WeakMap<Draft, ReadonlyMap<string, ResourceRecord<'port'>>>();

/** That has this name on the fabric; an initiator of that name would be zoned with itself. */
function storagePort(draft: Draft, portName: string): string | undefined {
  const { view } = draft.input;
  const live = () => view.all('port').filter(({ record }) => isLive(record));
  const known = ADDRESSES.get(draft) ?? new Map(live().map(({ record }) => [record.spec.address, record]));
  ADDRESSES.set(draft, known);
  const port = known.get(portName);
  const system = port && view.get<'storageSystem'>(port.spec.system)?.record;
  return port && `${system ? `${system.name}/` : ''}${port.name}`;
}

function initiatorRecord(
  draft: Draft,
  target: Target,
  initiator: DesiredSpecs['host']['initiators'][number],
  network: Urn,
  recorded: VersionedRecord<'initiator'> | undefined,
): ResourceRecord {
  const urn = recorded?.record.urn ?? draft.newUrn('initiator', initiator.portName);
  const { portName, protocol } = initiator;
  const base = buildRecord<'initiator'>(draft, target, { host: target.urn, protocol, portName, network });
  const { sourceFile: _file, tags: _tags, ...rest } = base;
  return {
    ...rest,
    // Its own, which no file gives it.
    ...(recorded && isLive(recorded.record) && recorded.record.tags ? { tags: recorded.record.tags } : {}),
    urn,
    kind: 'initiator',
    name: portName,
    owner: { type: 'engine', parent: target.urn },
    parent: target.urn,
    spec: { ...recorded?.record.spec, host: target.urn, protocol, portName, network },
    policy: { protect: false, onRemove: 'delete' },
    createdAtMs: recorded?.record.createdAtMs ?? draft.input.nowMs,
    incarnation: 1,
  };
}
