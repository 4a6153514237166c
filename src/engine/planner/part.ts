/**
 * A plan of a part (`--target`, `--exclude`): decides, before anything is planned, which resources are left out. They are
 * then neither changed nor removed, and whatever refers to them finds them as they are recorded. What a target needs comes
 * along; what needs an excluded one stays out with it. A removal never comes along: it happens only where it is named.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { nearest } from '../../lib/suggest.ts';
import { addressMatcher } from '../model/address-pattern.ts';
import { parseUrn, type Urn, uuidOf } from '../model/urn.ts';
import type { Draft, Target } from './draft.ts';
import { waitingEntries } from './export-seers.ts';
import type { Dropped } from './removal.ts';

interface Item {
  readonly urn: Urn;
  readonly address: string;
  /** Declared in the files; else recorded only, and about to be removed. */
  readonly declared: boolean;
}

/** Fills the draft's `leftOut`, `named` and `part`; answers which of the dropped ones may still be removed. */
export function choosePart(draft: Draft, dropped: readonly Dropped[]): readonly Dropped[] {
  const { targets = [], excludes = [] } = draft.input;
  if (targets.length === 0 && excludes.length === 0) return dropped;
  const items = itemsOf(draft, dropped);
  const needs = needsOf(draft, items);
  const asked = matched(draft, items, '--target', targets);
  const refused = matched(draft, items, '--exclude', excludes);
  const isDeclared = (urn: Urn) => items.get(urn)?.declared === true;
  const inside = targets.length === 0 ? new Set(items.keys()) : closure(asked, needs, isDeclared);
  const outside = closure(refused, reversed(needs), () => true);
  const addresses = (urns: readonly Urn[]) => urns.map((urn) => items.get(urn)!.address);
  for (const urn of items.keys()) if (!inside.has(urn) || outside.has(urn)) draft.leftOut.add(urn);
  for (const urn of asked) draft.named.add(urn);
  draft.part = {
    targets,
    excludes,
    included: targets.length === 0 ? [] : addresses([...inside].filter((urn) => !asked.has(urn) && !outside.has(urn))),
    dependants: addresses([...outside].filter((urn) => !refused.has(urn) && inside.has(urn))),
  };
  return dropped.filter(({ record }) => !draft.leftOut.has(record.record.urn));
}

function itemsOf(draft: Draft, dropped: readonly Dropped[]): Map<Urn, Item> {
  const items = new Map<Urn, Item>();
  for (const { urn, address, node } of draft.allTargets()) {
    if (!node.existing) items.set(urn, { urn, address, declared: true });
  }
  for (const { record, address } of dropped) {
    items.set(record.record.urn, { urn: record.record.urn, address, declared: false });
  }
  return items;
}

/** Who must be there for whom: what the files refer to, and the volumes that an export maps now. */
function needsOf(draft: Draft, items: ReadonlyMap<Urn, Item>): Map<Urn, Set<Urn>> {
  const byKey = new Map<string, Target>();
  for (const target of draft.allTargets()) byKey.set(keyOf(target), target);
  const needs = new Map<Urn, Set<Urn>>();
  const add = (urn: Urn, needed: Urn | undefined) => {
    if (needed === undefined || needed === urn || !items.has(needed) || !items.has(urn)) return;
    const known = needs.get(urn);
    if (known) known.add(needed);
    else needs.set(urn, new Set([needed]));
  };
  for (const [key, binding] of draft.input.bindings) {
    const target = byKey.get(key.slice(0, key.indexOf('#')));
    if (target) add(target.urn, binding.node ? draft.targetOf(binding.node)?.urn : binding.urn);
  }
  for (const { urn } of items.values()) {
    if (parseUrn(urn).kind !== 'export') continue;
    for (const { record } of draft.input.view.inScope('lunMap', uuidOf(urn))) {
      if (record.status.phase !== 'deleted') add(urn, record.spec.volume);
    }
    const exported = draft.input.view.get<'export'>(urn)?.record;
    if (exported?.spec.waiting)
      for (const { record } of waitingEntries(draft.input.view, urn)) add(urn, record.spec.member);
  }
  return needs;
}

/** As the bindings of a node are keyed. */
const keyOf = ({ stack, node }: Target): string => `${stack.stack}/${node.kind}.${node.name}`;

function matched(
  draft: Draft,
  items: ReadonlyMap<Urn, Item>,
  flag: '--target' | '--exclude',
  patterns: readonly string[],
): Set<Urn> {
  const found = new Set<Urn>();
  for (const pattern of patterns) {
    const matches = addressMatcher(pattern);
    let any = false;
    for (const { urn, address } of items.values()) {
      if (!matches(address)) continue;
      any = true;
      found.add(urn);
    }
    if (!any) draft.error(matchesNothing(flag, pattern, [...items.values()]));
  }
  return found;
}

/** Also for the operations that look at what is recorded. */
export function matchesNothing(
  flag: '--target' | '--exclude',
  pattern: string,
  items: readonly { readonly address: string }[],
): Omit<Diagnostic, 'severity'> {
  const whole = items.map(({ address }) => address);
  const isLocal = !pattern.includes('/');
  const known = isLocal ? whole.map((address) => address.slice(address.indexOf('/') + 1)) : whole;
  const like = nearest(pattern, known);
  return {
    code: 'COPRHD-PLAN-010',
    summary: `${flag} ${pattern} matches nothing`,
    fix:
      like === undefined
        ? 'write an address as the plan does, with * for any text: web/volume.data-*'
        : `did you mean ${like}?`,
  };
}

function closure(
  from: ReadonlySet<Urn>,
  edges: ReadonlyMap<Urn, ReadonlySet<Urn>>,
  follow: (urn: Urn) => boolean,
): Set<Urn> {
  const all = new Set(from);
  const open = [...from];
  for (let urn = open.pop(); urn !== undefined; urn = open.pop()) {
    for (const next of edges.get(urn) ?? []) {
      if (all.has(next) || !follow(next)) continue;
      all.add(next);
      open.push(next);
    }
  }
  return all;
}

function reversed(edges: ReadonlyMap<Urn, ReadonlySet<Urn>>): Map<Urn, Set<Urn>> {
  const back = new Map<Urn, Set<Urn>>();
  for (const [from, targets] of edges) {
    for (const to of targets) {
      const known = back.get(to);
      if (known) known.add(from);
      else back.set(to, new Set([from]));
    }
  }
  return back;
}

/** What would be removed, but is needed by something that stays because it is left out, stays with it, unless it was named. */
export function staysWith(draft: Draft, { record: { record }, address }: Dropped, users: readonly Urn[]): boolean {
  if (!draft.part || draft.named.has(record.urn) || !users.some((urn) => draft.leftOut.has(urn))) return false;
  draft.leftOut.add(record.urn);
  draft.part.dependants.push(address);
  return true;
}
