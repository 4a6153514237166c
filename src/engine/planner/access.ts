/**
 * What a tenant's stacks may touch: the virtual arrays and pools that it may use (CoprHD's USE), and hosts and clusters of
 * its own. Of nothing else the plan makes anything; what is there already stays. The root tenant may use everything.
 */
import { hostsSeeing, type MembersOf, seersOf } from '../model/export-seers.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import { ROOT_TENANT_URN, type Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import type { Draft, Target } from './draft.ts';
import type { DeclaredSeers } from './export-targets.ts';
import { nameOf } from './holds.ts';
import { byName } from './members.ts';

export const USES = { virtualPool: 'use.virtualPools', virtualArray: 'use.virtualArrays' } as const;

/** For a new volume. Complains once for a tenant and what it may not use, at the first that wants it. */
export function mayUse(draft: Draft, target: Target, field: keyof typeof USES, urn: Urn): boolean {
  const { tenant } = target;
  if (tenant === ROOT_TENANT_URN) return true;
  const allowed = draft.membersOf(tenant, USES[field]);
  if (allowed.includes(urn)) return true;
  const key = `${tenant} ${urn}`;
  if (draft.complained.has(key)) return false;
  draft.complained.add(key);
  const [who, what] = [nameOf(draft, tenant), nameOf(draft, urn)];
  const word = field === 'virtualPool' ? 'virtual pool' : 'virtual array';
  const names = byName(draft, allowed).map((one) => nameOf(draft, one));
  draft.error({
    code: 'COPRHD-TENANT-001',
    summary: `tenant ${who} may not use ${word} ${what}`,
    detail: names.length === 0 ? `it may use no ${word} at all` : `it may use ${names.join(', ')}`,
    fix: `choose another, or have an administrator add ${what} to ${USES[field]} of tenant ${who}`,
    span: target.node.spanOf([field]),
    address: target.address,
  });
  return false;
}

/** `hosts`: to which an export newly shows volumes. Hosts belong to one tenant, and see volumes of that one only. */
export function seersAreOwn(
  draft: Draft,
  target: Target,
  { list, urns, paths }: DeclaredSeers,
  hosts: readonly ResourceRecord<'host'>[],
): boolean {
  const seeing = new Set(hosts.map(({ urn }) => urn));
  const sees = (urn: Urn) =>
    list === 'hosts' ? seeing.has(urn) : draft.membersOf(urn, 'hosts').some((host) => seeing.has(host));
  const areOwn = urns.every((urn, index) => !sees(urn) || isOwn(draft, target, paths[index]!, urn));
  return areOwn && hostsAreOwn(draft, target, paths, hosts);
}

function isOwn(draft: Draft, target: Target, path: DeclaredSeers['paths'][number], urn: Urn): boolean {
  const record = draft.get<'host' | 'cluster'>(urn);
  if (!record || record.spec.tenant === target.tenant) return true;
  const field = record.kind;
  draft.error({
    code: 'COPRHD-TENANT-002',
    summary: `${target.address} shows volumes of tenant ${nameOf(draft, target.tenant)} to ${field} ${record.name} of tenant ${nameOf(draft, record.spec.tenant)}`,
    fix: `choose a ${field} of tenant ${nameOf(draft, target.tenant)}, or declare \`tenant:\` on the ${field}`,
    span: target.node.spanOf(path),
    address: target.address,
  });
  return false;
}

/** The same for each host of a cluster, which may be of another tenant than the cluster. */
function hostsAreOwn(
  draft: Draft,
  target: Target,
  paths: DeclaredSeers['paths'],
  hosts: readonly ResourceRecord<'host'>[],
): boolean {
  const other = hosts.find(({ spec }) => spec.tenant !== target.tenant);
  if (!other) return true;
  const own = nameOf(draft, target.tenant);
  draft.error({
    code: 'COPRHD-TENANT-002',
    summary: `${target.address} shows volumes of tenant ${own} to host ${other.name} of tenant ${nameOf(draft, other.spec.tenant)}`,
    detail: `it is in ${paths.length > 1 ? 'a' : 'the'} cluster that the export is for`,
    fix: `take the host out of the cluster, or declare \`tenant: ${own}\` on it`,
    span: target.node.spanOf(paths.length === 1 ? paths[0] : paths[0]?.slice(0, 1)),
    address: target.address,
  });
  return false;
}

/** Exports of other tenants than this one, by which the host or cluster sees volumes; for people. */
export function shownByOthers(draft: Draft, seer: Urn, tenant: Urn): string[] {
  const { view } = draft.input;
  const membersOf: MembersOf = (of, list) => view.members(of, list);
  const shows = (record: ResourceRecord<'export'>) =>
    seersOf(record, membersOf).urns.includes(seer) || hostsSeeing(record, membersOf).includes(seer);
  return view
    .all('export')
    .filter(({ record }) => isLive(record) && record.scope.tenant !== tenant && shows(record))
    .map(({ record }) => addressOf(record));
}
