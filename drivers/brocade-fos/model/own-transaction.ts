/**
 * Whether an open transaction is ours, left by a process that died. A transaction of Fabric OS has a number and no name, it
 * outlives the session that opened it, and nothing can be written on it that wouldn't be saved with it. What proves it is
 * its content: the switch shows the saved zoning together with the edits of the open transaction. When what *this* delta
 * would have done is taken out of that, and what is left has the very fingerprint that the delta was planned on, then
 * the transaction holds edits of this delta on its own base and nothing else at all. Nobody else makes just these zones,
 * whose names are made of this installation's identity; and no other process of ours is at work on the fabric, as the caller
 * holds the claim on it. A transaction with no edits proves nothing: it is left alone.
 */
import type { Prepared, Wanted } from './prepare.ts';
import { type Defined, fingerprintOf, type Lists, type Snapshot, sameDefined } from './zoning.ts';

const without = (lists: Lists, gone: readonly Wanted[]): Map<string, readonly string[]> => {
  const names = new Set(gone.map(({ name }) => name));
  return new Map([...lists].filter(([name]) => !names.has(name)));
};

/** As it was if all of the delta that can be seen was made by it. */
function takenBack(shown: Defined, work: Prepared): Defined {
  const aliases = without(shown.aliases, work.addAliases);
  for (const { name, members } of work.removeAliases) aliases.set(name, members);
  const zones = without(shown.zones, work.add);
  for (const { name, from } of work.change) zones.set(name, from);
  for (const { name, members } of work.remove) zones.set(name, members);
  const added = new Set(work.add.map(({ name }) => name));
  const kept = (shown.cfgs.get(work.configuration) ?? []).filter((zone) => !added.has(zone));
  const members = [...new Set([...kept, ...work.remove.map(({ name }) => name)])].sort();
  const cfgs = new Map(shown.cfgs);
  if (members.length === 0) cfgs.delete(work.configuration);
  else cfgs.set(work.configuration, members);
  return { aliases, zones, cfgs };
}

/** What is shown is the base and edits of this delta, some or all, and nothing else. */
export function holdsOurs(snapshot: Snapshot, work: Prepared): boolean {
  const defined = takenBack(snapshot.defined, work);
  return !sameDefined(defined, snapshot.defined) && fingerprintOf({ ...snapshot, defined }) === work.base;
}

export const isOwnTransaction = (snapshot: Snapshot, work: Prepared): boolean =>
  snapshot.transaction !== undefined && holdsOurs(snapshot, work);
