/** What is answered to `whatif`: names in the place of URNs, and how much growth would still fit. Pure. */
import type { Diagnostic } from '../../../lib/diagnostic.ts';
import { foldName } from '../../model/address.ts';
import type { Urn } from '../../model/urn.ts';
import type { PlannerInput } from '../draft.ts';
import { nameOf } from '../holds.ts';
import { type PoolFill, poolFills } from './fill.ts';
import { type Loss, lossOf } from './loss.ts';
import type { Scenario } from './scenario.ts';
import { type Fate, type Reason, type Supposed, type SupposedVolume, suppose } from './suppose.ts';

/** A pool that came near, with what it lacked. */
export interface WhatIfMiss {
  readonly pool: string;
  readonly filter: string;
  readonly fact: string;
  readonly needed: string;
  readonly had: string;
  readonly lackBytes?: number;
}

export interface WhatIfVolume {
  readonly address: string;
  readonly reason: Reason;
  readonly fate: Fate;
  /** Of the given files only: what becomes of it as the estate is now. Absent when that isn't known. */
  readonly fateNow?: Fate;
  readonly sizeBytes: number;
  /** What it has now; absent when it is new. */
  readonly fromBytes?: number;
  readonly project: string;
  readonly virtualPool: string;
  readonly virtualArray: string;
  /** `array-1/fast`: where it is or would be. */
  readonly pool?: string;
  /** refused, held. */
  readonly why?: string;
  readonly detail?: string;
  readonly nearestMisses?: readonly WhatIfMiss[];
}

export interface GrowthAnswer {
  readonly percent: number;
  /** Only of these. */
  readonly project?: string;
  readonly virtualPool?: string;
  /** The most whole per cent at which all of them still fit; absent when they fit as asked. */
  readonly fitsUpToPercent?: number;
  /** The pool that is short first, beyond that; absent where it is a quota, as the volume's `why` says. */
  readonly firstShort?: string;
}

export interface WhatIfAnswer {
  readonly loss?: Loss;
  readonly growth?: GrowthAnswer;
  /** Names of storage systems that are supposed. */
  readonly added: readonly string[];
  /** Everything that was asked for fits, as far as that can be said. */
  readonly fits: boolean;
  readonly counts: Readonly<Record<Fate, number>>;
  readonly volumes: readonly WhatIfVolume[];
  readonly pools: readonly PoolFill[];
  /** Oldest look that it is based on. */
  readonly observedAtMs?: number;
}

export interface Answered {
  /** Absent when it can't be said. */
  readonly answer?: WhatIfAnswer;
  readonly diagnostics: readonly Diagnostic[];
}

export function answerWhatIf(input: PlannerInput, scenario: Scenario): Answered {
  const then = suppose(input, scenario);
  if (then.problems.length > 0) return { diagnostics: [...then.problems, ...then.warnings] };
  // Of what is lost only what was kept is known, if anything was.
  const known = [...scenario.lost].every((urn) => input.observed.has(foldName(nameOf(then.draft, urn))));
  const planned = known && then.volumes.some(({ reason }) => reason === 'planned');
  const now = planned ? fatesByUrn(suppose(input, scenario, { asItIs: true })) : new Map<Urn, Fate>();
  const volumes = then.volumes.map((volume) => described(then, volume, now));
  const counts = { fits: 0, refused: 0, held: 0, unchanged: 0 };
  for (const { fate } of volumes) counts[fate]++;
  const growth = scenario.growth && growthAnswer(input, scenario, then);
  const lost = new Set([...scenario.lost].map((urn) => foldName(nameOf(then.draft, urn))));
  const seen = [...input.observed].flatMap(([name, { observation }]) =>
    lost.has(name) ? [] : [observation.observedAtMs],
  );
  return {
    diagnostics: then.warnings,
    answer: {
      ...(scenario.lost.size > 0 ? { loss: lossOf(input.view, scenario.lost) } : {}),
      ...(growth ? { growth } : {}),
      added: [...then.added].map((urn) => nameOf(then.draft, urn)).sort(),
      fits: counts.refused === 0 && counts.held === 0,
      counts,
      volumes,
      pools: poolFills(then, scenario.lost),
      ...(seen.length > 0 ? { observedAtMs: Math.min(...seen) } : {}),
    },
  };
}

const fatesByUrn = ({ volumes }: Supposed): Map<Urn, Fate> =>
  new Map(volumes.map(({ target, fate }) => [target.urn, fate]));

function described({ draft }: Supposed, volume: SupposedVolume, now: ReadonlyMap<Urn, Fate>): WhatIfVolume {
  const { target, reason, fate, spec, fromBytes, pool, why, detail, failure } = volume;
  const fateNow = reason === 'planned' ? now.get(target.urn) : undefined;
  const misses = fate === 'refused' ? failure?.nearestMisses : undefined;
  return {
    address: target.address,
    reason,
    fate,
    ...(fateNow === undefined ? {} : { fateNow }),
    sizeBytes: spec.sizeBytes,
    ...(fromBytes === undefined ? {} : { fromBytes }),
    project: nameOf(draft, spec.project),
    virtualPool: nameOf(draft, spec.virtualPool),
    virtualArray: nameOf(draft, spec.virtualArray),
    ...(pool === undefined ? {} : { pool: poolName(draft, pool) }),
    ...(why === undefined ? {} : { why }),
    ...(detail === undefined ? {} : { detail }),
    ...(misses === undefined
      ? {}
      : {
          nearestMisses: misses.map(({ poolName: pool, filter, fact, needed, had, lackBytes }) => ({
            ...{ pool, filter, fact, needed, had },
            ...(lackBytes === undefined ? {} : { lackBytes }),
          })),
        }),
  };
}

function poolName(draft: Supposed['draft'], urn: Urn): string {
  const pool = draft.get<'pool'>(urn);
  return pool ? `${nameOf(draft, pool.spec.system)}/${pool.name}` : nameOf(draft, urn);
}

/**
 * Volumes that grow in their place are planned before any other, so whether they fit is a matter of the percentage alone:
 * the planner is asked again, halving the range.
 */
function growthAnswer(input: PlannerInput, scenario: Scenario, asked: Supposed): GrowthAnswer {
  const { percent, project, virtualPool } = scenario.growth!;
  const base = {
    percent,
    ...(project === undefined ? {} : { project: nameOf(asked.draft, project) }),
    ...(virtualPool === undefined ? {} : { virtualPool: nameOf(asked.draft, virtualPool) }),
  };
  const short = (supposed: Supposed) =>
    supposed.volumes.filter(({ reason, fate }) => reason === 'grown' && fate === 'refused');
  let [fitting, failing] = [0, Math.ceil(percent)];
  let first = short(asked)[0];
  if (!first) return base;
  while (failing - fitting > 1) {
    const middle = Math.floor((fitting + failing) / 2);
    const [found] = short(suppose(input, { ...scenario, growth: { ...scenario.growth!, percent: middle } }));
    if (found) [failing, first] = [middle, found];
    else fitting = middle;
  }
  const pool = first.byQuota ? undefined : first.pool;
  return {
    ...base,
    fitsUpToPercent: fitting,
    ...(pool === undefined ? {} : { firstShort: poolName(asked.draft, pool) }),
  };
}
