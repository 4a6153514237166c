/**
 * What happens on the way, as lines for stderr: one line an event worth saying, and a heartbeat for whatever takes longer
 * than a second, so that there is never silence. Pure: state and event in, lines out; the shell calls `tick` once a second.
 */
import type { EngineEvent } from '../engine/operations/types.ts';
import { diagnosticLines } from './diagnostics.ts';
import { formatDuration, plural } from './format.ts';
import { diagnosticRow } from './plain.ts';
import { paint, type Style, type Tone } from './style.ts';
import { taskLine } from './task.ts';
import type { Cell, Row } from './view.ts';

/** A step that was started and has not ended. */
export interface InFlight {
  readonly address: string;
  readonly system: string;
  readonly summary: string;
  readonly sinceMs: number;
}

interface Lane {
  readonly text: string;
  readonly step?: Omit<InFlight, 'sinceMs'>;
  readonly sinceMs: number;
  /** When it was last spoken of. */
  saidMs: number;
  said: boolean;
  progress?: string;
}

export interface ProgressState {
  readonly lanes: Map<string, Lane>;
  /** By unit. */
  readonly addresses: Map<string, string>;
  units: number;
  finished: number;
}

export const HEARTBEAT_FIRST_MS = 1_000;
export const HEARTBEAT_NEXT_MS = 10_000;

export function startProgress(): ProgressState {
  return { lanes: new Map(), addresses: new Map(), units: 0, finished: 0 };
}

const UNIT_TONES: Record<string, Tone> = { done: 'good', failed: 'remove', undone: 'change', unknown: 'held' };

export function progressLines(state: ProgressState, event: EngineEvent, style: Style): string[] {
  switch (event.type) {
    case 'observe.started':
      open(state, `observe ${event.system}`, `reading ${event.system}`, event.atMs);
      return [];
    case 'observe.finished':
      state.lanes.delete(`observe ${event.system}`);
      return event.trust === 'whole'
        ? []
        : [`${paint(style, 'held', event.trust)}: ${event.system} could not be read whole`];
    case 'recovery.started':
      return [`recovering workflow ${event.workflow} of ${event.holder}`];
    case 'recovery.step':
      return [`  ${event.unit} ${event.step}: ${event.verdict}`];
    case 'plan.made':
      return [];
    case 'claim.waiting':
      return [`waiting for ${event.address}: claimed by ${event.holder}`];
    case 'workflow.committed':
      state.units = event.units;
      return [`workflow ${event.workflow}: ${plural(event.units, 'unit')}, ${plural(event.steps, 'step')}`];
    case 'unit.started':
      state.addresses.set(event.unit, event.address);
      return [];
    case 'unit.finished':
      return unitLines(state, event, style);
    case 'task.changed':
      return [taskLine(event.task, style)];
    case 'diagnostic':
      return diagnosticLines(event.diagnostic, style);
    default:
      return stepLines(state, event, style);
  }
}

function unitLines(
  state: ProgressState,
  event: Extract<EngineEvent, { type: 'unit.finished' }>,
  style: Style,
): string[] {
  // Of an atomic plan it ends once more, with all others.
  if (event.state !== 'prepared') state.finished += 1;
  // A step that failed has no end of its own.
  for (const key of state.lanes.keys()) if (key.startsWith(`step ${event.unit} `)) state.lanes.delete(key);
  const count =
    state.units > 0 ? `${String(state.finished).padStart(String(state.units).length)}/${state.units}  ` : '';
  const word = paint(style, UNIT_TONES[event.state] ?? 'dim', event.state.padEnd(7));
  const error = event.error === undefined ? '' : `: ${event.error}`;
  return [`${count}${word}  ${event.address}  ${formatDuration(event.durationMs)}${error}`];
}

type StepEvent = Extract<EngineEvent, { step: string; type: `step.${string}` }>;

function stepLines(state: ProgressState, event: StepEvent, style: Style): string[] {
  const key = `step ${event.unit} ${event.step}`;
  switch (event.type) {
    case 'step.started': {
      const { system, summary } = event;
      const address = state.addresses.get(event.unit) ?? event.unit;
      open(state, key, `${address} on ${system}: ${summary}`, event.atMs, { address, system, summary });
      return [];
    }
    case 'step.progress': {
      const lane = state.lanes.get(key);
      if (lane && event.total > 0) lane.progress = `${Math.floor((event.done / event.total) * 100)} %`;
      return [];
    }
    case 'step.retry': {
      const text = state.lanes.get(key)?.text ?? event.step;
      const when = `retry ${event.attempt} in ${formatDuration(event.delayMs)}`;
      return [`${paint(style, 'change', 'retry')}    ${text}: ${event.error}; ${when}`];
    }
    case 'step.paused':
      return [`paused   ${state.addresses.get(event.unit) ?? event.unit}: ${pauseWords(event)}`];
    default:
      state.lanes.delete(key);
      return [];
  }
}

function pauseWords({ what, name, durationMs }: Extract<EngineEvent, { type: 'step.paused' }>): string {
  const howLong = formatDuration(durationMs);
  return what === 'io'
    ? `I/O of its volumes on ${name} waited ${howLong}`
    : `applications of ${name} were at rest for ${howLong} at most`;
}

function open(state: ProgressState, key: string, text: string, sinceMs: number, step?: Lane['step']): void {
  state.lanes.set(key, { text, sinceMs, saidMs: sinceMs, said: false, ...(step ? { step } : {}) });
}

export function inFlight(state: ProgressState): InFlight[] {
  return [...state.lanes.values()].flatMap(({ step, sinceMs }) => (step ? [{ ...step, sinceMs }] : []));
}

export function inFlightLines(steps: readonly InFlight[], nowMs: number): string[] {
  return steps.map(
    ({ address, system, summary, sinceMs }) =>
      `  ${address} on ${system}: ${summary} (${formatDuration(Math.max(0, nowMs - sinceMs))})`,
  );
}

/** Lanes that have been open for a while: said after a second, then every ten. */
export function tick(state: ProgressState, nowMs: number): string[] {
  const lines: string[] = [];
  for (const lane of state.lanes.values()) {
    const waitMs = lane.said ? HEARTBEAT_NEXT_MS : HEARTBEAT_FIRST_MS;
    if (nowMs - lane.saidMs < waitMs) continue;
    lane.saidMs = nowMs;
    lane.said = true;
    const progress = lane.progress === undefined ? '' : `, ${lane.progress}`;
    lines.push(`${lane.text} (${formatDuration(nowMs - lane.sinceMs)}${progress})`);
  }
  return lines;
}

type EventColumns = { readonly [T in EngineEvent['type']]: readonly (keyof Extract<EngineEvent, { type: T }>)[] };

/** Columns after `event`, type and time. */
const COLUMNS: EventColumns = {
  'observe.started': ['system'],
  'observe.finished': ['system', 'trust', 'durationMs'],
  'recovery.started': ['workflow', 'holder'],
  'recovery.step': ['workflow', 'unit', 'step', 'verdict'],
  'plan.made': [],
  'claim.waiting': ['address', 'holder'],
  'workflow.committed': ['workflow', 'units', 'steps'],
  'unit.started': ['unit', 'address', 'action'],
  'unit.finished': ['unit', 'address', 'state', 'durationMs', 'error'],
  'step.started': ['unit', 'step', 'system', 'summary'],
  'step.progress': ['unit', 'step', 'done', 'total'],
  'step.retry': ['unit', 'step', 'error', 'attempt', 'delayMs'],
  'step.paused': ['unit', 'step', 'what', 'name', 'durationMs'],
  'step.finished': ['unit', 'step', 'durationMs'],
  'task.changed': [],
  diagnostic: [],
};

/** `event type atMs …` with the columns above; a task as its id, state, progress, address and message; a diagnostic is a diagnostic row. */
export function eventRow(event: EngineEvent): Row {
  if (event.type === 'diagnostic') return diagnosticRow(event.diagnostic);
  if (event.type === 'plan.made') return ['event', event.type, event.atMs, event.plan.id];
  if (event.type === 'task.changed') {
    const { id, state, progress, resource, message } = event.task;
    return ['event', event.type, event.atMs, id, state, progress, resource.address, message];
  }
  const values = event as unknown as Record<string, Cell>;
  return ['event', event.type, event.atMs, ...COLUMNS[event.type].map((name) => values[name])];
}
