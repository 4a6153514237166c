/** Whom a declared export is for, and what it shows. */
import type { DesiredSpecs } from '../config/desired.ts';
import { hostsOfSeers, type Seers } from '../model/export-seers.ts';
import type { ResourceRecord } from '../model/record.ts';
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

export interface DeclaredSeers extends Seers {
  /** Where each is declared. */
  readonly paths: readonly (readonly (string | number)[])[];
}

/** Undefined when one isn't known. */
export function declaredSeers(draft: Draft, target: Target, spec: DesiredSpecs['export']): DeclaredSeers | undefined {
  const { host, cluster, hosts = [], clusters } = spec;
  const list = (cluster ?? clusters) === undefined ? 'hosts' : 'clusters';
  const several = (list === 'hosts' ? hosts : (clusters ?? [])).map((_name, index) => [list, index]);
  const paths = host !== undefined ? [['host']] : cluster !== undefined ? [['cluster']] : several;
  const urns = paths.flatMap((path) => draft.resolve(target, path) ?? []);
  return urns.length === paths.length && urns.every((urn) => draft.get(urn)) ? { list, urns, paths } : undefined;
}

/** In order of name, those of clusters too; undefined when one isn't known. */
export function hostsOf(
  draft: Draft,
  target: Target,
  spec: DesiredSpecs['export'],
): ResourceRecord<'host'>[] | undefined {
  const seers = declaredSeers(draft, target, spec);
  if (!seers) return undefined;
  const urns = hostsOfSeers(seers, (of, list) => draft.membersOf(of, list));
  const hosts = byName(draft, urns).map((urn) => draft.get<'host'>(urn));
  return hosts.every((host) => host !== undefined) ? hosts : undefined;
}
