/**
 * Whom an export shows its volumes to. One host or one cluster is in the record of the export, as that is what most have, and
 * is read with it; of several, or of none, `seers` says in which list of members they are (members.ts).
 */
import type { ResourceRecord } from './record.ts';
import type { RecordedSpec } from './specs.ts';
import type { Urn } from './urn.ts';

export type SeerList = NonNullable<RecordedSpec<'export'>['seers']>;

export interface Seers {
  readonly list: SeerList;
  readonly urns: readonly Urn[];
}

/** Who is in a list of references; of records, of a view, or after a plan. */
export type MembersOf = (of: Urn, list: string) => readonly Urn[];

type Export = Pick<ResourceRecord<'export'>, 'urn' | 'spec'>;

export function seersOf({ urn, spec }: Export, membersOf: MembersOf): Seers {
  if (spec.host !== undefined) return { list: 'hosts', urns: [spec.host] };
  if (spec.cluster !== undefined) return { list: 'clusters', urns: [spec.cluster] };
  const list = spec.seers ?? 'hosts';
  return { list, urns: membersOf(urn, list) };
}

/** Hosts, those of clusters too, each once. */
export const hostsOfSeers = ({ list, urns }: Seers, membersOf: MembersOf): Urn[] => [
  ...new Set(list === 'hosts' ? urns : urns.flatMap((cluster) => membersOf(cluster, 'hosts'))),
];

export const hostsSeeing = (record: Export, membersOf: MembersOf): Urn[] =>
  hostsOfSeers(seersOf(record, membersOf), membersOf);

/** As it is recorded: the fields that say who sees, all of them, so that none of before stays. */
export function seerFields({
  list,
  urns,
}: Seers): Pick<ResourceRecord<'export'>['spec'], 'host' | 'cluster' | 'seers'> {
  const [one, ...more] = urns;
  const isOne = one !== undefined && more.length === 0;
  return {
    host: isOne && list === 'hosts' ? one : undefined,
    cluster: isOne && list === 'clusters' ? one : undefined,
    seers: isOne ? undefined : list,
  };
}
