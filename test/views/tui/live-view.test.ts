/** The live view as ink draws it, at two widths, and that it stays within the terminal. */
import { render } from 'ink-testing-library';
import { createElement } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineEvent, EventBody } from '../../../src/engine/operations/types.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { type LiveState, liveNext, startLive, stopping } from '../../../src/views/tui/live-state.ts';
import { LiveView } from '../../../src/views/tui/live-view.ts';

const NOW_MS = 65_000;
const drawn: { unmount(): void }[] = [];
afterEach(() => drawn.splice(0).forEach((each) => void each.unmount()));

function frame(state: LiveState, columns: number, rows = 40): string {
  const style = { width: Math.max(80, columns), color: false, nowMs: NOW_MS };
  const instance = render(createElement(LiveView, { state, style, columns, rows }));
  drawn.push(instance);
  return instance.lastFrame() ?? '';
}

function world(units: number, arrays: number): LiveState {
  const ids = Array.from({ length: units }, (_, index) => `u${index}`);
  const address = (id: string) => `oracle-production/volume.ora-data-with-a-long-name-${id}`;
  const plan = {
    units: ids.map((id, index) => ({ id, address: address(id), dependsOn: index > 0 && index < 3 ? ['u0'] : [] })),
  } as unknown as Plan;
  const events: (EventBody & { atMs: number })[] = [
    { type: 'workflow.committed', workflow: 'w-1', units, steps: units, atMs: 1_000 },
    ...ids.flatMap((unit, index): (EventBody & { atMs: number })[] => [
      { type: 'unit.started', unit, address: address(unit), action: 'create', atMs: 2_000 },
      { type: 'step.started', unit, step: 's1', system: `array-${index % arrays}`, summary: 'create it', atMs: 60_000 },
    ]),
    { type: 'step.progress', unit: 'u1', step: 's1', done: 42, total: 100, atMs: 63_000 },
    { type: 'step.retry', unit: 'u2', step: 's1', error: 'device busy', attempt: 1, delayMs: 2_500, atMs: 64_000 },
    {
      type: 'unit.finished',
      unit: 'u0',
      address: address('u0'),
      state: 'undone',
      durationMs: 9,
      error: 'create it: the pool is full',
      atMs: 64_000,
    },
  ];
  return events.reduce<LiveState>(
    (state, event, index) => liveNext(state, { seq: index, ...event } as EngineEvent),
    startLive(0, plan),
  );
}

const joined = (text: string) => text.replace(/\s+/g, ' ');

describe.each([80, 120])('at %i columns', (columns) => {
  it('shows counts, waves, a lane per device with progress and retries, and the cause once', () => {
    const text = frame(world(4, 2), columns);
    expect(text.split('\n').every((line) => line.length <= columns)).toBe(true);
    expect(joined(text)).toContain('0 of 4 units done, 3 running, 1 undone, 1 min 5 s');
    expect(text).toMatch(/^wave 1\/2 \[[#-]+\.*\] 2 of 2 started, 1 finished$/m);
    expect(text).toMatch(/^array-0 {2}1 step running, 0 finished, last progress 1 s ago$/m);
    expect(joined(text)).toContain('ora-data-with-a-long-name-u1 create it (5 s, 42 %)');
    expect(joined(text)).toContain('ora-data-with-a-long-name-u2 create it (5 s), retry 1 in 1.5 s: device busy');
    expect(joined(text).match(/the pool is full/g)).toHaveLength(1);
    expect(text).toContain('Ctrl-C: start no new steps');
  });

  it('fits into the terminal however many devices and steps there are, and says what is hidden', () => {
    const text = frame(world(300, 60), columns, 24);
    expect(text.split('\n').length).toBeLessThan(24);
    expect(text).toMatch(/and \d+ more devices/);
    const one = frame(world(50, 1), columns, 24);
    expect(one).toMatch(/ {2}and \d+ more/);
    expect(one.split('\n').length).toBeLessThan(24);
  });
});

it('says that it is stopping, and what a second Ctrl-C does', () => {
  const text = joined(frame(stopping(world(4, 1)), 80));
  expect(text).toContain('stopping: no new steps are started');
  expect(text).toContain('Ctrl-C again: stop waiting');
});

it('is narrower than 80 columns where the terminal is', () => {
  const lines = frame(world(4, 2), 50).split('\n');
  expect(lines.every((line) => line.length <= 50)).toBe(true);
});
