/**
 * Snapshots that want applications at rest: which hosts that is about, and whether all of these say how. Hosts that see none of the
 * volumes have nothing of them in memory.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { SnapshotMethod } from '../../lib/pool-service.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import type { Draft } from './draft.ts';
import { nameOf } from './holds.ts';
import type { Member } from './new-snapshot.ts';
import type { Quiescing } from './snapshot-set.ts';

export type { Quiescing };

type Problem = Omit<Diagnostic, 'severity'>;

/** Of a set; a problem where it is to be at rest and can't be. Undefined: nothing is brought to rest. */
export function quiescingOf(
  draft: Draft,
  members: readonly Member[],
  method: SnapshotMethod | undefined,
): Quiescing | Problem | undefined {
  const wishes = members.map(({ final }) => final.spec.quiesce);
  if (wishes.every((wish) => wish === undefined)) return undefined;
  const isMust = wishes.includes(true);
  const hosts = hostsOf(draft, members);
  const problem = whyNot(draft, members, hosts, method);
  if (!problem) return { hosts: hosts.map(({ urn }) => urn), ...(isMust ? {} : { orCrash: true }) };
  if (isMust) return problem;
  draft.warn({ ...problem, summary: `${problem.summary}: it will be crash-consistent` });
  return undefined;
}

function whyNot(
  draft: Draft,
  members: readonly Member[],
  hosts: readonly ResourceRecord<'host'>[],
  method: SnapshotMethod | undefined,
): Problem | undefined {
  const { target } = members[0]!;
  const refuse = (why: string, fix: string): Problem => ({
    code: 'COPRHD-PLAN-009',
    summary: `${target.address} can't have applications at rest: ${why}`,
    fix: `${fix}, or leave out quiesce`,
    address: target.address,
  });
  if (method === 'full-copy') {
    return refuse(
      'it is a full copy, of volumes that no host uses',
      'have the volumes in a pool whose snapshots are copy-on-write',
    );
  }
  const names = members.map(({ source }) => nameOf(draft, source.urn)).join(', ');
  if (hosts.length === 0) return refuse(`no host sees ${names}`, 'export it first');
  const mute = hosts.filter(({ spec }) => spec.quiesce === undefined).map(({ name }) => name);
  if (mute.length === 0) return undefined;
  return refuse(`${mute.join(', ')} has no \`quiesce\``, 'have an administrator declare it on the host');
}

/** By their names. As they are shown now: what this plan only begins to show has nothing in anybody's memory. */
function hostsOf(draft: Draft, members: readonly Member[]): ResourceRecord<'host'>[] {
  const { view } = draft.input;
  const maps = members.flatMap(({ source }) => view.inScope('lunMap', uuidOf(source.urn)));
  const found = new Map<Urn, ResourceRecord<'host'>>();
  for (const { record: map } of maps) {
    if (!isLive(map)) continue;
    const mask = draft.get<'exportMask'>(map.spec.mask) ?? view.get<'exportMask'>(map.spec.mask)?.record;
    const host = mask && draft.get<'host'>(mask.spec.host);
    if (host) found.set(host.urn, host);
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** As they stand in the record of a snapshot, which has room for some. */
export function namedHosts({ hosts }: Quiescing): Pick<RecordedSpec<'snapshot'>, 'quiesceHosts' | 'quiesceHostsMore'> {
  const more = hosts.length - LIMITS.quiesceHostsNamedMax;
  const quiesceHosts = hosts.slice(0, LIMITS.quiesceHostsNamedMax);
  return { quiesceHosts, ...(more > 0 ? { quiesceHostsMore: more } : {}) };
}

/** For a line of the plan. `together`: what it is of one moment with. */
export function consistencyText(draft: Draft, quiesced: Quiescing | undefined, together: string): string {
  const moment = together === '' ? '' : `of one moment with ${together}`;
  if (!quiesced) return moment || 'crash-consistent';
  const hosts = quiesced.hosts.map((urn) => nameOf(draft, urn)).join(', ');
  const rest = `application-consistent, freezing ${hosts}${quiesced.orCrash ? ' if that works' : ''}`;
  return moment ? `${rest}, ${moment}` : rest;
}
