/** Snapshots and full copies by name, and the verbs on them. Each makes a plan that is shown before it is applied. */
import { compareText } from '../../lib/compare-text.ts';
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import { isFollowing } from '../model/following.ts';
import { isOnArray, type OnArrayRecord, sourceOf } from '../model/on-array.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { parseUrn, type Urn, uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { defined } from '../planner/as-declared.ts';
import { ofOneMoment, recordedIn } from '../planner/consistency-groups.ts';
import { type CopySet, copySetsMadeOf, copySetWith, drawSetVerb } from '../planner/copy-sets.ts';
import { SOURCE_TAG } from '../planner/copy-sources.ts';
import { drawCopyVerb } from '../planner/copy-verbs.ts';
import { mirrorPoolOf } from '../planner/mirror-pools.ts';
import { withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import {
  attestationsIn,
  type Bodies,
  findAll,
  loadBodies,
  type Named,
  planBodies,
  planned,
  stillAsRead,
  systemsUnder,
} from './by-name-plans.ts';
import { type Call, randomHex } from './engine.ts';
import type { PlanReport } from './one-shot.ts';
import { planOrder } from './planning.ts';
import type { InputOf } from './types.ts';

interface Wanted {
  readonly project: string;
  readonly isGroup: boolean;
  readonly records: readonly ResourceRecord[];
}

/** The one that is named, or the volumes of the group that is. */
function wantedOf(
  view: RecordedView,
  of: string,
  kinds: readonly ('volume' | 'snapshot' | 'consistencyGroup')[],
): Wanted | Diagnostic {
  const found = findResource(view, of, kinds);
  if ('problem' in found) return { severity: 'error', ...found.problem };
  const { record } = found.recorded;
  const project = record.scope.project && view.get(record.scope.project)?.record.name;
  const isGroup = record.kind === 'consistencyGroup';
  const records = isGroup ? recordedIn(view, record.urn) : [record];
  return { project: project ?? '', isGroup, records };
}

/** By name, as a plan file would say them. */
type BodiesByName = Readonly<Record<string, unknown>>;

interface CopyBodies extends Pick<Bodies, 'unsaid'> {
  readonly resources: BodiesByName;
  /** Which those are copies of, and which are taken first. */
  readonly snapshots?: BodiesByName;
}

interface Asked {
  readonly operation: string;
  readonly kind: 'snapshot' | 'volume';
  readonly input: { readonly attestOffline?: string | undefined };
}

async function planCopies(
  call: Call,
  { operation, kind, input }: Asked,
  find: (view: RecordedView) => Wanted | Diagnostic,
  bodies: (wanted: Wanted, view: RecordedView) => CopyBodies,
): Promise<PlanReport> {
  return planned(call, async (loader) => {
    const { result } = await withView(loader, (view) => {
      const wanted = find(view);
      return 'summary' in wanted ? { wanted, resources: {} } : { wanted, ...bodies(wanted, view) };
    });
    const { wanted, resources, unsaid, snapshots } = result as typeof result & Partial<CopyBodies>;
    if ('summary' in wanted) return fail('error', wanted);
    if (Object.keys(resources).length === 0) {
      return fail('error', {
        code: 'COPRHD-STATE-005',
        summary: 'there is nothing in it to copy',
        fix: 'coprhd volume list',
      });
    }
    const made = {
      kind,
      project: wanted.project,
      resources,
      unsaid,
      ...(snapshots ? { with: { snapshot: snapshots } } : {}),
    };
    const loaded = loadBodies(made, operation);
    if (!('graph' in loaded)) return loaded;
    const { records } = wanted;
    const alsoObserve = (view: RecordedView) => records.flatMap((record) => systemsUnder(view, record));
    const order = { operation, graph: loaded.graph, alsoObserve, options: attestationsIn(input) };
    const { plan, ...rest } = await planBodies(call, loader, order);
    // Where one of them can't be made, nobody needs what was taken for all.
    return plan ? { ...rest, plan: snapshots ? { ...plan, atomic: true } : plan } : rest;
  });
}

export function snapshotTake(call: Call, input: InputOf<'snapshot.take'>): Promise<PlanReport> {
  const { name, of, volumes, numbered, protect, onRemove, quiesce, tags = [] } = input;
  const fields = defined({ protect, onRemove, quiesce, ...(tags.length > 0 ? { tags } : {}) });
  const find = (view: RecordedView) => wantedOf(view, of, ['volume', 'consistencyGroup']);
  return planCopies(call, { operation: 'snapshot create', kind: 'snapshot', input }, find, ({ records, isGroup }) => {
    const taken = records
      .filter(({ urn }) => volumes === undefined || volumes.includes(urn))
      .sort((a, b) => compareText(a.name, b.name));
    const nameOf = (record: ResourceRecord, index: number) =>
      isGroup ? `${name}-${numbered ? index + 1 : record.name}` : name;
    const entries = taken.map((record, index) => [
      nameOf(record, index),
      { volume: record.name, set: name, ...fields },
    ]);
    return { resources: Object.fromEntries(entries) };
  });
}

const refuseQuiesce = (of: string): never =>
  fail('usage', {
    code: 'COPRHD-USAGE-001',
    summary: `${of} is no consistency group, for whose copies snapshots are taken: only these bring hosts to rest`,
    fix: 'coprhd snapshot create --quiesce, then copy the snapshot',
  });

/** Of a group: of snapshots of one moment, which are taken for it. */
export function copyMake(call: Call, input: InputOf<'copy.make'>): Promise<PlanReport> {
  const { name, of, count, continuous, numbered, virtualPool, virtualArray, protect, onRemove, quiesce } = input;
  const { random } = call.engine;
  const kinds = ['volume', 'consistencyGroup', ...(continuous ? [] : (['snapshot'] as const))] as const;
  const find = (view: RecordedView) => wantedOf(view, of, kinds);
  return planCopies(call, { operation: 'copy create', kind: 'volume', input }, find, ({ records, isGroup }, view) => {
    const named = (urn: Urn) => view.get(urn)?.record.name;
    const bodyOf = (record: OnArrayRecord, copyOf: unknown) => {
      const { spec, status } = record;
      return defined({
        size: `${status.device?.provisionedBytes ?? spec.sizeBytes}B`,
        virtualPool: virtualPool ?? named(continuous ? mirrorPoolOf(view, record) : spec.virtualPool),
        virtualArray: virtualArray ?? named(spec.virtualArray),
        copyOf,
        continuous: continuous || undefined,
        protect,
        onRemove,
      });
    };
    const numbers = count === undefined ? [''] : Array.from({ length: count }, (_, index) => `-${index + 1}`);
    const sources = records.filter(isOnArray).sort((a, b) => compareText(a.name, b.name));
    const partOf = (record: OnArrayRecord, index: number) => (numbered ? `${index + 1}` : record.name);
    const takenAs = (record: OnArrayRecord, index: number) => `${name}-source-${partOf(record, index)}`;
    const isTaken = isGroup && !continuous;
    const copyOf = (record: OnArrayRecord, index: number) => {
      if (isTaken) return { snapshot: takenAs(record, index) };
      return parseUrn(record.urn).kind === 'snapshot' ? { snapshot: record.name } : record.name;
    };
    const resources = sources.flatMap((record, index) =>
      numbers.map((number) => [
        `${isGroup ? `${name}-${partOf(record, index)}` : name}${number}`,
        bodyOf(record, copyOf(record, index)),
      ]),
    );
    // Of several of each, those of one number belong together.
    const copySets = numbers.map((number) => {
      const copySet = { copySet: randomHex(random, 16) };
      return sources.map((record, index) => [`${name}-${partOf(record, index)}${number}`, copySet] as const);
    });
    if (quiesce && !isTaken) return refuseQuiesce(of);
    const taking = defined({
      ...{ set: `${name}-source`, protect: false, onRemove: 'delete', tags: [SOURCE_TAG], quiesce },
    });
    const taken = sources.map((record, index) => [takenAs(record, index), { volume: record.name, ...taking }]);
    return {
      resources: Object.fromEntries(resources),
      ...(isTaken ? { snapshots: Object.fromEntries(taken), unsaid: Object.fromEntries(copySets.flat()) } : {}),
    };
  });
}

export async function copyInvoke(call: Call, input: InputOf<'copy.invoke'>): Promise<PlanReport> {
  const { verb, addresses, ifRevisions } = input;
  return planned(call, async (loader) => {
    const named = await findAll(loader, addresses);
    stillAsRead(named, ifRevisions);
    const wrong = named.find(({ record: { record } }) => !isOnArray(record) && record.kind !== 'consistencyGroup');
    if (wrong) {
      fail('usage', {
        code: 'COPRHD-USAGE-001',
        summary: `${wrong.address} is neither a snapshot, a copy nor a consistency group`,
        fix: 'coprhd snapshot list, coprhd copy list',
      });
    }
    return planOrder(call, loader, {
      operation: verb,
      graph: { stacks: [] },
      texts: [],
      options: attestationsIn(input),
      apiOwned: true,
      alsoObserve: (view) => {
        const { copies, sets } = invokedIn(view, named, input);
        const all = [...copies, ...sets.flatMap((set) => set.copies.map(({ copy }) => copy as VersionedRecord))];
        return all.flatMap(({ record }) => {
          const source = sourceOf(record);
          const other = source && view.get(source)?.record;
          return [...systemsUnder(view, record), ...(other ? systemsUnder(view, other) : [])];
        });
      },
      draw: (draft) => {
        const { copies, sets, problems } = invokedIn(draft.input.view, named, input);
        for (const problem of problems) draft.error(problem);
        for (const set of sets) drawSetVerb(draft, verb as 'restore' | 'resynchronise', set);
        drawCopyVerb(draft, verb, copies);
      },
    });
  });
}

interface Invoked {
  readonly copies: readonly VersionedRecord[];
  /** Of full copies of groups, each as a whole. */
  readonly sets: readonly CopySet[];
  readonly problems: readonly Omit<Diagnostic, 'severity'>[];
}

/** What is meant by what is named: itself, what was made with it, or what there is of a group. */
function invokedIn(
  view: RecordedView,
  named: readonly Named[],
  { verb, wholeSet = false }: Pick<InputOf<'copy.invoke'>, 'verb' | 'wholeSet'>,
): Invoked {
  const urns: Urn[] = [];
  const sets = new Map<string, CopySet>();
  const problems: Omit<Diagnostic, 'severity'>[] = [];
  const isOfFullCopies = verb === 'restore' || verb === 'resynchronise' || verb === 'detach';
  const complain = (address: string, summary: string, fix: string) =>
    problems.push({ code: 'COPRHD-PLAN-009', summary, fix, address });
  for (const { address, record } of named) {
    const { urn, kind } = record.record;
    const set = wholeSet && isOfFullCopies ? copySetWith(view, record.record) : undefined;
    if (set) sets.set(set.key, set);
    else if (kind !== 'consistencyGroup') urns.push(urn);
    else if (isOfFullCopies) {
      const found = copySetsMadeOf(view, urn);
      const [first] = found;
      if (found.length === 1) sets.set(first!.key, first!);
      else if (!first) complain(address, `there are no full copies of ${address}`, 'coprhd copy list');
      else {
        const each = found.map(({ copies: [one] }) => addressOf(one!.copy.record));
        const which = `name one of those that are meant: coprhd copy ${verb === 'resynchronise' ? 'resync' : verb} ${each[0]} --whole-set`;
        complain(
          address,
          `there are ${found.length} sets of full copies of ${address}: ${each.join(', ')}, each with others`,
          which,
        );
      }
    } else {
      const followers = followersIn(view, urn);
      if (followers.length === 0) complain(address, `nothing follows a volume of ${address}`, 'coprhd copy list');
      urns.push(...followers);
    }
  }
  const all = [...sets.values()];
  // Each is detached by itself.
  if (verb === 'detach') urns.push(...all.flatMap((set) => set.copies.map(({ copy }) => copy.record.urn)));
  return { copies: withSets(view, urns, wholeSet), sets: verb === 'detach' ? [] : all, problems };
}

/** What follows the volumes of a consistency group. */
function followersIn(view: RecordedView, group: Urn): Urn[] {
  return recordedIn(view, group).flatMap(({ urn }) =>
    view
      .inScope('volume', uuidOf(urn))
      .filter(({ record }) => isLive(record) && record.spec.copyOf === urn && isFollowing(record))
      .map(({ record }) => record.urn),
  );
}

/** In the order of their addresses, so that the same request makes the same plan. */
function withSets(view: RecordedView, urns: readonly Urn[], wholeSet: boolean): VersionedRecord[] {
  const found = new Map<Urn, VersionedRecord>();
  for (const urn of urns) {
    const versioned = view.get(urn);
    if (!versioned || !isLive(versioned.record)) continue;
    found.set(urn, versioned);
    if (!wholeSet || versioned.record.kind !== 'snapshot') continue;
    for (const other of ofOneMoment(view, versioned.record as ResourceRecord<'snapshot'>))
      found.set(other.record.urn, other as VersionedRecord);
  }
  return [...found.values()].sort((a, b) => (addressOf(a.record) < addressOf(b.record) ? -1 : 1));
}
