/**
 * To whom volumes are shown that are imported: exports of what masks that somebody made by hand map, one for each set of hosts, and
 * the hosts and clusters that are not recorded yet.
 */
import { foldName } from '../model/address.ts';
import { isLive } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { createHostDeclarer, type DeclaredHost, initiatorsOf, ownerOf } from './import-hosts.ts';
import { type ImportLook, quoted, recordedIds, type Wanted } from './import-look.ts';
import { createNames } from './import-names.ts';
import type { ImportDeclared, ImportMatchInput } from './import-types.ts';

type Mask = ImportLook['observation']['masks'][number];

export interface DeclaredExport {
  readonly name: string;
  readonly masks: readonly Mask[];
  readonly to: { readonly kind: 'host' | 'cluster'; readonly name: string };
  readonly line: string;
  /** Names in the file. */
  readonly volumes: readonly string[];
}

export interface DeclaredExports {
  readonly exports: readonly DeclaredExport[];
  /** To be declared with them. */
  readonly hosts: readonly DeclaredHost[];
  readonly clusters: readonly string[];
  /** By name of the volume: why it can't be. */
  readonly refused: ReadonlyMap<string, { readonly why: string; readonly fix: string }>;
}

interface Group {
  readonly masks: readonly Mask[];
  readonly volumes: { readonly name: string; readonly hlu: number }[];
}

export function declareExports(
  look: ImportLook,
  view: RecordedView,
  input: Pick<ImportMatchInput, 'virtualArray'> & { readonly project: string },
  wanted: readonly Wanted[],
): DeclaredExports {
  const refused = new Map<string, { why: string; fix: string }>();
  const groups = groupsOf(look, view, wanted, refused);
  const hosts = new Map<string, DeclaredHost>();
  const declare = createHostDeclarer(look, view, input);
  const nameFor = createNames(namesOf(view, 'export', input.project));
  const clusterName = createNames(namesOf(view, 'cluster'));
  const clusters: string[] = [];
  const newClusters = new Map<string, string>();
  const exports: DeclaredExport[] = [];

  const hostOf = (mask: Mask): string | undefined => {
    const owner = initiatorsOf(mask).flatMap((name) => ownerOf(view, name) ?? [])[0];
    if (owner !== undefined) return owner;
    const known = hosts.get(mask.nativeId);
    if (known) return known.hostName;
    const { host } = declare(mask);
    if (host) hosts.set(mask.nativeId, host);
    return host?.hostName;
  };
  /** The cluster that is just these hosts, or one of its own where none of them is recorded. */
  const clusterOf = (names: readonly string[]): string | undefined => {
    const recorded = recordedCluster(view, names);
    if (recorded !== undefined) return recorded;
    const key = names.map(foldName).sort().join();
    const isNew = names.every((name) => [...hosts.values()].some(({ hostName }) => hostName === name));
    if (!isNew || newClusters.has(key)) return newClusters.get(key);
    const isTaken = [...newClusters.keys()].some((other) =>
      names.some((name) => other.split(',').includes(foldName(name))),
    );
    if (isTaken) return undefined;
    const name = clusterName(names.join('-'), 'cluster');
    newClusters.set(key, name);
    clusters.push(`  ${quoted(name)}: { hosts: [${names.map(quoted).join(', ')}] }`);
    return name;
  };
  const refuse = ({ volumes }: Group, why: string, fix: string) => {
    for (const { name } of volumes) refused.set(name, { why, fix });
  };

  for (const group of groups) {
    const names = group.masks.map(hostOf);
    const found = names.filter((name) => name !== undefined);
    if (found.length < names.length) {
      const mask = group.masks[names.indexOf(undefined)]!;
      refuse(
        group,
        `it is mapped by ${mask.name}, which admits nobody that could be declared as a host`,
        'declare the host first, or see coprhd import --hosts',
      );
      continue;
    }
    const cluster = found.length === 1 ? undefined : clusterOf(found);
    if (found.length > 1 && cluster === undefined) {
      refuse(
        group,
        `hosts ${found.join(', ')} share it, and are no cluster`,
        `declare a cluster of just these hosts first, or, where they share safely, an export with hosts: [${found.join(', ')}] and sharedAccess: cluster-aware`,
      );
      continue;
    }
    const to = { kind: cluster === undefined ? ('host' as const) : ('cluster' as const), name: cluster ?? found[0]! };
    const name = nameFor(to.name, 'export');
    const list = group.volumes.map((volume) =>
      // 0 can't be written down for an export like any other; what is mapped there stays there.
      volume.hlu === 0 ? quoted(volume.name) : `{ volume: ${quoted(volume.name)}, hlu: ${volume.hlu} }`,
    );
    const line = `  ${quoted(name)}: { ${to.kind}: ${quoted(to.name)}, volumes: [${list.join(', ')}] }`;
    exports.push({ name, masks: group.masks, to, line, volumes: group.volumes.map((volume) => volume.name) });
  }
  return { exports, hosts: [...hosts.values()], clusters, refused };
}

/** Volumes by the masks that map them, which must do so at one number. */
function groupsOf(
  { observation, system }: ImportLook,
  view: RecordedView,
  wanted: readonly Wanted[],
  refused: Map<string, { why: string; fix: string }>,
): Group[] {
  const ours = recordedIds(view, 'exportMask', system);
  const masks = new Map(observation.masks.map((mask) => [mask.nativeId, mask]));
  const hlus = new Map<string, number>();
  for (const mask of observation.masks)
    for (const { volume, hlu } of mask.mappings) hlus.set(`${mask.nativeId} ${volume}`, hlu);
  const groups = new Map<string, Group>();
  for (const { volume, name } of wanted) {
    const ids = [...volume.mappedBy].sort();
    // By one of ours somebody added it by hand: that the planner refuses.
    if (ids.length === 0 || ids.some((id) => ours.has(id) || !masks.has(id))) continue;
    const numbers = [...new Set(ids.map((id) => hlus.get(`${id} ${volume.nativeId}`)))];
    const [hlu] = numbers;
    if (numbers.length > 1 || hlu === undefined) {
      const why = `it is at different LUN numbers: ${ids.map((id) => `${hlus.get(`${id} ${volume.nativeId}`)} in ${masks.get(id)!.name}`).join(', ')}`;
      refused.set(name, { why, fix: 'show it at one number to all its hosts first' });
      continue;
    }
    const group = groups.get(ids.join()) ?? { masks: ids.map((id) => masks.get(id)!), volumes: [] };
    groups.set(ids.join(), group);
    group.volumes.push({ name, hlu });
  }
  for (const { volumes } of groups.values()) volumes.sort((a, b) => a.hlu - b.hlu);
  return [...groups.values()];
}

function recordedCluster(view: RecordedView, names: readonly string[]): string | undefined {
  const urns = names.map((name) => view.byName('host', ZONE, name)?.record.urn);
  const clusters = view.all('cluster').filter(({ record }) => isLive(record));
  const same = clusters.find(({ record }) => {
    const members = new Set<Urn>(view.members(record.urn, 'hosts'));
    return members.size === urns.length && urns.every((urn) => urn !== undefined && members.has(urn));
  });
  return same?.record.name;
}

function namesOf(view: RecordedView, kind: 'export' | 'cluster', project?: string): string[] {
  if (project === undefined) return view.all(kind).map(({ record }) => record.name);
  const record = view.byName('project', ZONE, project)?.record;
  return record ? view.inScope(kind, uuidOf(record.urn)).map((found) => found.record.name) : [];
}

/** What the report says of them. */
export function declaredOf({ exports, hosts }: DeclaredExports): ImportDeclared[] {
  const shown = exports.map(
    ({ name, masks, volumes }): ImportDeclared => ({
      address: `export.${name}`,
      nativeId: masks.map(({ nativeId }) => nativeId).join(','),
      name: masks.map((mask) => mask.name).join(','),
      initiators: [...new Set(masks.flatMap(initiatorsOf))],
      volumes,
    }),
  );
  return [...hosts.map(({ line: _line, hostName: _name, ...host }) => host), ...shown];
}
