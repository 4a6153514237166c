/**
 * Continuous copies under death: whatever is done with one is killed at each of its boundaries, and another process asks for the same.
 * No volume is ever left following when nothing is recorded of it, or the other way round.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDiskTransport } from '../../drivers/simulator/disk.ts';
import { simEdit } from '../../drivers/simulator/manage.ts';
import type { ApplyResult, EngineClient, InputOf } from '../../src/engine/operations/types.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { ask } from '../drivers/simulator/target.ts';
import { type Incarnation, Killed } from './support/incarnations.ts';
import { createSimEstate, type SimEstate } from './support/sim-estate.ts';
import { at, expectStateAtRest, noting } from './support/sim-story.ts';
import { infrastructure } from './support/stages.ts';
import { printTable } from './support/table.ts';

/** What sim-story.ts expects of others'. */
const FOREIGN_VOLUMES = 2;

let estate: SimEstate;
beforeAll(async () => {
  estate = await createSimEstate({ foreignVolumes: FOREIGN_VOLUMES });
});
afterAll(() => estate?.remove());

/** `following`: thick, so that it takes a while. */
const textOf = (size: string, following: boolean) =>
  [
    'kind: stack',
    'stack: crash',
    'project: crash',
    'volumes:',
    `  data: { size: ${size}, virtualPool: solid, virtualArray: dc1, protect: false }`,
    ...(following
      ? [
          `  mirror: { size: ${size}, virtualPool: solid, virtualArray: dc1, copyOf: data, continuous: true, protect: false, onRemove: quarantine }`,
        ]
      : []),
    '',
  ].join('\n');

type Ask = (client: EngineClient) => Promise<ApplyResult | undefined>;

const applying =
  (size: string, following: boolean, removes = 0): Ask =>
  (client) =>
    client.call('apply', {
      source: {
        texts: [
          { file: 'infrastructure.yaml', text: infrastructure(estate.device) },
          { file: 'stack.yaml', text: textOf(size, following) },
        ],
        variables: {},
      },
      skipHeld: false,
      claimWaitMs: 0,
      confirmDestroy: removes,
    });

/** Nothing to do = it is so already. */
const invoking =
  (verb: InputOf<'copy.invoke'>['verb']): Ask =>
  async (client) => {
    await client.call('recover', {});
    const { plan, ...rest } = await client.call('copy.invoke', { verb, addresses: ['crash/volume.mirror'] });
    expect(plan, JSON.stringify(rest)).toBeDefined();
    if (!plan || plan.units.length === 0) return undefined;
    return client.call('apply', { plan, skipHeld: false, claimWaitMs: 0, confirmDestroy: 0 });
  };

/** As its processes would see it: a copy is in sync by their time. */
async function stored(name: string) {
  const transport = createDiskTransport(estate.arrays, estate.array);
  const { volumes } = await ask(transport, { ...systemClock, nowMs: estate.machine.nowMs }, 'show', {});
  return volumes.find((volume) => volume.name.startsWith(name));
}
const write = async (content: string) =>
  simEdit({
    directory: estate.arrays,
    array: estate.array,
    edit: { edit: 'write-content', volume: (await stored('data-'))!.name, content },
  });

interface Stage {
  readonly name: string;
  readonly ask: Ask;
  /** Before it. */
  readonly writes: string;
  /** Of the copy: what it holds when all is done, and whether it follows. */
  readonly holds: string;
  readonly mirror: 'following' | 'paused' | 'none';
}

const STAGES: readonly Stage[] = [
  { name: 'begin', ask: applying('16MiB', true), writes: 'A', holds: 'A', mirror: 'following' },
  { name: 'grow both', ask: applying('24MiB', true), writes: 'B', holds: 'B', mirror: 'following' },
  { name: 'pause', ask: invoking('pause'), writes: 'C', holds: 'C', mirror: 'paused' },
  { name: 'resume', ask: invoking('resume'), writes: 'D', holds: 'D', mirror: 'following' },
  { name: 'remove: quarantine', ask: applying('24MiB', false, 1), writes: 'E', holds: 'E', mirror: 'none' },
];
const SPLIT: Stage = { name: 'split', ask: invoking('split'), writes: 'E', holds: 'E', mirror: 'none' };

async function expectDone(process: Incarnation, { name, holds, mirror }: Stage): Promise<void> {
  await expectStateAtRest(process, estate);
  const copy = (await stored('mirror-')) ?? (await stored('quarantined-mirror-'));
  const state = copy?.mirror === undefined ? 'none' : copy.mirror.paused ? 'paused' : 'following';
  expect([name, copy?.content, state]).toEqual([name, holds, mirror]);
}

async function begun<T>(run: (process: Incarnation) => Promise<T>, onPoint?: (point: string) => 'die' | undefined) {
  const process = await estate.machine.start(estate.state, onPoint ? { onPoint } : {});
  try {
    return await run(process);
  } finally {
    await process.end();
  }
}

/** Kills it at its `index`-th point; false when it came to its end before. */
async function kill({ ask }: Stage, index: number): Promise<boolean> {
  let passed = 0;
  try {
    await begun(
      ({ client }) => ask(client),
      () => (passed++ === index ? 'die' : undefined),
    );
    return false;
  } catch (error) {
    if (error instanceof Killed) return true;
    throw error;
  }
}

async function sweep(stage: Stage): Promise<Record<string, string | number>> {
  await write(stage.writes);
  await estate.save(stage.name);
  const points: string[] = [];
  await begun(async (process) => {
    expect((await stage.ask(process.client))?.outcome).toBe('ok');
    await expectDone(process, stage);
  }, noting(points));
  let crashes = 0;
  for (const [index, point] of points.entries()) {
    await at(`${stage.name}, killed at ${index} (${point})`, async () => {
      await estate.restore(stage.name);
      if (!(await kill(stage, index))) return;
      crashes++;
      await begun(async (process) => {
        const result = await stage.ask(process.client);
        if (result) expect(result.outcome, JSON.stringify(result.diagnostics)).toBe('ok');
        await expectDone(process, stage);
      });
    });
  }
  expect(crashes, stage.name).toBeGreaterThan(8);
  expect(crashes, stage.name).toBeGreaterThanOrEqual(points.length - 4);
  return { operation: stage.name, points: points.length, crashes };
}

it('each operation on one is brought to its end, or to nothing, by who comes after the dead', async () => {
  await begun(({ client }) => applying('16MiB', false)(client));
  const rows = [];
  for (const stage of STAGES) rows.push(await sweep(stage));
  await estate.restore('remove: quarantine');
  rows.push(await sweep(SPLIT));
  printTable('Crash sweep of continuous copies', rows);
});
