/**
 * Who sees by an export group: which hosts and clusters a request means, and whether its type has such. A host sees a volume
 * by all of its initiators, or not at all; so initiators stand for their hosts, and some of a host's are refused.
 */
import type { ResourceRecord } from '../../engine/model/record.ts';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { groupBy } from '../../lib/group-by.ts';
import { Refusal } from '../refusal.ts';
import { entriesOf, find, inBody, listersOf, membersOf, PLACES } from './finding.ts';

type Spec = ResourceRecord<'export'>['spec'];
export type GroupType = 'Host' | 'Cluster' | 'Initiator' | 'Exclusive';

export interface Asked {
  readonly hosts: readonly string[];
  readonly clusters: readonly string[];
  readonly initiators: readonly string[];
}

export interface GroupSeers {
  readonly type: GroupType;
  readonly list: 'hosts' | 'clusters';
  /** Hosts, or clusters. */
  readonly ids: readonly string[];
  /** Hosts, those of clusters too. */
  readonly hosts: readonly string[];
}

export const typeOf = ({ cluster, seers, namedBy, exclusive }: Spec): GroupType => {
  if (cluster !== undefined || seers === 'clusters') return 'Cluster';
  return namedBy ? 'Initiator' : exclusive ? 'Exclusive' : 'Host';
};

/** Hosts of a cluster. */
export type HostsOf = (cluster: string) => Promise<readonly string[]>;

const membersOfClusters =
  (engine: EngineClient): HostsOf =>
  (cluster) =>
    membersOf(engine, cluster, 'hosts');

export async function seersOfGroup(
  engine: EngineClient,
  { record }: Pick<FoundRecord, 'record'>,
  inCluster = membersOfClusters(engine),
): Promise<GroupSeers> {
  const spec = record.spec as Spec;
  const type = typeOf(spec);
  const list = type === 'Cluster' ? 'clusters' : 'hosts';
  const one = spec.host ?? spec.cluster;
  const ids = one === undefined ? await membersOf(engine, record.urn, list) : [one];
  return { type, list, ids, hosts: list === 'hosts' ? ids : await hostsOf(ids, inCluster) };
}

async function hostsOf(clusters: readonly string[], inCluster: HostsOf): Promise<string[]> {
  const each = await Promise.all(clusters.map(inCluster));
  return [...new Set(each.flat())];
}

/** Only what its type has: of CoprHD's rules those that say who may be named. */
export function ofType(type: GroupType, { hosts, clusters }: Asked): void {
  if (type !== 'Cluster' && clusters.length > 0)
    throw new Refusal('invalid', `clusters: an export group of type ${type} has no clusters`);
  if (type === 'Initiator' && hosts.length > 0)
    throw new Refusal('invalid', 'hosts: an export group of type Initiator has initiators only');
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Hosts or clusters that are to see. */
export async function joining(engine: EngineClient, asked: Asked, now: GroupSeers): Promise<Named[]> {
  ofType(now.type, asked);
  const found = await whoIsMeant(engine, asked, async (host, initiators) => {
    // One that sees already does so by all of them.
    if (!now.hosts.includes(host.urn)) await wholeHost(engine, host, initiators, 'which would see the volumes too');
  });
  if (now.type === 'Cluster') {
    const inside = new Set([...now.hosts, ...(await hostsOf(asked.clusters, membersOfClusters(engine)))]);
    const outside = found.hosts.find(({ id }) => !inside.has(id));
    if (outside)
      throw new Refusal('invalid', `hosts: ${outside.name} is in no cluster of the export group, which is of clusters`);
    return found.clusters;
  }
  const count = new Set([...now.ids, ...found.hosts.map(({ id }) => id)]).size;
  if (now.type === 'Exclusive' && count > 1)
    throw new Refusal('invalid', `hosts: an export group of type Exclusive is of one host, not of ${count}`);
  return found.hosts;
}

/** Hosts or clusters that are to see no more. */
export async function leaving(engine: EngineClient, asked: Asked, now: GroupSeers): Promise<Named[]> {
  ofType(now.type, asked);
  const found = await whoIsMeant(engine, asked, (host, initiators) =>
    wholeHost(engine, host, initiators, 'which would lose the volumes too'),
  );
  if (now.type !== 'Cluster') return found.hosts;
  const gone = new Set(await hostsOf(asked.clusters, membersOfClusters(engine)));
  const stays = found.hosts.find(({ id }) => !gone.has(id));
  if (stays)
    throw new Refusal('invalid', `hosts: ${stays.name} sees by its cluster: take that out, or the host out of it`);
  return found.clusters;
}

/** Hosts also by their initiators. `check`: of one that is named by these only. */
async function whoIsMeant(
  engine: EngineClient,
  asked: Asked,
  check: (host: FoundRecord['record'], initiators: readonly string[]) => Promise<void>,
) {
  const named = (records: readonly FoundRecord['record'][]) => records.map(({ urn, name }) => ({ id: urn, name }));
  const clusters = await Promise.all(asked.clusters.map((id) => inBody(engine, PLACES.cluster, 'clusters', id)));
  const hosts = await Promise.all(asked.hosts.map((id) => inBody(engine, PLACES.host, 'hosts', id)));
  for (const [id, initiators] of await initiatorsByHost(engine, asked.initiators)) {
    if (asked.hosts.includes(id)) continue;
    const host = await inBody(engine, PLACES.host, 'hosts', id);
    await check(host, initiators);
    hosts.push(host);
  }
  return { clusters: named(clusters), hosts: named(hosts) };
}

async function initiatorsByHost(engine: EngineClient, ids: readonly string[]): Promise<Map<string, string[]>> {
  const found = await Promise.all(ids.map((id) => inBody(engine, PLACES.initiator, 'initiators', id)));
  const groups = groupBy(found, ({ spec }) => (spec as { readonly host: string }).host);
  return new Map([...groups].map(([host, records]) => [host, records.map(({ urn }) => urn)]));
}

async function wholeHost(
  engine: EngineClient,
  { urn: id, name }: FoundRecord['record'],
  initiators: readonly string[],
  why: string,
) {
  const { records } = await find(engine, 'initiator', { under: id });
  const left = records.filter(({ record }) => !initiators.includes(record.urn));
  if (left.length === 0) return;
  const names = left.map(({ record }) => record.name).join(', ');
  throw new Refusal('invalid', `initiators: host ${name} has more of them (${names}), ${why}`);
}

/** Groups that name a host or a cluster. */
async function naming(engine: EngineClient, id: string, list: 'hosts' | 'clusters'): Promise<string[]> {
  const field = list === 'hosts' ? 'host' : 'cluster';
  const { records } = await find(engine, 'export', { under: id });
  const alone = records.filter(({ record }) => (record.spec as Spec)[field] === id).map(({ record }) => record.urn);
  const entries = await entriesOf(engine, id);
  return [...alone, ...entries.filter((each) => each.list === list && each.of !== id).map(({ of }) => of)];
}

/** `selfOnly`: those that name it, and not only others with or in it. */
export async function groupsOf(
  engine: EngineClient,
  what: { readonly host?: string; readonly cluster?: string; readonly initiator?: string },
  selfOnly: boolean,
): Promise<FoundRecord[]> {
  const ids = new Set<string>();
  const add = (found: readonly string[]) => {
    for (const id of found) ids.add(id);
  };
  const addHost = async (host: string) => {
    add(await naming(engine, host, 'hosts'));
    if (selfOnly) return;
    // Those of lists of export groups are known already.
    const lists = await find(engine, 'cluster', { urns: await listersOf(engine, host, 'hosts') });
    for (const { record } of lists.records) add(await naming(engine, record.urn, 'clusters'));
  };
  if (what.cluster !== undefined) {
    add(await naming(engine, what.cluster, 'clusters'));
    if (!selfOnly) for (const host of await membersOf(engine, what.cluster, 'hosts')) await addHost(host);
  }
  if (what.host !== undefined) await addHost(what.host);
  if (what.initiator !== undefined) {
    const [found] = (await find(engine, 'initiator', { urns: [what.initiator] })).records;
    const host = found && (found.record.spec as { readonly host: string }).host;
    if (host !== undefined) await addHost(host);
  }
  const { records } = await find(engine, 'export', { urns: [...ids] });
  const isLive = records.filter(({ record }) => record.status.phase !== 'deleted');
  if (what.initiator === undefined || !selfOnly) return isLive;
  return isLive.filter(({ record }) => typeOf(record.spec as Spec) === 'Initiator');
}
