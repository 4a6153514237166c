/** Zoning as REST shows it. */
import type { Edit } from '../model/edits.ts';
import { memberSet, normalMember } from '../model/names.ts';
import { PEER_ZONE, principalOf } from '../model/peer.ts';
import { type Defined, type Effective, isHidden, type Lists, type Snapshot } from '../model/zoning.ts';
import { Surprise } from '../surprise.ts';
import { definedShape, effectiveShape, parsed, type ZoneShape } from './shapes.ts';

export const DEFINED = '/rest/running/zoning/defined-configuration';
export const EFFECTIVE = '/rest/running/zoning/effective-configuration';

/** Of zones: user-created and target-created peer zones. */
const PEER_TYPES: ReadonlySet<number> = new Set([1, 2]);

type Entries = readonly (readonly [name: string, members: readonly string[]])[];

function zoneMembers({ 'zone-type': type, 'member-entry': entry }: ZoneShape): readonly string[] {
  const principals = entry['principal-entry-name'].map(principalOf);
  const isPeer = PEER_TYPES.has(type) || principals.length > 0;
  return [
    ...entry['entry-name'],
    ...principals,
    ...(isPeer ? [PEER_ZONE] : []),
    ...(type === 0 || isPeer ? [] : [`zone type ${type}`]),
  ];
}

/** Throws when a name comes twice. */
function listsOf(what: string, body: string, entries: Entries): Lists {
  const shown = entries.filter(([name]) => !isHidden(name));
  const lists = new Map(shown.map(([name, members]) => [name, memberSet(members)]));
  if (lists.size !== shown.length) throw new Surprise(what, body, 'a name comes twice');
  return lists;
}

/** Lists in the order of the switch. */
function definedEntries(body: string): Readonly<Record<Edit['object'], Entries>> {
  const { cfg, zone, alias } = parsed(`GET ${DEFINED}`, body, definedShape)['defined-configuration'];
  return {
    cfg: cfg.map((one) => [one['cfg-name'], one['member-zone']?.['zone-name'] ?? []]),
    zone: zone.map((one) => [one['zone-name'], zoneMembers(one)]),
    alias: alias.map((one) => [one['alias-name'], one['member-entry']?.['alias-entry-name'] ?? []]),
  };
}

export function definedOf(body: string): Defined {
  const { cfg, zone, alias } = definedEntries(body);
  const lists = (entries: Entries) => listsOf(`GET ${DEFINED}`, body, entries);
  return { cfgs: lists(cfg), zones: lists(zone), aliases: lists(alias) };
}

/**
 * The whole list after an edit, as it has to be sent: what others have in it keeps its spelling and its order, which counts when
 * fabrics merge (Fabric OS Administrator's Guide: "the content and order of the members are important").
 */
export function listAfter(body: string, { verb, object, name, members }: Edit): readonly string[] {
  const now = definedEntries(body)[object].find(([own]) => own === name)?.[1] ?? [];
  const there = new Set(now.map(normalMember));
  return verb === 'remove'
    ? now.filter((member) => !members.includes(normalMember(member)))
    : [...now, ...members.filter((member) => !there.has(member))];
}

export function effectiveOf(body: string | undefined): Omit<Snapshot, 'defined'> & { readonly checksum: string } {
  const what = `GET ${EFFECTIVE}`;
  if (body === undefined) throw new Surprise(what, '404');
  const shown = parsed(what, body, effectiveShape)['effective-configuration'];
  const name = shown['cfg-name'] ?? '';
  const zones = listsOf(
    what,
    body,
    shown['enabled-zone'].map((one) => [one['zone-name'], zoneMembers(one)]),
  );
  const token = shown['transaction-token'] ?? 0;
  const none = name === '' || isHidden(name);
  if (none !== (zones.size === 0)) throw new Surprise(what, body, `cfg-name ${name}, ${zones.size} zones`);
  const effective: Effective | undefined = none ? undefined : { name, zones };
  return {
    effective,
    // Unless it says no access, it is taken for all access: then zoning is refused.
    defaultZone: shown['default-zone-access'] === 0 ? 'deny' : 'permit',
    // Whether it can be aborted is only known by trying.
    transaction: token === 0 ? undefined : { token: String(token), abortable: true },
    databaseBytes: shown['db-committed'],
    databaseBytesMax: shown['db-max'],
    checksum: shown.checksum,
    complete: true,
  };
}
