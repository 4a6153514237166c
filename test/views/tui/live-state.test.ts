/** Events of an apply folded into what the live view shows. */
import { describe, expect, it } from 'vitest';
import type { EngineEvent, EventBody } from '../../../src/engine/operations/types.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { type LiveState, liveNext, startLive, stopping } from '../../../src/views/tui/live-state.ts';

const unit = (id: string, ...dependsOn: string[]) => ({ id, address: `s/volume.${id}`, dependsOn });
const plan = (...units: ReturnType<typeof unit>[]) => ({ units }) as unknown as Plan;

function after(state: LiveState, ...events: (EventBody & { atMs?: number })[]): LiveState {
  return events.reduce<LiveState>(
    (now, event, index) => liveNext(now, { seq: index + 1, atMs: 1_000, ...event } as EngineEvent),
    state,
  );
}

const started = (id: string): EventBody => ({
  type: 'unit.started',
  unit: id,
  address: `s/volume.${id}`,
  action: 'create',
});
const finished = (
  id: string,
  state: 'done' | 'prepared' | 'undone' | 'failed' | 'unknown' = 'done',
  error?: string,
): EventBody => ({
  type: 'unit.finished',
  unit: id,
  address: `s/volume.${id}`,
  state,
  durationMs: 1,
  ...(error === undefined ? {} : { error }),
});
const step = (id: string, system = 'array-1'): EventBody => ({
  type: 'step.started',
  unit: id,
  step: 's1',
  system,
  summary: `create ${id}`,
});

describe('waves', () => {
  it('are as deep as the longest chain to a unit', () => {
    const state = startLive(0, plan(unit('d', 'b', 'c'), unit('a'), unit('b', 'a'), unit('c'), unit('e', 'gone')));
    expect(state.waves.map(({ total }) => total)).toEqual([3, 1, 1]);
    expect(Object.fromEntries(state.waveOf)).toEqual({ a: 0, c: 0, e: 0, b: 1, d: 2 });
  });

  it('of a very long chain are found without a deep stack', () => {
    const units = Array.from({ length: 20_000 }, (_, i) => unit(`u${i}`, ...(i > 0 ? [`u${i - 1}`] : [])));
    expect(startLive(0, plan(...units.reverse())).waves).toHaveLength(20_000);
  });

  it('count what has started and finished', () => {
    const state = after(
      startLive(0, plan(unit('a'), unit('b'), unit('c', 'a'))),
      started('a'),
      started('b'),
      finished('a'),
    );
    expect(state.waves).toEqual([
      { total: 2, started: 2, finished: 1 },
      { total: 1, started: 0, finished: 0 },
    ]);
    expect([state.units, state.running, state.ended.done]).toEqual([3, 1, 1]);
  });

  it('count a unit of an atomic plan once, although it ends once more with all others', () => {
    const first = after(
      startLive(0, plan(unit('a'), unit('b'))),
      ...[started('a'), started('b'), finished('a', 'prepared'), finished('b', 'prepared')],
    );
    expect(first.ended).toMatchObject({ prepared: 2, done: 0 });
    const state = after(first, started('a'), finished('a'), started('b'));
    expect(state.waves).toEqual([{ total: 2, started: 2, finished: 2 }]);
    expect([state.running, state.ended.prepared, state.ended.done]).toEqual([1, 1, 1]);
  });

  it('come with the plan when it is made on the way', () => {
    const state = after(startLive(0), { type: 'plan.made', plan: plan(unit('a'), unit('b', 'a')) });
    expect(state.waves).toHaveLength(2);
  });
});

describe('lanes', () => {
  it('show per device what it does, how far it is, and when it was last heard of', () => {
    const state = after(
      startLive(0, plan(unit('a'), unit('b'))),
      started('a'),
      { ...step('a', 'array-2'), atMs: 2_000 },
      { ...step('b', 'array-1'), atMs: 3_000 },
      { type: 'step.progress', unit: 'a', step: 's1', done: 1, total: 4, atMs: 4_000 },
    );
    expect(state.lanes).toEqual([
      {
        system: 'array-1',
        reading: false,
        finished: 0,
        heardMs: 3_000,
        steps: [{ unit: 'b', step: 's1', address: 's/volume.b', summary: 'create b', sinceMs: 3_000 }],
      },
      {
        system: 'array-2',
        reading: false,
        finished: 0,
        heardMs: 4_000,
        steps: [
          {
            unit: 'a',
            step: 's1',
            address: 's/volume.a',
            summary: 'create a',
            sinceMs: 2_000,
            progress: { done: 1, total: 4 },
          },
        ],
      },
    ]);
  });

  it('show a retry until the step moves again', () => {
    const retry: EventBody = { type: 'step.retry', unit: 'a', step: 's1', error: 'busy', attempt: 2, delayMs: 400 };
    const waiting = after(startLive(0), step('a'), retry);
    expect(waiting.lanes[0]!.steps[0]!.retry).toEqual({ attempt: 2, atMs: 1_000, delayMs: 400, error: 'busy' });
    const moving = after(waiting, { type: 'step.progress', unit: 'a', step: 's1', done: 1, total: 2 });
    expect(moving.lanes[0]!.steps[0]!.retry).toBeUndefined();
  });

  it('are empty when the step has ended, or its unit without it', () => {
    const done = after(startLive(0), step('a'), { type: 'step.finished', unit: 'a', step: 's1', durationMs: 1 });
    expect(done.lanes[0]).toMatchObject({ steps: [], finished: 1 });
    const failed = after(startLive(0), step('a'), finished('a', 'undone', 'full'));
    expect(failed.lanes[0]).toMatchObject({ steps: [], finished: 0 });
  });

  it('say that a device is being read', () => {
    const reading = after(startLive(0), { type: 'observe.started', system: 'array-1' });
    expect(reading.lanes[0]!.reading).toBe(true);
    const read = after(reading, { type: 'observe.finished', system: 'array-1', trust: 'whole', durationMs: 5 });
    expect(read.lanes[0]!.reading).toBe(false);
  });
});

it('the first failure is the cause; the others are counted', () => {
  const state = after(
    startLive(0, plan(unit('a'), unit('b'), unit('c'))),
    started('a'),
    started('b'),
    finished('a', 'undone', 'pool full'),
    finished('b', 'failed', 'pool full, too'),
  );
  expect(state.cause).toEqual({ address: 's/volume.a', state: 'undone', error: 'pool full' });
  expect(state.ended).toMatchObject({ undone: 1, failed: 1, done: 0 });
  expect(state.running).toBe(0);
});

it('claims that are waited for are shown until the work begins', () => {
  const waiting = after(startLive(0), { type: 'claim.waiting', address: 's/volume.a', holder: 'bea on db-1' });
  expect(waiting.waiting).toEqual([{ address: 's/volume.a', holder: 'bea on db-1' }]);
  const begun = after(waiting, { type: 'workflow.committed', workflow: 'w', units: 2, steps: 3 });
  expect([begun.waiting, begun.workflow, begun.units]).toEqual([[], 'w', 2]);
});

it('says that it stops', () => {
  expect(stopping(startLive(0)).stopping).toBe(true);
});
