/**
 * What the live view knows: events of a running apply, folded into counts, waves and a lane per device. Pure; time comes
 * from the events and from whoever draws.
 */
import type { EngineEvent, UnitState } from '../../engine/operations/types.ts';
import type { Plan } from '../../engine/planner/plan.ts';

/** Units that can run together: each waits for some of the wave before. */
export interface Wave {
  readonly total: number;
  readonly started: number;
  readonly finished: number;
}

/** One step on its way. */
export interface LiveStep {
  readonly unit: string;
  readonly step: string;
  readonly address: string;
  readonly summary: string;
  readonly sinceMs: number;
  readonly progress?: { readonly done: number; readonly total: number };
  readonly retry?: {
    readonly attempt: number;
    readonly atMs: number;
    readonly delayMs: number;
    readonly error: string;
  };
}

export interface Lane {
  readonly system: string;
  readonly steps: readonly LiveStep[];
  readonly finished: number;
  /** When something was last heard of it. */
  readonly heardMs: number;
  /** Its pools, ports and volumes are being read. */
  readonly reading: boolean;
}

export interface LiveState {
  readonly startedMs: number;
  readonly workflow?: string;
  readonly units: number;
  readonly ended: Readonly<Record<UnitState, number>>;
  readonly running: number;
  readonly waves: readonly Wave[];
  readonly lanes: readonly Lane[];
  /** Claims of others that are waited for. */
  readonly waiting: readonly { readonly address: string; readonly holder: string }[];
  /** The first thing that went wrong; what follows from it is only counted. */
  readonly cause?: { readonly address: string; readonly state: UnitState; readonly error: string };
  /** Workflows of dead processes that are brought to their end first. */
  readonly recovering: readonly string[];
  /** The person asked to stop. */
  readonly stopping: boolean;
  readonly waveOf: ReadonlyMap<string, number>;
  readonly addresses: ReadonlyMap<string, string>;
  /** Units of an atomic plan whose steps are done: each starts and ends once more, with all others. */
  readonly prepared: ReadonlySet<string>;
}

const NONE: Record<UnitState, number> = { done: 0, prepared: 0, undone: 0, failed: 0, unknown: 0, 'not-started': 0 };

export function startLive(nowMs: number, plan?: Plan): LiveState {
  const empty: LiveState = {
    startedMs: nowMs,
    units: 0,
    ended: NONE,
    running: 0,
    waves: [],
    lanes: [],
    waiting: [],
    recovering: [],
    stopping: false,
    waveOf: new Map(),
    addresses: new Map(),
    prepared: new Set(),
  };
  return plan ? withPlan(empty, plan) : empty;
}

export function stopping(state: LiveState): LiveState {
  return { ...state, stopping: true };
}

export function liveNext(state: LiveState, event: EngineEvent): LiveState {
  switch (event.type) {
    case 'plan.made':
      return withPlan(state, event.plan);
    case 'observe.started':
      return withLane(state, event.system, (lane) => ({ ...lane, reading: true, heardMs: event.atMs }));
    case 'observe.finished':
      return withLane(state, event.system, (lane) => ({ ...lane, reading: false, heardMs: event.atMs }));
    case 'recovery.started':
      return { ...state, recovering: [...state.recovering, event.workflow] };
    case 'claim.waiting':
      return { ...state, waiting: [...state.waiting, { address: event.address, holder: event.holder }] };
    case 'workflow.committed':
      return { ...state, workflow: event.workflow, units: event.units, waiting: [] };
    case 'unit.started':
      return unitStarted(state, event.unit, event.address);
    case 'unit.finished':
      return unitFinished(state, event);
    case 'step.started':
    case 'step.progress':
    case 'step.retry':
    case 'step.finished':
      return stepNext(state, event);
    default:
      return state;
  }
}

function withPlan(state: LiveState, plan: Plan): LiveState {
  const waveOf = wavesOf(plan);
  const totals: number[] = [];
  for (const wave of waveOf.values()) totals[wave] = (totals[wave] ?? 0) + 1;
  return {
    ...state,
    units: plan.units.length,
    waves: totals.map((total) => ({ total, started: 0, finished: 0 })),
    waveOf,
    addresses: new Map(plan.units.map(({ id, address }) => [id, address])),
  };
}

/** The longest way to a unit from one that waits for nobody. Plans have no cycles; the stack is our own, chains are long. */
function wavesOf({ units }: Plan): Map<string, number> {
  const needs = new Map(units.map(({ id, dependsOn }) => [id, dependsOn]));
  const waves = new Map<string, number>();
  const open = units.map(({ id }) => id).reverse();
  for (let id = open.at(-1); id !== undefined; id = open.at(-1)) {
    const missing = waves.has(id) ? [] : (needs.get(id) ?? []).filter((each) => needs.has(each) && !waves.has(each));
    if (missing.length > 0) {
      open.push(...missing);
      continue;
    }
    open.pop();
    if (waves.has(id)) continue;
    waves.set(id, Math.max(-1, ...(needs.get(id) ?? []).map((each) => waves.get(each) ?? -1)) + 1);
  }
  return waves;
}

function unitStarted(state: LiveState, unit: string, address: string): LiveState {
  return {
    ...state,
    running: state.running + 1,
    waves: state.prepared.has(unit)
      ? state.waves
      : inWave(state, unit, (wave) => ({ ...wave, started: wave.started + 1 })),
    addresses: state.addresses.has(unit) ? state.addresses : new Map(state.addresses).set(unit, address),
  };
}

function unitFinished(state: LiveState, event: Extract<EngineEvent, { type: 'unit.finished' }>): LiveState {
  const { unit, address, state: end, error } = event;
  const bad = end !== 'done' && state.cause === undefined && error !== undefined;
  const again = state.prepared.has(unit);
  const before = again ? { ...state.ended, prepared: state.ended.prepared - 1 } : state.ended;
  return {
    ...state,
    running: Math.max(0, state.running - 1),
    ended: { ...before, [end]: before[end] + 1 },
    ...(end === 'prepared' ? { prepared: new Set(state.prepared).add(unit) } : {}),
    waves: again ? state.waves : inWave(state, unit, (wave) => ({ ...wave, finished: wave.finished + 1 })),
    // A step that failed has no end of its own.
    lanes: state.lanes.map((lane) =>
      lane.steps.some((step) => step.unit === unit)
        ? { ...lane, steps: lane.steps.filter((step) => step.unit !== unit), heardMs: event.atMs }
        : lane,
    ),
    ...(bad ? { cause: { address, state: end, error } } : {}),
  };
}

function inWave(state: LiveState, unit: string, change: (wave: Wave) => Wave): readonly Wave[] {
  const at = state.waveOf.get(unit);
  return at === undefined ? state.waves : state.waves.map((wave, index) => (index === at ? change(wave) : wave));
}

type StepEvent = Exclude<Extract<EngineEvent, { type: `step.${string}` }>, { type: 'step.paused' }>;

function stepNext(state: LiveState, event: StepEvent): LiveState {
  if (event.type === 'step.started') {
    const { unit, step, system, summary, atMs: sinceMs } = event;
    const address = state.addresses.get(unit) ?? unit;
    return withLane(state, system, (lane) => ({
      ...lane,
      heardMs: sinceMs,
      steps: [...lane.steps, { unit, step, address, summary, sinceMs }],
    }));
  }
  const lanes = state.lanes.map((lane) => {
    if (!lane.steps.some((each) => isOf(each, event))) return lane;
    if (event.type === 'step.finished') {
      const steps = lane.steps.filter((each) => !isOf(each, event));
      return { ...lane, steps, finished: lane.finished + 1, heardMs: event.atMs };
    }
    const steps = lane.steps.map((each) => (isOf(each, event) ? stepWith(each, event) : each));
    return { ...lane, steps, heardMs: event.atMs };
  });
  return { ...state, lanes };
}

const isOf = (each: LiveStep, event: StepEvent): boolean => each.unit === event.unit && each.step === event.step;

function stepWith(each: LiveStep, event: Extract<StepEvent, { type: 'step.progress' | 'step.retry' }>): LiveStep {
  const { retry: _retry, ...rest } = each;
  if (event.type === 'step.progress') return { ...rest, progress: { done: event.done, total: event.total } };
  const { attempt, atMs, delayMs, error } = event;
  return { ...rest, retry: { attempt, atMs, delayMs, error } };
}

function withLane(state: LiveState, system: string, change: (lane: Lane) => Lane): LiveState {
  const known = state.lanes.some((lane) => lane.system === system);
  const lanes = known
    ? state.lanes
    : [...state.lanes, { system, steps: [], finished: 0, heardMs: 0, reading: false }].sort((a, b) =>
        a.system.localeCompare(b.system, 'en'),
      );
  return { ...state, lanes: lanes.map((lane) => (lane.system === system ? change(lane) : lane)) };
}
