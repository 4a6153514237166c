/** Array affinity: which hosts will see a new volume, and which storage systems have volumes for them already. */
import type { DesiredSpecs } from '../config/desired.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import type { Draft } from './draft.ts';
import { hostsOf } from './export-targets.ts';
import { byName } from './members.ts';

/** The same object for volumes that the same hosts will see. */
export interface SeenBy {
  readonly hosts: readonly Urn[];
  /** By storage system: those of the hosts with a mask there. */
  readonly servedBy: Readonly<Record<Urn, readonly Urn[]>>;
}

interface Known {
  readonly hosts: ReadonlyMap<Urn, ReadonlySet<Urn>>;
  readonly seen: Map<string, SeenBy>;
}

const knownOf = new WeakMap<Draft, Known>();

/** Undefined where no host will see it, or where no virtual pool asks for affinity and so nobody looks. */
export function seenBy(draft: Draft, volume: Urn, virtualArray: Urn): SeenBy | undefined {
  const known = knownOf.get(draft) ?? { hosts: isAskedFor(draft) ? hostsByVolume(draft) : new Map(), seen: new Map() };
  knownOf.set(draft, known);
  const hosts = byName(draft, [...(known.hosts.get(volume) ?? [])]);
  if (hosts.length === 0) return undefined;
  const key = [virtualArray, ...hosts].join(' ');
  const seen = known.seen.get(key) ?? { hosts, servedBy: servedBy(draft, hosts, virtualArray) };
  known.seen.set(key, seen);
  return seen;
}

function isAskedFor(draft: Draft): boolean {
  return draft.all('virtualPool').some(({ spec }) => spec.arrayAffinity);
}

function servedBy(draft: Draft, hosts: readonly Urn[], virtualArray: Urn): SeenBy['servedBy'] {
  const served = draft.systemsOf(virtualArray).map((system) => {
    const withMask = hosts.filter((host) => {
      const mask = draft.input.view.byName('exportMask', uuidOf(system), uuidOf(host));
      return mask && mask.record.status.phase !== 'deleted';
    });
    return [system, withMask] as const;
  });
  return Object.fromEntries(served.filter(([, withMask]) => withMask.length > 0));
}

/** By volume: the hosts of the exports declared in this plan. */
function hostsByVolume(draft: Draft): ReadonlyMap<Urn, ReadonlySet<Urn>> {
  const found = new Map<Urn, Set<Urn>>();
  for (const target of draft.targets('export')) {
    if (target.node.existing) continue;
    const spec = target.node.spec as DesiredSpecs['export'];
    const hosts = (hostsOf(draft, target, spec) ?? []).map(({ urn }) => urn);
    spec.volumes.forEach((_entry, index) => {
      const volume = draft.resolve(target, ['volumes', index, 'volume']);
      if (volume === undefined) return;
      const set = found.get(volume) ?? new Set();
      for (const each of hosts) set.add(each);
      found.set(volume, set);
    });
  }
  return found;
}
