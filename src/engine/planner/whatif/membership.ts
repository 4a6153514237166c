/**
 * Who is in which virtual array under a scenario: lost storage systems are in none; added ones are where their file puts
 * them and where they were asked into, copies where their model is, and else in the only virtual array that there is.
 */
import { isLive } from '../../model/record.ts';
import type { Urn } from '../../model/urn.ts';
import type { Draft } from '../draft.ts';
import { byName } from '../members.ts';

export interface Changed {
  readonly gone: ReadonlySet<Urn>;
  /** Declared by the given files, and not recorded. */
  readonly declared: ReadonlySet<Urn>;
  /** Copy → its model. */
  readonly copies: ReadonlyMap<Urn, Urn>;
  readonly into: readonly Urn[];
}

export function settleMembership(draft: Draft, { gone, declared, copies, into }: Changed): void {
  const before = new Map(virtualArrays(draft).map((urn) => [urn, draft.systemsOf(urn)]));
  const joining = new Map<Urn, readonly Urn[]>();
  for (const [copy, model] of copies) joining.set(copy, into.length > 0 ? into : holders(before, model));
  for (const system of declared) if (!gone.has(system)) joining.set(system, joins(draft, before, system, into));
  for (const [virtualArray, members] of before) {
    const joined = [...joining].filter(([, arrays]) => arrays.includes(virtualArray)).map(([system]) => system);
    const staying = members.filter((system) => !gone.has(system));
    draft.setSystemsOf(virtualArray, [...new Set([...staying, ...joined])]);
  }
}

function virtualArrays(draft: Draft): Urn[] {
  const recorded = draft.input.view.all('virtualArray').filter(({ record }) => isLive(record));
  const planned = draft.planned('virtualArray');
  return [...new Set([...recorded.map(({ record }) => record.urn), ...planned.map(({ urn }) => urn)])];
}

const holders = (members: ReadonlyMap<Urn, readonly Urn[]>, system: Urn): Urn[] =>
  [...members].filter(([, systems]) => systems.includes(system)).map(([virtualArray]) => virtualArray);

function joins(
  draft: Draft,
  members: ReadonlyMap<Urn, readonly Urn[]>,
  system: Urn,
  into: readonly Urn[],
): readonly Urn[] {
  if (into.length > 0 || holders(members, system).length > 0) return into;
  if (members.size === 1) return [...members.keys()];
  const name = draft.get(system)?.name;
  // It could not be registered, and that was complained about.
  if (name === undefined) return [];
  draft.error({
    code: 'COPRHD-PLAN-009',
    summary: `storage system ${name} is in no virtual array: nothing would be placed on it`,
    detail: `there are ${byName(draft, [...members.keys()])
      .map((urn) => draft.get(urn)?.name)
      .join(', ')}`,
    fix: 'list it in a virtual array of the file, or say which with --into',
  });
  return [];
}
