/**
 * The planner under a scenario: what a plan would say if storage systems were lost or added and volumes larger. It is the
 * planner itself that answers, on a draft that is thrown away; nothing here decides what fits. Pure.
 */
import type { Diagnostic } from '../../../lib/diagnostic.ts';
import { foldName } from '../../model/address.ts';
import { isLive } from '../../model/record.ts';
import { addAmounts, NO_AMOUNTS } from '../../model/recorded-view.ts';
import { formatSize } from '../../model/size.ts';
import type { RecordedSpec } from '../../model/specs.ts';
import type { Urn } from '../../model/urn.ts';
import type { PlacementFailure } from '../../placement/request.ts';
import { mayUse } from '../access.ts';
import { credit } from '../accounts.ts';
import { planImports } from '../adopt.ts';
import { amountsOf } from '../capacity.ts';
import { fitsGroup } from '../consistency-groups.ts';
import { Draft, type PlannerInput, type Target } from '../draft.ts';
import { nameOf } from '../holds.ts';
import { planInfrastructure } from '../infrastructure.ts';
import { placeNewVolumes } from '../placing.ts';
import type { Change } from '../plan.ts';
import { type RecordedVolume, targetOf } from '../recorded-target.ts';
import { assignTargets } from '../targets.ts';
import { isImported, type NewVolume, planExistingVolumes, planRecordedVolume } from '../volumes.ts';
import { addCopies, observedCopies } from './copies.ts';
import { settleMembership } from './membership.ts';
import { grows, isOnLost, type Scenario, settledVolumes, wantedBytes } from './scenario.ts';

/** refused: there is no room; held: something else is in the way; unchanged: nothing is to be done. */
export type Fate = 'fits' | 'refused' | 'held' | 'unchanged';

/** lost: to be made again, new and empty; grown: in its place; planned: as the given files say. */
export type Reason = 'lost' | 'grown' | 'planned';

export interface SupposedVolume {
  readonly target: Target;
  readonly reason: Reason;
  readonly fate: Fate;
  readonly spec: RecordedSpec<'volume'>;
  /** What it has now; absent when it is new. */
  readonly fromBytes?: number;
  /** Where it is or would be. */
  readonly pool?: Urn;
  /** refused, held. */
  readonly why?: string;
  readonly detail?: string;
  readonly failure?: PlacementFailure;
  /** Not a pool but a quota is in the way. */
  readonly byQuota?: boolean;
}

export interface Supposed {
  readonly draft: Draft;
  readonly volumes: readonly SupposedVolume[];
  /** Systems of the given files that aren't recorded, and copies. */
  readonly added: ReadonlySet<Urn>;
  /** Why there is no answer: errors beyond the lack of room. */
  readonly problems: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

const NO_ROOM = 'COPRHD-PLACE-001';
/** Complaints of the planner that are answers here. */
const REFUSALS: ReadonlySet<string> = new Set([NO_ROOM, 'COPRHD-QUOTA-001']);

const AS_IT_IS: Scenario = { lost: new Set(), copies: [], into: [] };

/** `asItIs`: the given files on the estate as it is now, whatever is supposed. */
export function suppose(input: PlannerInput, asked: Scenario, { asItIs = false } = {}): Supposed {
  const observed = observedUnder(input, asItIs ? AS_IT_IS : asked);
  const draft = new Draft({ ...input, additive: true, observed });
  assignTargets(draft);
  planInfrastructure(draft);
  const scenario = asItIs ? AS_IT_IS : withFixed(draft, asked);
  const copies = addCopies(draft, scenario.copies);
  const declared = newSystems(draft);
  const gone = asItIs ? declared : scenario.lost;
  settleMembership(draft, { gone, declared, copies, into: scenario.into });
  takeAway(draft, scenario);
  planImports(draft);
  const settled = settledVolumes(input.view);
  const declaredVolumes: Asked[] = [];
  const fresh = planExistingVolumes(draft, (target, declaredSpec) => {
    const spec = wished(scenario, target, declaredSpec);
    if (spec && !isImported(target)) declaredVolumes.push({ target, spec });
    return spec;
  });
  const grown = growRecorded(draft, scenario, settled, fresh);
  const lost = settled
    .filter(({ record }) => isOnLost(scenario, record))
    .map((each) => madeAgain(draft, scenario, each));
  placeNewVolumes(draft, [...lost.flatMap(({ volume, why }) => (why === undefined ? [volume] : [])), ...fresh]);
  const fates = fatesOf(draft);
  const volumes = [
    ...lost.map(({ volume, why }) => (why === undefined ? fates(volume, 'lost') : refused(volume, why))),
    ...grown.map((each) => fates(each, 'grown')),
    ...declaredVolumes.map((each) => fates(each, growsDeclared(scenario, each) ? 'grown' : 'planned')),
  ];
  const asks = new Set(volumes.map(({ target }) => target.address));
  const again = new Set(lost.map(({ volume }) => volume.target.address));
  const isRefusal = ({ code, address = '' }: Diagnostic) =>
    again.has(address) || (REFUSALS.has(code) && asks.has(address));
  const errors = draft.diagnostics.filter(({ severity }) => severity === 'error');
  return {
    draft,
    volumes,
    added: new Set([...declared, ...copies.keys()]),
    problems: errors.filter((diagnostic) => !isRefusal(diagnostic)),
    warnings: draft.diagnostics.filter(({ severity }) => severity !== 'error'),
  };
}

/** What no plan would let grow isn't supposed to. */
function withFixed(draft: Draft, scenario: Scenario): Scenario {
  if (!scenario.growth) return scenario;
  const recorded = draft.input.view.all('virtualPool').map(({ record }) => record.urn);
  const fixed = recorded.filter((urn) => draft.get<'virtualPool'>(urn)?.spec.expandable === false);
  return { ...scenario, growth: { ...scenario.growth, fixed: new Set(fixed) } };
}

/** What is lost counts only for how things are now. */
function observedUnder(input: PlannerInput, { lost, copies }: Scenario): PlannerInput['observed'] {
  const gone = new Set([...lost].map((urn) => foldName(input.view.get(urn)?.record.name ?? '')));
  const seen = [...input.observed].filter(([name]) => !gone.has(name));
  return new Map([...seen, ...observedCopies(input, copies)]);
}

function newSystems(draft: Draft): Set<Urn> {
  const targets = draft.targets('storageSystem').filter(({ node, recorded }) => !node.existing && !recorded);
  return new Set(targets.map(({ urn }) => urn));
}

const recordOf = ({ recorded }: Target) => recorded?.record as RecordedVolume['record'] | undefined;

/** Of the given files: what they say, but never less than what the volume is to grow to. */
function wished(scenario: Scenario, target: Target, spec: RecordedSpec<'volume'>): RecordedSpec<'volume'> | undefined {
  const recorded = recordOf(target);
  if (!recorded) return spec;
  if (isOnLost(scenario, recorded)) return undefined;
  return { ...spec, sizeBytes: Math.max(spec.sizeBytes, wantedBytes(scenario, recorded)) };
}

type Asked = Pick<NewVolume, 'target' | 'spec'>;

/** Those that the files don't speak of. */
function growRecorded(
  draft: Draft,
  scenario: Scenario,
  settled: readonly RecordedVolume[],
  fresh: NewVolume[],
): Asked[] {
  const declared = new Set(draft.targets('volume').flatMap((each) => (draft.isFixed(each) ? [] : [each.urn])));
  return settled.flatMap((volume) => {
    const { record } = volume;
    if (isOnLost(scenario, record) || !grows(scenario, record) || declared.has(record.urn)) return [];
    const target = targetOf(draft.input.view, volume);
    const spec = { ...record.spec, sizeBytes: wantedBytes(scenario, record) };
    planRecordedVolume(draft, target, spec, volume, fresh);
    return [{ target, spec }];
  });
}

/** What was on lost systems counts for no quota, limit or consistency group any more. */
function takeAway(draft: Draft, scenario: Scenario): void {
  if (scenario.lost.size === 0) return;
  const { view } = draft.input;
  const gone = view
    .all('volume')
    .flatMap(({ record }) => (isLive(record) && isOnLost(scenario, record) ? [record] : []));
  for (const { urn } of gone) draft.markRemoved(urn);
  const releases = gone.flatMap(
    (record) =>
      credit(draft, { spec: record.spec, system: record.status.device!.system }, amountsOf(draft, record)).releases,
  );
  for (const { pool: account, amounts } of releases) draft.promise(account, addAmounts(NO_AMOUNTS, amounts, -1));
}

/** A lost volume as a new one; or why it could not even be asked for. */
function madeAgain(draft: Draft, scenario: Scenario, lost: RecordedVolume): { volume: NewVolume; why?: string } {
  const { record } = lost;
  const target = targetOf(draft.input.view, lost, draft.newUrn('volume', `again ${record.urn}`));
  const spec = { ...record.spec, sizeBytes: wantedBytes(scenario, record) };
  const volume = { target, spec, incarnation: 1 };
  const [virtualPool, virtualArray] = [nameOf(draft, spec.virtualPool), nameOf(draft, spec.virtualArray)];
  const refusal = (why: string) => ({ volume, why });
  if (!draft.membersOf(spec.virtualPool, 'virtualArrays').includes(spec.virtualArray)) {
    return refusal(`virtual pool ${virtualPool} is not in virtual array ${virtualArray} any more`);
  }
  const tenant = `tenant ${nameOf(draft, target.tenant)} may not use`;
  if (!mayUse(draft, target, 'virtualPool', spec.virtualPool))
    return refusal(`${tenant} virtual pool ${virtualPool} any more`);
  if (!mayUse(draft, target, 'virtualArray', spec.virtualArray))
    return refusal(`${tenant} virtual array ${virtualArray} any more`);
  if (!fitsGroup(draft, target, spec))
    return refusal(`virtual pool ${virtualPool} is not for consistency groups any more`);
  return { volume };
}

function growsDeclared(scenario: Scenario, { target }: Asked): boolean {
  const recorded = recordOf(target);
  return recorded !== undefined && grows(scenario, recorded);
}

const refused = ({ target, spec }: Asked, why: string): SupposedVolume => ({
  target,
  spec,
  reason: 'lost',
  fate: 'refused',
  why,
});

/** Reads from the draft what became of each. */
function fatesOf(draft: Draft): (asked: Asked, reason: Reason) => SupposedVolume {
  const changes = new Map<Urn, Change>(draft.changes.map((change) => [change.urn, change]));
  const complaints = new Map<string, Diagnostic>();
  for (const each of draft.diagnostics) {
    if (REFUSALS.has(each.code) && each.address !== undefined) complaints.set(each.address, each);
  }
  return ({ target, spec }, reason) => {
    const { urn, address } = target;
    const pool = draft.locationOf(urn)?.pool;
    const before = recordOf(target);
    const base = {
      ...{ target, reason, spec },
      ...(before ? { fromBytes: before.spec.sizeBytes } : {}),
      ...(pool === undefined ? {} : { pool }),
    };
    const change = changes.get(urn);
    const complaint = complaints.get(address);
    const failure = draft.failures.get(address);
    if (change?.held) {
      const { summary, detail } = change.held.diagnostic;
      return { ...base, fate: 'held', why: summary, ...(detail === undefined ? {} : { detail }) };
    }
    if (change) return { ...base, fate: 'fits' };
    if (failure) return { ...base, fate: 'refused', why: failure.sentence, failure };
    if (!complaint) return { ...base, fate: 'unchanged' };
    const { code, summary, detail } = complaint;
    if (code !== NO_ROOM) {
      return { ...base, fate: 'refused', why: summary, ...(detail === undefined ? {} : { detail }), byQuota: true };
    }
    const needed = formatSize(spec.sizeBytes - (before?.spec.sizeBytes ?? 0));
    return { ...base, fate: 'refused', why: detail === undefined ? summary : `needs ${needed} more; ${detail}` };
  };
}
