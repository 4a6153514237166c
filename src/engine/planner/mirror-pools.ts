/**
 * The virtual pool that another one names for continuous copies of its volumes: where these are made when who asks names none. It must be
 * able to carry them, also after either of the two has changed.
 */
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import type { Draft, Target } from './draft.ts';
import { nameOf } from './holds.ts';

type Pool = ResourceRecord<'virtualPool'>;

export const MIRROR_POOL = ['continuousCopies', 'virtualPool'] as const;

/** Of which virtual pool what follows a volume is made, where nobody says it. */
export function mirrorPoolOf(view: RecordedView, { spec }: Pick<ResourceRecord<'volume'>, 'spec'>): Urn {
  const found = view.get<'virtualPool'>(spec.virtualPool)?.record;
  return (found && isLive(found) ? found.spec.continuousCopies?.virtualPool : undefined) ?? spec.virtualPool;
}

/** Declared virtual pools, those that others name before these. */
export function namedFirst(draft: Draft): readonly Target[] {
  const sorted = new Set<Target>();
  const begun = new Set<Target>();
  const add = (target: Target): void => {
    if (begun.has(target)) return;
    begun.add(target);
    const named = namedBy(draft, target);
    if (named) add(named);
    sorted.add(target);
  };
  for (const target of draft.targets('virtualPool')) add(target);
  return [...sorted];
}

/** Undefined also where that is not declared. */
function namedBy(draft: Draft, target: Target): Target | undefined {
  const urn = draft.resolve(target, MIRROR_POOL);
  return urn && draft.targetByUrn(urn);
}

/** Complains about those that can't, of all that this plan declares or that name one of these. */
export function checkMirrorPools(draft: Draft): void {
  const targets = draft.targets('virtualPool').filter((target) => !draft.isFixed(target));
  if (targets.length === 0) return;
  const declared = new Map(targets.map((target) => [target.urn, target]));
  for (const pool of draft.all('virtualPool')) {
    const of = pool.spec.continuousCopies?.virtualPool;
    const own = declared.get(pool.urn);
    const target = own ?? (of && declared.get(of));
    const named = of && draft.get<'virtualPool'>(of);
    if (!target || !named) continue;
    const why = whyNot(draft, pool, named);
    if (why === undefined) continue;
    draft.error({
      code: 'COPRHD-PLAN-009',
      summary: `${addressOf(pool)} can't have its continuous copies in virtual pool ${named.name}: ${why}`,
      fix: own ? 'name another one, or leave it out' : `let ${pool.name} name another one first`,
      span: target.node.spanOf(own ? MIRROR_POOL : undefined),
      address: target.address,
    });
  }
}

/** A copy is on the storage system of its volume, and in its virtual array. */
function whyNot(draft: Draft, pool: Pool, named: Pool): string | undefined {
  if (pool.urn === named.urn) return 'that is itself, where they are anyhow';
  const arrays = draft.membersOf(pool.urn, 'virtualArrays');
  const there = draft.membersOf(named.urn, 'virtualArrays');
  if (!arrays.some((urn) => there.includes(urn))) {
    const names = (urns: readonly Urn[]) =>
      urns
        .map((urn) => nameOf(draft, urn))
        .sort()
        .join(', ');
    return `they have no virtual array in common (${names(arrays)}; ${names(there)})`;
  }
  const [own, others] = [pool.spec.systemTypes, named.spec.systemTypes];
  if (own && others && !own.some((type) => others.includes(type))) {
    return `no storage system is of both (${own.join(', ')}; ${others.join(', ')})`;
  }
  return undefined;
}
