/** The live view of an apply, drawn with ink: counts, waves, a lane per device, the first thing that went wrong. */
import { Box, Text } from 'ink';
import { createElement, type ReactElement, type ReactNode } from 'react';
import { formatAgo, formatDuration, plural } from '../format.ts';
import type { Style } from '../style.ts';
import type { Lane, LiveState, LiveStep, Wave } from './live-state.ts';

export interface LiveViewProps {
  readonly state: LiveState;
  readonly style: Style;
  /** Of the terminal as it is now; it may be narrower than what is printed. */
  readonly columns: number;
  /** Rows of the terminal: the view stays within them, or it could not be drawn over. */
  readonly rows: number;
}

type Color = 'green' | 'yellow' | 'red' | 'magenta' | 'cyan';

/** Said with the rest when there is more than fits. */
const STEPS_PER_LANE_MAX = 4;
const WAVES_MAX = 6;
/** Lines that aren't lanes: head, waves, cause, hint. */
const OTHER_ROWS = 8;

export function LiveView({ state, style, columns, rows }: LiveViewProps): ReactElement {
  const line = (key: string, color: Color | undefined, dim: boolean, ...children: ReactNode[]) =>
    createElement(
      Text,
      { key, wrap: 'wrap', dimColor: dim && style.color, ...(color && style.color ? { color } : {}) },
      ...children,
    );
  const { waves, hidden: hiddenWaves } = shownWaves(state);
  const lanes = shownLanes(state, style.nowMs, Math.max(3, rows - OTHER_ROWS - waves.length));
  return createElement(
    Box,
    { flexDirection: 'column', width: columns },
    line('head', undefined, false, headText(state, style.nowMs)),
    ...state.recovering.map((workflow) => line(`r${workflow}`, 'magenta', false, `recovering workflow ${workflow}`)),
    ...waves.map(({ wave, number }) =>
      line(`w${number}`, undefined, false, waveText(wave, number, state.waves.length)),
    ),
    ...(hiddenWaves > 0 ? [line('waves', undefined, true, `  and ${plural(hiddenWaves, 'more wave')}`)] : []),
    ...lanes.lines.map(({ key, text, tone }) => line(key, tone, false, text)),
    ...(lanes.hidden > 0 ? [line('lanes', undefined, true, `and ${plural(lanes.hidden, 'more device')}`)] : []),
    ...state.waiting.map(({ address, holder }) =>
      line(`c${address}`, 'yellow', false, `waiting for ${address}: claimed by ${holder}`),
    ),
    ...(state.cause
      ? [line('cause', 'red', false, `${state.cause.state}: ${state.cause.address}: ${state.cause.error}`)]
      : []),
    line('hint', undefined, true, hintText(state)),
  );
}

function headText(state: LiveState, nowMs: number): string {
  const { done, failed, undone, unknown } = state.ended;
  const counts = [
    `${done} of ${plural(state.units, 'unit')} done`,
    state.running > 0 ? `${state.running} running` : '',
    failed > 0 ? `${failed} failed` : '',
    undone > 0 ? `${undone} undone` : '',
    unknown > 0 ? `${unknown} unknown` : '',
  ];
  return `${counts.filter((each) => each !== '').join(', ')}, ${formatDuration(floorSecond(nowMs - state.startedMs))}`;
}

const floorSecond = (durationMs: number): number => Math.max(0, Math.floor(durationMs / 1_000) * 1_000);

const BAR = 20;

function waveText({ total, started, finished }: Wave, number: number, count: number): string {
  const width = String(count).length;
  const filled = Math.floor((finished / total) * BAR);
  const moving = Math.ceil((started / total) * BAR) - filled;
  const bar = `${'#'.repeat(filled)}${'-'.repeat(Math.max(0, moving))}`.padEnd(BAR, '.');
  return `wave ${String(number).padStart(width)}/${count} [${bar}] ${started} of ${total} started, ${finished} finished`;
}

/** Finished ones make room for those that move and those that come. */
function shownWaves({ waves }: LiveState) {
  const numbered = waves.map((wave, index) => ({ wave, number: index + 1 }));
  const first = Math.max(
    0,
    numbered.findIndex(({ wave }) => wave.finished < wave.total),
  );
  const from = Math.max(0, Math.min(first, numbered.length - WAVES_MAX));
  const shown = numbered.slice(from, from + WAVES_MAX);
  return { waves: shown, hidden: numbered.length - shown.length };
}

interface LaneLine {
  readonly key: string;
  readonly text: string;
  readonly tone: Color | undefined;
}

function shownLanes(state: LiveState, nowMs: number, rowsMax: number): { lines: LaneLine[]; hidden: number } {
  const lines: LaneLine[] = [];
  // Devices at work first: an idle one has nothing to say.
  const order = [...state.lanes.filter(isBusy), ...state.lanes.filter((lane) => !isBusy(lane))];
  let shown = 0;
  for (const lane of order) {
    const mine = laneLines(lane, nowMs);
    if (shown > 0 && lines.length + mine.length > rowsMax) break;
    lines.push(...mine);
    shown++;
  }
  return { lines, hidden: order.length - shown };
}

const isBusy = (lane: Lane): boolean => lane.steps.length > 0 || lane.reading;

function laneLines(lane: Lane, nowMs: number): LaneLine[] {
  const { system, steps, finished, heardMs, reading } = lane;
  const doing = reading ? 'reading' : steps.length > 0 ? `${plural(steps.length, 'step')} running` : 'idle';
  const heard = isBusy(lane) ? `, last progress ${formatAgo(heardMs, nowMs)}` : '';
  const head = { key: `l${system}`, text: `${system}  ${doing}, ${finished} finished${heard}`, tone: undefined };
  const shown = steps.slice(0, STEPS_PER_LANE_MAX);
  const more = steps.length - shown.length;
  return [
    head,
    ...shown.map(
      (step): LaneLine => ({
        key: `s${step.unit} ${step.step}`,
        text: `  ${step.address}  ${stepText(step, nowMs)}`,
        tone: step.retry ? 'yellow' : undefined,
      }),
    ),
    ...(more > 0 ? [{ key: `m${system}`, text: `  and ${more} more`, tone: undefined }] : []),
  ];
}

function stepText({ summary, sinceMs, progress, retry }: LiveStep, nowMs: number): string {
  const took = formatDuration(floorSecond(nowMs - sinceMs));
  const percent = progress && progress.total > 0 ? `, ${Math.floor((progress.done / progress.total) * 100)} %` : '';
  if (!retry) return `${summary} (${took}${percent})`;
  const leftMs = Math.max(0, retry.atMs + retry.delayMs - nowMs);
  const when = leftMs > 0 ? `retry ${retry.attempt} in ${formatDuration(leftMs)}` : `retry ${retry.attempt}`;
  return `${summary} (${took}${percent}), ${when}: ${retry.error}`;
}

function hintText({ stopping }: LiveState): string {
  return stopping
    ? 'stopping: no new steps are started, waiting for those that run. Ctrl-C again: stop waiting'
    : 'Ctrl-C: start no new steps';
}
