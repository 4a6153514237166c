/**
 * Opens the live view on a terminal and keeps it drawn. Loaded only when there is one to draw on: ink and react cost a
 * start that nobody else pays for.
 */
import { render, useStderr } from 'ink';
import { createElement, type ReactElement } from 'react';
import type { EngineEvent } from '../../engine/operations/types.ts';
import type { Plan } from '../../engine/planner/plan.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Style } from '../style.ts';
import { type LiveState, liveNext, startLive, stopping } from './live-state.ts';
import { LiveView } from './live-view.ts';

export interface LiveOptions {
  readonly clock: Clock;
  readonly style: () => Style;
  readonly plan?: Plan | undefined;
}

export interface Live {
  next(event: EngineEvent): void;
  /** The person asked to stop. */
  stopping(): void;
  /** Takes the view off the screen, has something else written, and draws the view below that. */
  above(write: () => void): void;
  /** Ends it; nothing of it stays on the screen. */
  close(): void;
}

/** So often is it drawn: nothing is silent for longer than a second. */
const FRAME_MS = 200;

export function openLiveOn(terminal: NodeJS.WriteStream, { clock, style, plan }: LiveOptions): Live {
  let state: LiveState = startLive(clock.nowMs(), plan);
  const view = () => {
    // Terminals that nobody has told their size say 0.
    const size = { columns: terminal.columns || 80, rows: terminal.rows || 24 };
    return createElement(
      Above,
      { given: (write) => (between = write) },
      createElement(LiveView, { state, style: style(), ...size }),
    );
  };
  // What ink calls stderr is whatever is written above the view: to which stream is for whoever writes.
  let writeOther = () => {};
  const other = { write: () => writeOther() } as unknown as NodeJS.WriteStream;
  let between: ((text: string) => void) | undefined;
  // Keys are not read: Ctrl-C stays the signal that it is.
  const instance = render(view(), { stdout: terminal, stderr: other, exitOnCtrlC: false, patchConsole: false });
  const draw = () => instance.rerender(view());
  const stop = clock.every(FRAME_MS, draw);
  let closed = false;
  return {
    next: (event) => {
      state = liveNext(state, event);
    },
    stopping: () => {
      state = stopping(state);
      draw();
    },
    above: (write) => {
      if (closed || !between) return write();
      writeOther = write;
      between('');
    },
    close: () => {
      if (closed) return;
      closed = true;
      stop();
      instance.rerender(createElement(Nothing));
      instance.unmount();
    },
  };
}

/** Hands on how ink takes away what it has drawn, and draws it again, around something that is written. */
function Above({ given, children }: { given: (write: (text: string) => void) => void; children?: ReactElement }) {
  given(useStderr().write);
  return children;
}

/** What is left on the screen when the view ends; the result is printed by whoever opened it. */
function Nothing(): null {
  return null;
}
