/**
 * What a change of a host or a cluster means for masks on devices: an initiator that is taken off a host must not silently
 * keep its access, whichever files the exports stand in. Masks belong to their host, so the host's own unit corrects those
 * that no export of the plan corrects; a cluster changes only together with the exports that show volumes to it.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { type MembersOf, seersOf } from '../model/export-seers.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import type { Draft, Target } from './draft.ts';
import { initiatorHold, loginHold, maskHold } from './export-holds.ts';
import { planFabricMask, volumeOf } from './fabric-masks.ts';
import { untrusted } from './holds.ts';
import { recordedMask } from './known-masks.ts';
import { correctMasks } from './mask-correction.ts';
import { type MaskContext, type MaskContexts, makeContext } from './masks.ts';
import type { PlannedMembers } from './members.ts';
import { notePathDecision } from './path-decisions.ts';
import { attestedBy, vouchesFor } from './vouching.ts';

/** Systems on which the host has a mask. */
function systemsOf(draft: Draft, host: Urn): ResourceRecord<'storageSystem'>[] {
  return draft.input.view
    .all('storageSystem')
    .map(({ record }) => record)
    .filter(({ status, urn }) => status.phase !== 'deleted' && recordedMask(draft, host, urn));
}

/** Why the initiators of a recorded host can't become these. */
export function hostHold(draft: Draft, target: Target, wanted: ReadonlySet<string>): Diagnostic | undefined {
  const host = target.recorded?.record as ResourceRecord<'host'> | undefined;
  if (!host) return undefined;
  for (const system of systemsOf(draft, host.urn)) {
    const context = makeContext(draft, host, system.urn);
    if (!context) return untrusted(target, system.name);
    const admitted = context.observed?.initiators ?? [];
    const gained = [...wanted].map((name) => name.toLowerCase()).filter((name) => !admitted.includes(name));
    const held = maskHold(draft, context) ?? initiatorHold(context, gained);
    if (held) return held;
    const busy = admitted.filter((name) => !wanted.has(name) && context.observed?.loggedIn.includes(name));
    if (busy.length > 0 && vouchesFor(draft) === undefined) return loginHold(context, busy);
  }
  return undefined;
}

/** `done`: masks that exports of this plan correct or delete. */
export function correctHostMasks(draft: Draft, contexts: MaskContexts, done: ReadonlySet<Urn>): void {
  for (const urn of draft.hostsWithNewInitiators) {
    const host = draft.get<'host'>(urn);
    const corrected: MaskContext[] = [];
    for (const system of host ? systemsOf(draft, urn) : []) {
      const context = contexts.of(host!, system.urn);
      if (!context?.recorded || done.has(context.urn)) continue;
      if (context.transport === 'fc' && !rezone(draft, context)) continue;
      corrected.push(context);
    }
    const { steps, children, writes, shared } = correctMasks(draft, corrected);
    if (steps.length === 0) continue;
    draft.amend(
      urn,
      (unit) => ({
        ...unit,
        writes: [...unit.writes, ...writes],
        steps,
        shared: [...new Set([...unit.shared, ...shared])],
      }),
      (change) => ({
        ...change,
        children: [...change.children, ...children],
        facts: { ...change.facts, ...attestedBy(draft, { removes: [], ensures: new Set(corrected) }) },
      }),
    );
  }
}

/** False: it can't be, and that was said; the host is planned already, so that nothing of the plan is done. */
function rezone(draft: Draft, context: MaskContext): boolean {
  const volume = volumeOf(draft, context);
  const why = volume ? planFabricMask(draft, context, volume) : undefined;
  const hold = context.fabric?.zoning.hold;
  const { host, system } = context;
  if (volume && why === undefined && !hold) {
    notePathDecision(draft, context, addressOf(host), volume.spec.virtualPool);
    return true;
  }
  const summary = `the initiators of ${host.name} can't change: ${why ?? hold?.summary ?? `nothing is known of what it sees on ${system.name}`}`;
  draft.error({ code: 'COPRHD-PATH-001', ...hold, summary, address: addressOf(host) });
  return false;
}

/** Exports to the cluster that this plan doesn't look at would keep showing volumes to a host that left it. */
export function clusterHold(draft: Draft, target: Target, members: PlannedMembers): Diagnostic | undefined {
  if (!target.recorded || members.writes.length === 0) return undefined;
  const given = new Set(draft.input.graph.stacks.map(({ stack }) => stack.toLowerCase()));
  const membersOf: MembersOf = (of, list) => draft.input.view.members(of, list);
  const others = draft.input.view
    .all('export')
    .map(({ record }) => record)
    .filter((record) => record.status.phase !== 'deleted' && seersOf(record, membersOf).urns.includes(target.urn))
    .filter(
      ({ owner, urn }) => owner.type !== 'stack' || !given.has(owner.name.toLowerCase()) || draft.leftOut.has(urn),
    );
  if (others.length === 0) return undefined;
  const left = others.every(({ urn }) => draft.leftOut.has(urn));
  return {
    code: 'COPRHD-HELD-009',
    severity: 'error',
    summary: `the hosts of ${target.address} change, and with them ${others.slice(0, 3).map(addressOf).join(', ')}, ${left ? 'which this plan leaves out' : 'which was not given'}`,
    detail: 'hosts that join or leave gain and lose volumes by these exports',
    fix: left ? 'plan these exports too' : 'give the files of their stacks too',
  };
}
