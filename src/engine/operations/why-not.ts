/** The negative answer: why a volume is not in one pool, filter by filter; or that it is, or would be. */
import { nearest } from '../../lib/suggest.ts';
import { foldName } from '../model/address.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { formatSize } from '../model/size.ts';
import type { Urn } from '../model/urn.ts';
import { explainPlacement } from '../placement/place.ts';
import type { Candidate, RoleExplanation, Score, Verdict } from '../placement/request.ts';
import { candidateOf } from '../planner/candidates.ts';
import type { Draft } from '../planner/draft.ts';
import type { WantedSystem } from '../planner/systems.ts';
import { type AskedVolume, answerAbout, asksFor, nameIn, type Problem, scoreText } from './asked-volume.ts';
import type { Call } from './engine.ts';
import type { WhyNot } from './explain-types.ts';
import type { InputOf, ResultOf } from './types.ts';

export async function whyNot(call: Call, input: InputOf<'why-not'>): Promise<ResultOf<'why-not'>> {
  const { pool, ...question } = input;
  const wanted = parsePool(pool);
  const alsoObserve = (view: RecordedView) => namedSystem(view, wanted.system);
  const { answer, ...report } = await answerAbout(
    call,
    { operation: 'why-not', ...question, alsoObserve },
    (draft, asked) => answerIn(draft, asked, wanted),
  );
  return answer ? { ...report, whyNot: answer } : report;
}

interface WantedPool {
  readonly text: string;
  readonly system?: string;
  readonly pool: string;
}

/** `pool.array-1/fast`, `array-1/fast`, `fast`. The name of a pool may have slashes and dots itself. */
function parsePool(text: string): WantedPool {
  const bare = text.replace(/^pool\./, '');
  const slash = bare.indexOf('/');
  return slash < 0 ? { text, pool: bare } : { text, system: bare.slice(0, slash), pool: bare.slice(slash + 1) };
}

function namedSystem(view: RecordedView, name: string | undefined): WantedSystem[] {
  if (name === undefined) return [];
  return view
    .all('storageSystem')
    .filter(({ record }) => isLive(record) && foldName(record.name) === foldName(name))
    .map(({ record }) => ({ name: record.name, urn: record.urn }));
}

function answerIn(draft: Draft, asked: AskedVolume, wanted: WantedPool): WhyNot | Problem {
  const pool = findPool(draft, wanted);
  if ('problem' in pool) return pool;
  const { request, unit } = asked;
  const candidates = withPool(draft, asked, pool);
  const role = explainPlacement(request, candidates, { only: new Set([unit.id]), pool: pool.urn })[asked.role];
  if (!role?.verdicts) {
    return {
      problem: {
        code: 'COPRHD-PLAN-009',
        summary: `nothing is known of pool ${nameIn(draft, pool.urn)} yet`,
        fix: 'coprhd discover',
      },
    };
  }
  return conclude(draft, asked, pool.urn, role, [...role.verdicts, ...togetherVerdict(role, pool.urn)]);
}

/** All filters pass, and yet it is refused: for what the volumes of the unit ask of each other. */
function togetherVerdict({ rejections, verdicts = [] }: RoleExplanation, pool: Urn): Verdict[] {
  const rejection = rejections.find((each) => each.pool === pool);
  if (!rejection || verdicts.some(({ filter }) => filter === rejection.filter)) return [];
  const { pool: _pool, poolName: _name, filter, ...miss } = rejection;
  return [{ filter, misses: [miss] }];
}

/** Also pools of storage systems that are in none of the virtual arrays asked for. */
function withPool(draft: Draft, asked: AskedVolume, pool: ResourceRecord<'pool'>): readonly Candidate[] {
  const { candidates } = asked;
  const system = draft.get<'storageSystem'>(pool.spec.system);
  if (!system || candidates.some((candidate) => candidate.pool === pool.urn)) return candidates;
  const own = candidateOf(draft, system, pool, []);
  return own ? [...candidates, own] : candidates;
}

function conclude(
  draft: Draft,
  asked: AskedVolume,
  pool: Urn,
  role: RoleExplanation,
  verdicts: readonly Verdict[],
): WhyNot {
  const { address, record } = asked;
  const name = nameIn(draft, pool);
  const home = record?.status.device?.pool;
  const misses = verdicts.flatMap(({ filter, misses }) => misses.map((miss) => ({ filter, ...miss })));
  const [near] = [...misses].sort((a, b) => a.shortfall - b.shortfall);
  const nearestMiss = near && missText(name, near);
  const passes = misses.length === 0;
  const base = { address, pool: name, verdicts, ...(nearestMiss === undefined ? {} : { nearestMiss }) };
  const asks = asksFor(draft, asked);
  if (home === pool) {
    const now = passes ? 'it would fit there now, too' : 'a new one like it would not fit there now';
    return { ...base, answer: 'there', lines: [asks, `is in ${name}: ${now}`] };
  }
  const elsewhere = home ? [`is in ${nameIn(draft, home)}, and stays there: volumes don't move by themselves`] : [];
  if (!passes) return { ...base, answer: 'refused', lines: [asks, ...elsewhere, refusal(name, verdicts)] };
  if (role.chosen === pool) {
    const would = home ? `a new one like it would go to ${name} now` : `goes to ${name}`;
    return { ...base, answer: 'chosen', lines: [asks, ...elsewhere, would] };
  }
  return { ...base, answer: 'outscored', lines: [asks, ...elsewhere, comparison(draft, name, pool, role)] };
}

function missText(name: string, { fact, needed, had, lackBytes }: Verdict['misses'][number]): string {
  return lackBytes === undefined
    ? `${fact}: needed ${needed}, had ${had}`
    : `needs ${formatSize(lackBytes)} more on ${name} (${fact})`;
}

function refusal(name: string, verdicts: readonly Verdict[]): string {
  const refusing = verdicts.filter(({ misses }) => misses.length > 0).map(({ filter }) => filter);
  return `${name} is refused by ${refusing.join(', ')}`;
}

/** It would do; another is better: by the scores that differ. Equal totals are decided by name. */
function comparison(draft: Draft, name: string, pool: Urn, role: RoleExplanation): string {
  const order = [...new Set(role.scores.map((score) => score.pool))];
  const of = (urn: Urn | undefined): readonly Score[] => role.scores.filter((score) => score.pool === urn);
  const total = (scores: readonly Score[]) => scores.reduce((sum, { raw, weight }) => sum + raw * weight, 0);
  const [own, best] = [of(pool), of(role.chosen)];
  const same = (score: Score, others: readonly Score[]) =>
    others.some(({ scorer, raw }) => scorer === score.scorer && raw === score.raw);
  const differing = (scores: readonly Score[], others: readonly Score[]) =>
    scores
      .filter((score) => !same(score, others))
      .map(scoreText)
      .join(', ');
  const rank = order.indexOf(pool) + 1;
  const tie =
    total(own) === total(best) ? 'a tie, decided by name' : `${differing(best, own)} against ${differing(own, best)}`;
  const winner = role.chosen === undefined ? 'another' : nameIn(draft, role.chosen);
  return `${name} fits, but ${winner} is better: ${tie}; it is number ${rank} of ${order.length} that fit`;
}

function findPool(draft: Draft, wanted: WantedPool): ResourceRecord<'pool'> | Problem {
  const pools = allPools(draft);
  const matches = pools.filter(
    ({ system, record }) =>
      foldName(record.name) === foldName(wanted.pool) &&
      (wanted.system === undefined || foldName(system) === foldName(wanted.system)),
  );
  // Names of pools are the device's; two may differ in case only.
  const exact = matches.filter(({ record }) => record.name === wanted.pool);
  const found = exact.length > 0 ? exact : matches;
  if (found.length === 1) return found[0]!.record;
  const names = (found.length > 0 ? found : pools).map(({ system, record }) => `${system}/${record.name}`);
  if (found.length > 0) {
    return {
      problem: {
        code: 'COPRHD-STATE-007',
        summary: `pool ${wanted.text} is ambiguous`,
        detail: names.slice(0, 10).join(', '),
        fix: 'write the storage system, too: array/pool',
      },
    };
  }
  const typed = wanted.system === undefined ? wanted.pool : `${wanted.system}/${wanted.pool}`;
  const guess =
    nearest(typed, names) ?? names.find((name) => name.endsWith(`/${nearest(wanted.pool, poolNames(pools))}`));
  return {
    problem: {
      code: 'COPRHD-STATE-005',
      summary: `there is no pool ${wanted.text}`,
      fix: guess === undefined ? 'coprhd device list' : `did you mean ${guess}?`,
    },
  };
}

interface NamedPool {
  readonly system: string;
  readonly record: ResourceRecord<'pool'>;
}

const poolNames = (pools: readonly NamedPool[]): string[] => pools.map(({ record }) => record.name);

/** Of every storage system, recorded or made by the given files. */
function allPools(draft: Draft): NamedPool[] {
  const recorded = draft.input.view.all('storageSystem').map(({ record }) => record.urn);
  const planned = draft.planned('storageSystem').map(({ urn }) => urn);
  return [...new Set([...recorded, ...planned])].flatMap((urn) => {
    const system = draft.get<'storageSystem'>(urn);
    if (!system) return [];
    return draft.childrenOf('pool', urn).map((record) => ({ system: system.name, record }));
  });
}
