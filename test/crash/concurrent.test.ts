/**
 * Two applies at once, from two real processes on one LMDB state. The array's zeroing job is made to stand still, which
 * keeps an apply in the middle of its work for as long as the test wants: order is proven without any clock.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { simFault } from '../../drivers/simulator/manage.ts';
import type { ApplyResult, EngineEvent, PlanSource } from '../../src/engine/operations/types.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { ROOT, type RunningChild, startApply, startNode } from './support/child-process.ts';
import { disagreements } from './support/device-facts.ts';
import { createMachine } from './support/incarnations.ts';
import { createSimEstate, type SimEstate, simFacts } from './support/sim-estate.ts';
import { infrastructure } from './support/stages.ts';
import { readFacts } from './support/state-facts.ts';

const WAIT_MS_MAX = 60_000;
let estate: SimEstate;
const children: RunningChild[] = [];

beforeEach(async () => {
  estate = await createSimEstate();
  const machine = createMachine();
  const process = await machine.start(estate.state);
  const source = { texts: [{ file: 'infrastructure.yaml', text: infrastructure(estate.device) }], variables: {} };
  const done = await process.client.call('apply', { source, skipHeld: false, claimWaitMs: 0 });
  expect(done).toMatchObject({ outcome: 'ok', diagnostics: [] });
  await process.end();
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill();
    await child.ended;
  }
  estate?.remove();
});

/** One thick volume, exported to one host. */
const stackText = (stack: string, host: string) => `
kind: stack
stack: ${stack}
project: crash
volumes:
  ${stack}-log: { size: 16MiB, virtualPool: solid, virtualArray: dc1, protect: false }
exports:
  ${host}: { host: ${host}, volumes: [${stack}-log] }
`;
const sourceOf = (stack: string, host: string): PlanSource => ({
  texts: [{ file: `${stack}.yaml`, text: stackText(stack, host) }],
  variables: {},
});

const target = () => ({ directory: estate.arrays, array: estate.array });
/** Zeroing goes on, but nobody learns of it. */
const holdZeroing = () => simFault({ ...target(), add: { operation: 'pollZeroing', before: 'transient' } });
const letGo = () => simFault({ ...target(), clear: 'all' });

function start(actor: string, source: PlanSource, claimWaitMs: number): RunningChild {
  const directory = path.join(estate.directory, 'children');
  const child = startApply(directory, { state: estate.state, actor, source, confirmDestroy: 0, claimWaitMs });
  children.push(child);
  return child;
}

/** Waits until something is so of a running process. */
async function until(what: string, child: RunningChild, isSo: (child: RunningChild) => boolean): Promise<void> {
  for (const startedMs = systemClock.nowMs(); !isSo(child); await systemClock.sleep(20)) {
    if (child.hasEnded()) throw new Error(`ended before ${what}: ${JSON.stringify(await child.ended)}`);
    if (systemClock.nowMs() - startedMs > WAIT_MS_MAX) throw new Error(`never came: ${what}`);
  }
}

const isHeld = (child: RunningChild) => child.points().includes('job:poll:volume.zero');
const find = <T extends EngineEvent['type']>(events: readonly EngineEvent[], type: T) =>
  events.find((event): event is Extract<EngineEvent, { type: T }> => event.type === type);

async function expectSound(volumes: number): Promise<void> {
  const examiner = await createMachine().start(estate.state);
  try {
    expect(await examiner.client.call('drift', {})).toMatchObject({ outcome: 'ok', items: [] });
    const state = await readFacts(examiner.store());
    const device = await simFacts(estate);
    expect(state.complaints).toEqual([]);
    expect(disagreements(state, device)).toEqual([]);
    expect(device.volumes).toHaveLength(volumes);
  } finally {
    await examiner.end();
  }
}

describe('two applies at once', () => {
  it('of disjoint stacks: both are in the middle of their work at the same time, and both come to their end', async () => {
    await holdZeroing();
    const both = [start('anna', sourceOf('red', 'app-1'), 0), start('boris', sourceOf('blue', 'app-2'), 0)];
    for (const child of both) await until('it holds a running job', child, isHeld);
    for (const child of both) {
      // Neither has waited for the other, and neither has ended.
      expect(find(child.events(), 'workflow.committed')).toBeDefined();
      expect(find(child.events(), 'claim.waiting')).toBeUndefined();
      expect(find(child.events(), 'unit.finished')).toBeUndefined();
    }
    await letGo();
    const ends = await Promise.all(both.map(({ ended }) => ended));
    for (const end of ends) {
      expect(end.result, end.stderr).toMatchObject({ outcome: 'ok', diagnostics: [], counts: { done: 2 } });
    }
    const span = ends.map(({ events }) => ({
      fromMs: find(events, 'workflow.committed')!.atMs,
      toMs: events.findLast(({ type }) => type === 'unit.finished')!.atMs,
    }));
    const overlapMs = Math.min(span[0]!.toMs, span[1]!.toMs) - Math.max(span[0]!.fromMs, span[1]!.fromMs);
    console.log(`disjoint stacks: ${overlapMs} ms of both applies' work were at the same time`);
    expect(overlapMs).toBeGreaterThan(0);
    await expectSound(2);
  });

  it('of the same text: the second waits, sees what the first has done, and has nothing to change', async () => {
    await holdZeroing();
    const source = sourceOf('red', 'app-1');
    const first = start('anna', source, 0);
    await until('it holds a running job', first, isHeld);
    const second = start('boris', source, WAIT_MS_MAX);
    await until('it waits', second, ({ events }) => find(events(), 'claim.waiting') !== undefined);
    expect(find(first.events(), 'unit.finished')).toBeUndefined();
    await letGo();
    const [done, after] = await Promise.all([first.ended, second.ended]);
    expect(done.result, done.stderr).toMatchObject({ outcome: 'ok', counts: { done: 2 } });
    expect(after.result, after.stderr).toMatchObject({ outcome: 'ok', diagnostics: [], units: [] });
    const { holder } = find(after.events, 'claim.waiting')!;
    expect(holder).toContain(`anna on ${hostname()}, process ${done.pid}`);
    await expectSound(1);
  });

  it('of the same text, with --claim-wait 0: the second ends with exit code 5 and names who holds it', async () => {
    await holdZeroing();
    const source = sourceOf('red', 'app-1');
    const first = start('anna', source, 0);
    await until('it holds a running job', first, isHeld);
    const folder = path.join(estate.directory, 'files');
    mkdirSync(folder);
    const { file, text } = source.texts[0]!;
    writeFileSync(path.join(folder, file), text);
    const flags = ['--yes', '--claim-wait', '0', '--json', '--state', estate.state];
    const command = [path.join(ROOT, 'bin/dev.js'), 'apply', path.join(folder, file), ...flags];
    const second = await startNode(command).ended;
    expect(second.exitCode, second.stdout + second.stderr).toBe(5);
    await letGo();
    const done = await first.ended;
    expect(done.result, done.stderr).toMatchObject({ outcome: 'ok', counts: { done: 2 } });
    const last = JSON.parse(second.stdout.trim().split('\n').at(-1)!) as Partial<ApplyResult>;
    expect(last).toMatchObject({ outcome: 'claimed' });
    expect(JSON.stringify(last.diagnostics)).toContain(`Held by anna on ${hostname()}, process ${done.pid}`);
    await expectSound(1);
  });
});
