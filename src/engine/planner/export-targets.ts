/** Whom a declared export is for, and what it shows. */
import type { DesiredSpecs } from '../config/desired.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import type { Draft, Target } from './draft.ts';
import { byName } from './members.ts';

/** Volumes, then snapshots. */
export function shownBy(draft: Draft, target: Target, spec: DesiredSpecs['export']) {
  const volumes = spec.volumes.map(({ volume: _name, ...entry }, index) => ({
    ...{ ...entry, list: 'volumes' as const, index },
    urn: draft.resolve(target, ['volumes', index, 'volume']),
  }));
  const snapshots = (spec.snapshots ?? []).map(({ snapshot: _name, ...entry }, index) => ({
    ...{ ...entry, list: 'snapshots' as const, index },
    urn: draft.resolve(target, ['snapshots', index, 'snapshot']),
  }));
  return [...volumes, ...snapshots];
}

/** In order of name; undefined when one isn't known. */
export function hostsOf(
  draft: Draft,
  target: Target,
  spec: DesiredSpecs['export'],
): ResourceRecord<'host'>[] | undefined {
  const urns =
    spec.cluster === undefined
      ? [draft.resolve(target, ['host'])]
      : clusterHosts(draft, draft.resolve(target, ['cluster']));
  const hosts = urns.map((urn) => (urn === undefined ? undefined : draft.get<'host'>(urn)));
  return hosts.length > 0 && hosts.every((host) => host !== undefined) ? hosts : undefined;
}

const clusterHosts = (draft: Draft, cluster: Urn | undefined): readonly (Urn | undefined)[] =>
  cluster && draft.get(cluster) ? byName(draft, draft.membersOf(cluster, 'hosts')) : [undefined];
