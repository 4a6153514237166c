/**
 * Who loses what when storage systems are lost: volumes with their data, exports and hosts their LUNs and paths, projects
 * and tenants what they own. From recorded state alone, because a lost system can't be asked. Pure.
 */
import { groupBy } from '../../../lib/group-by.ts';
import { isLive, type ResourceRecord } from '../../model/record.ts';
import type { RecordedView } from '../../model/recorded-view.ts';
import { type Urn, uuidOf } from '../../model/urn.ts';
import { addressOf } from '../../observe/addresses.ts';

/** An export or a host: how many of its volumes go, and how many it has. */
export interface LosesVolumes {
  readonly name: string;
  readonly lost: number;
  readonly of: number;
}

export interface HostLoss extends LosesVolumes {
  /** Storage ports that it can't reach its volumes through any more. */
  readonly ports: number;
}

export interface OwnerLoss {
  readonly name: string;
  readonly volumes: number;
  readonly bytes: number;
}

export interface Loss {
  readonly systems: readonly string[];
  /** Ours, with data: what is quarantined is counted below. */
  readonly volumes: number;
  readonly bytes: number;
  readonly quarantinedVolumes: number;
  readonly quarantinedBytes: number;
  /** Logical size of volumes that others made there; nobody here knows whose they are. */
  readonly foreignBytes: number;
  /** Physical size of its pools. */
  readonly capacityBytes: number;
  readonly exports: readonly LosesVolumes[];
  readonly hosts: readonly HostLoss[];
  readonly projects: readonly OwnerLoss[];
  readonly tenants: readonly OwnerLoss[];
}

type Volume = ResourceRecord<'volume'>;

const sizeOf = ({ spec, status }: Volume): number => status.device?.provisionedBytes ?? spec.sizeBytes;
const bytesOf = (volumes: readonly Volume[]): number => volumes.reduce((sum, each) => sum + sizeOf(each), 0);
const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);

export function lossOf(view: RecordedView, lost: ReadonlySet<Urn>): Loss {
  const systems = [...lost].flatMap((urn) => view.get<'storageSystem'>(urn)?.record ?? []);
  const all = live(view, 'volume').filter(({ status }) => status.device && lost.has(status.device.system));
  const quarantined = all.filter(({ status }) => status.phase === 'quarantined');
  const volumes = all.filter(({ status }) => status.phase !== 'quarantined');
  const pools = systems
    .flatMap(({ urn }) => view.inScope('pool', uuidOf(urn)))
    .flatMap(({ record }) => (isLive(record) ? (view.pool(record.urn) ?? []) : []));
  const nameOf = (urn: Urn | undefined) => (urn === undefined ? 'unknown' : (view.get(urn)?.record.name ?? urn));
  const tenantOf = ({ spec }: Volume) => view.get<'project'>(spec.project)?.record.spec.tenant;
  return {
    systems: systems.map(({ name }) => name).sort(),
    volumes: volumes.length,
    bytes: bytesOf(volumes),
    quarantinedVolumes: quarantined.length,
    quarantinedBytes: bytesOf(quarantined),
    foreignBytes: pools.reduce((sum, { foreignSubscribedBytes }) => sum + foreignSubscribedBytes, 0),
    capacityBytes: pools.reduce((sum, { totalBytes }) => sum + totalBytes, 0),
    ...users(view, new Set(all.map(({ urn }) => urn)), lost),
    projects: owners(volumes, ({ spec }) => nameOf(spec.project)),
    tenants: owners(volumes, (volume) => nameOf(tenantOf(volume))),
  };
}

function live<K extends 'volume' | 'lunMap' | 'exportMask'>(view: RecordedView, kind: K): ResourceRecord<K>[] {
  return view
    .all(kind)
    .map(({ record }) => record)
    .filter(isLive);
}

function owners(volumes: readonly Volume[], nameOf: (volume: Volume) => string): OwnerLoss[] {
  return [...groupBy(volumes, nameOf)]
    .map(([name, held]) => ({ name, volumes: held.length, bytes: bytesOf(held) }))
    .sort(byName);
}

/** Exports and hosts that have a volume there, or a mask. */
function users(
  view: RecordedView,
  lostVolumes: ReadonlySet<Urn>,
  lost: ReadonlySet<Urn>,
): Pick<Loss, 'exports' | 'hosts'> {
  const maps = live(view, 'lunMap');
  const masks = live(view, 'exportMask');
  const hostOf = new Map(masks.map(({ urn, spec }) => [urn, spec.host]));
  const counted = (found: readonly ResourceRecord<'lunMap'>[]) => {
    const volumes = new Set(found.map(({ spec }) => spec.volume));
    return { lost: [...volumes].filter((urn) => lostVolumes.has(urn)).length, of: volumes.size };
  };
  const exports = [...groupBy(maps, ({ spec }) => spec.export)].flatMap(([urn, found]): LosesVolumes[] => {
    const record = view.get<'export'>(urn)?.record;
    return record ? [{ name: addressOf(record), ...counted(found) }] : [];
  });
  const mapsOf = groupBy(maps, ({ spec }) => hostOf.get(spec.mask));
  const hosts = [...groupBy(masks, ({ spec }) => spec.host)].flatMap(([urn, ofHost]): HostLoss[] => {
    const record = view.get<'host'>(urn)?.record;
    const gone = ofHost.filter(({ spec }) => lost.has(spec.system));
    if (!record || gone.length === 0) return [];
    const ports = new Set(gone.flatMap(({ spec }) => spec.ports)).size;
    return [{ name: record.name, ...counted(mapsOf.get(urn) ?? []), ports }];
  });
  return { exports: exports.filter((each) => each.lost > 0).sort(byName), hosts: hosts.sort(byName) };
}
