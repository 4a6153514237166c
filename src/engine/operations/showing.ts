/** Operations that read recorded state: show, state list and show. Names instead of URNs: people read this. */
import { fail } from '../../lib/diagnostic.ts';
import { KIND_NAMES, type KindName } from '../model/kinds.ts';
import { amountsIn, memberLists } from '../model/members.ts';
import { snapshotFacts } from '../model/on-array.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { Urn } from '../model/urn.ts';
import { uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { waitingEntries } from '../planner/export-seers.ts';
import { keys } from '../state/keys.ts';
import { decodeRecord } from '../state/records.ts';
import { rangeAll } from '../state/store.ts';
import { withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';
import { copyStates } from './mirror-states.ts';
import type { ListedResource, ResultOf, ShownResource } from './types.ts';

/** Kinds that `show` lists on their own; the others appear under their parents, paths and zones in `zone list` and `verify`. */
const TOP: readonly KindName[] = KIND_NAMES.filter(
  (kind) =>
    ![
      ...['endpoint', 'pool', 'port', 'initiator', 'ipInterface', 'member'],
      ...['exportMask', 'lunMap', 'path', 'zone'],
    ].includes(kind),
);

/** A list of references is an attribute, as the endpoints of a network are; entries are listed only when they are asked for. */
const LISTED: readonly KindName[] = KIND_NAMES.filter((kind) => kind !== 'member' && kind !== 'endpoint');

export async function show(call: Call, input: { address?: string | undefined }): Promise<ResultOf<'show'>> {
  const { result } = await withView(call.engine.store, (view) => {
    if (input.address !== undefined) {
      const found = findResource(view, input.address);
      return 'problem' in found ? found : [shown(view, found.recorded.record, true)];
    }
    return TOP.flatMap((kind) => view.all(kind))
      .filter(({ record }) => isLive(record))
      .map(({ record }) => shown(view, record, record.kind === 'export'));
  });
  if (!Array.isArray(result)) return fail('error', result.problem);
  const [one] = result;
  if (input.address === undefined || !one?.attributes.continuous)
    return { outcome: 'ok', diagnostics: [], resources: result };
  const { diagnostics, mirrors } = await copyStates(call, { urns: [one.urn] });
  // Empty where it was split from its source.
  const seen = mirrors.map(({ state, percent }) => ({
    inSync: `${state}${percent === undefined ? '' : ` (${percent} %)`}`,
  }));
  return { outcome: 'ok', diagnostics, resources: [{ ...one, attributes: { ...one.attributes, ...seen[0] } }] };
}

function shown(view: RecordedView, record: ResourceRecord, withChildren: boolean): ShownResource {
  return {
    address: addressOf(record),
    kind: record.kind,
    urn: record.urn,
    name: record.name,
    phase: record.status.phase,
    attributes: attributes(view, record),
    children: withChildren ? children(view, record).map((child) => shown(view, child, false)) : [],
  };
}

function children(view: RecordedView, record: ResourceRecord): ResourceRecord[] {
  const scope = uuidOf(record.urn);
  const of = (kind: KindName) =>
    view
      .inScope(kind, scope)
      .map(({ record: child }) => child)
      .filter(isLive);
  switch (record.kind) {
    case 'storageSystem':
      return [...of('pool'), ...of('port')];
    case 'network':
      return of('zone');
    case 'host':
      return [...of('initiator'), ...of('ipInterface')];
    case 'export':
      return of('lunMap');
    case 'volume':
      return of('lunMap');
    default:
      return [];
  }
}

const nameOf = (view: RecordedView, urn: Urn): string => view.get(urn)?.record.name ?? urn;

function named(view: RecordedView, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => named(view, item));
  return typeof value === 'string' && value.startsWith('urn:storageos:') ? nameOf(view, value as Urn) : value;
}

function attributes(view: RecordedView, record: ResourceRecord): Record<string, unknown> {
  const { seers: _seers, ...own } = record.spec as ResourceRecord['spec'] & { readonly seers?: unknown };
  const spec = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, named(view, value)]));
  const { device, identity, untilMs, why } = record.status;
  return {
    ...spec,
    ...listsOf(view, record, (urn) => nameOf(view, urn)),
    ...('waiting' in own ? { waiting: waitingOf(view, record.urn) } : {}),
    ...(isFabric(record) ? endpointAttributes(view, record) : {}),
    ...(record.kind === 'networkSystem' ? { networks: networksOf(view, record.urn) } : {}),
    ...(record.kind === 'zone' ? zoneAttributes(view, record as ResourceRecord<'zone'>) : {}),
    ...(record.kind === 'lunMap' ? mapAttributes(view, record as ResourceRecord<'lunMap'>) : {}),
    ...(record.kind === 'snapshot' ? snapshotAttributes(view, record as ResourceRecord<'snapshot'>) : {}),
    ...(record.kind === 'pool' ? view.pool(record.urn) : {}),
    ...(record.kind === 'port' ? view.port(record.urn) : {}),
    ...(device
      ? {
          system: nameOf(view, device.system),
          nativeId: device.nativeId,
          label: device.label,
          ...(device.wwn ? { wwn: device.wwn } : {}),
          ...(device.pool ? { pool: nameOf(view, device.pool) } : {}),
          ...(device.provisionedBytes === undefined ? {} : { provisionedBytes: device.provisionedBytes }),
          ...(device.targetName ? { targetName: device.targetName } : {}),
          origin: device.origin,
        }
      : {}),
    ...(identity
      ? { serialNumber: identity.serialNumber, model: identity.model, firmwareVersion: identity.firmwareVersion }
      : {}),
    ...(untilMs === undefined ? {} : { quarantinedUntilMs: untilMs }),
    ...(why === undefined ? {} : { why }),
    ...(record.kind === 'volume' ? { protect: record.policy.protect, onRemove: record.policy.onRemove } : {}),
    ...(record.overriddenBy
      ? { changedElsewhereBy: record.overriddenBy.user, changedElsewhereAtMs: record.overriddenBy.atMs }
      : {}),
    ...(record.claim ? { claimedBy: record.claim.workflow } : {}),
  };
}

/** Of which moment it is, for what it can be relied on, and who had it taken. */
function snapshotAttributes(view: RecordedView, record: ResourceRecord<'snapshot'>): Record<string, unknown> {
  const { policy } = record.spec;
  return {
    ...snapshotFacts(record),
    ...(policy ? { policy: nameOf(view, policy.urn), policyMomentAtMs: policy.momentMs } : {}),
  };
}

/** Lists of references, which are records of their own, as attributes of the one that has them. */
function listsOf(
  view: RecordedView,
  record: ResourceRecord,
  shownAs: (urn: Urn) => string,
): Record<string, readonly string[] | Readonly<Record<string, number>>> {
  return Object.fromEntries(
    memberLists(record.kind)
      .filter(({ list }) => record.kind !== 'export' || isListed(record as ResourceRecord<'export'>, list))
      .map(({ list, entry }) => [
        list,
        entry
          ? Object.fromEntries(
              [...amountsIn(view, record.urn, list)].map(([urn, bytes]) => [shownAs(urn), bytes]).sort(),
            )
          : view.members(record.urn, list).map(shownAs).sort(),
      ]),
  );
}

/** One host or cluster is in the record. */
const isListed = ({ spec }: ResourceRecord<'export'>, list: string): boolean =>
  list === 'waiting' ? spec.waiting === true : spec.seers === list;

/** What an export shows as soon as somebody sees by it. */
const waitingOf = (view: RecordedView, exported: Urn): string[] =>
  waitingEntries(view, exported)
    .map(({ record: { spec } }) => `${nameOf(view, spec.member)}${spec.hlu === undefined ? '' : ` (LUN ${spec.hlu})`}`)
    .sort();

const isFabric = (record: ResourceRecord): boolean =>
  record.kind === 'network' && (record as ResourceRecord<'network'>).spec.transport === 'fc';

/** WWPNs; which of them were only seen is told apart. */
function endpointAttributes(view: RecordedView, network: ResourceRecord): Record<string, readonly string[]> {
  const found = view
    .inScope('endpoint', uuidOf(network.urn))
    .flatMap(({ record }) => (isLive(record) ? record.spec : []));
  const discovered = found.filter(({ declared }) => !declared).map(({ portName }) => portName);
  return {
    endpoints: found.map(({ portName }) => portName),
    ...(discovered.length === 0 ? {} : { discoveredEndpoints: discovered }),
  };
}

/** Names of the networks that are its fabrics. */
function networksOf(view: RecordedView, system: Urn): string[] {
  return view
    .all('network')
    .filter(({ record }) => isLive(record) && record.spec.networkSystem === system)
    .map(({ record }) => record.name)
    .sort();
}

/** Whose it is, and who is in it. */
function zoneAttributes(view: RecordedView, { spec }: ResourceRecord<'zone'>): Record<string, unknown> {
  const mask = view.get<'exportMask'>(spec.mask)?.record;
  return {
    ...(mask ? { host: nameOf(view, mask.spec.host), system: nameOf(view, mask.spec.system) } : {}),
    members: spec.members.map(({ portName, role, alias }) =>
      [portName, ...(alias === undefined ? [] : [`as ${alias}`]), ...(role === undefined ? [] : [`(${role})`])].join(
        ' ',
      ),
    ),
  };
}

/** What a host needs to find its LUN: target, portals, number, identity. */
function mapAttributes(view: RecordedView, record: ResourceRecord<'lunMap'>): Record<string, unknown> {
  const mask = view.get<'exportMask'>(record.spec.mask)?.record;
  const volume = view.get<'volume'>(record.spec.volume)?.record;
  const host = mask && view.get<'host'>(mask.spec.host)?.record;
  const device = mask?.status.device;
  return {
    ...(host
      ? {
          host: host.name,
          initiators: view
            .inScope('initiator', uuidOf(host.urn))
            .filter(({ record: i }) => isLive(i))
            .map(({ record: i }) => i.spec.portName),
        }
      : {}),
    ...(mask
      ? {
          system: nameOf(view, mask.spec.system),
          portals: mask.spec.ports.map((port) => view.get<'port'>(port)?.record.spec.address ?? port),
        }
      : {}),
    ...(device?.targetName ? { targetName: device.targetName } : {}),
    ...(volume
      ? { wwn: volume.status.device?.wwn, sizeBytes: volume.status.device?.provisionedBytes ?? volume.spec.sizeBytes }
      : {}),
  };
}

export async function stateList(
  { engine }: Call,
  input: { kind?: KindName | undefined },
): Promise<ResultOf<'state.list'>> {
  const resources: ListedResource[] = [];
  const snapshot = await engine.store.snapshot();
  try {
    for (const kind of input.kind === undefined ? LISTED : [input.kind]) {
      for await (const item of rangeAll(snapshot, keys.recordsOf(kind))) {
        const { record, revision } = decodeRecord(item);
        resources.push({
          address: addressOf(record),
          kind: record.kind,
          urn: record.urn,
          phase: record.status.phase,
          revision,
        });
      }
    }
  } finally {
    snapshot.close();
  }
  return { outcome: 'ok', diagnostics: [], resources };
}

export async function stateShow({ engine }: Call, input: { address: string }): Promise<ResultOf<'state.show'>> {
  const { result } = await withView(engine.store, (view) => {
    const found = findResource(view, input.address);
    return 'problem' in found ? found : { ...found, lists: listsOf(view, found.recorded.record, (urn) => urn) };
  });
  if ('problem' in result) return fail('error', result.problem);
  const { record, revision }: VersionedRecord = result.recorded;
  const spec = { ...record.spec, ...result.lists } as ResourceRecord['spec'];
  return { outcome: 'ok', diagnostics: [], record: { ...record, spec }, revision };
}
