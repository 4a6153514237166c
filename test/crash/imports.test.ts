/**
 * Exported volumes that are taken over, under death: whoever takes them over is killed at each of its boundaries, another process applies
 * the same, and at the end everything is ours and nothing but marks is other than it was.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { simEdit } from '../../drivers/simulator/manage.ts';
import type { ApplyResult } from '../../src/engine/operations/types.ts';
import { type Incarnation, Killed } from './support/incarnations.ts';
import { createSimEstate, type SimEstate } from './support/sim-estate.ts';
import { at, expectStateAtRest, noting } from './support/sim-story.ts';
import { infrastructure } from './support/stages.ts';

let estate: SimEstate;
// What sim-story.ts expects of others'.
beforeAll(async () => {
  estate = await createSimEstate({ foreignVolumes: 2 });
});
afterAll(() => estate?.remove());

const edit = async (change: Parameters<typeof simEdit>[0]['edit']) =>
  (await simEdit({ directory: estate.arrays, array: estate.array, edit: change })).nativeId!;
const iqn = (host: string) => `iqn.2026-01.io.coprhd.crash:${host}`;

const applying = ({ client }: Incarnation, stack?: string): Promise<ApplyResult> =>
  client.call('apply', {
    source: {
      texts: [
        { file: 'infrastructure.yaml', text: infrastructure(estate.device) },
        ...(stack === undefined ? [] : [{ file: 'stack.yaml', text: stack }]),
      ],
      variables: {},
    },
    skipHeld: false,
    claimWaitMs: 0,
  });

async function begun<T>(run: (process: Incarnation) => Promise<T>, onPoint?: (point: string) => 'die' | undefined) {
  const process = await estate.machine.start(estate.state, onPoint ? { onPoint } : {});
  try {
    return await run(process);
  } finally {
    await process.end();
  }
}

/** All that a host, or a person, would notice. */
const shown = async () =>
  JSON.stringify(await estate.show(), (key, value: unknown) =>
    key === 'tag' || key === 'changes' ? undefined : value,
  );

it('is brought to its end by who comes after the dead', async () => {
  await begun((process) => applying(process));
  const [a, b, c] = await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      edit({ edit: 'add-volume', name, pool: 'fast', sizeBytes: 16 * 1024 ** 2, provisioning: 'thin' }),
    ),
  );
  const mask = (host: string, mappings: { volume: string; hlu: number }[]) =>
    edit({ edit: 'add-mask', name: `by-hand-${host}`, initiators: [iqn(host)], mappings });
  const one = await mask('app-1', [
    { volume: a!, hlu: 0 },
    { volume: b!, hlu: 4 },
  ]);
  const two = await mask('app-2', [{ volume: c!, hlu: 9 }]);
  for (const host of ['app-1', 'app-2']) await edit({ edit: 'login', initiator: iqn(host) });
  const volume = '{ size: 16MiB, virtualPool: gold, virtualArray: dc1 }';
  const stack = [
    'kind: stack',
    'stack: crash',
    'project: crash',
    `volumes: { a: ${volume}, b: ${volume}, c: ${volume} }`,
    'exports: { one: { host: app-1, volumes: [a, b] }, two: { host: app-2, volumes: [c] } }',
    'import:',
    ...Object.entries({ 'volume.a': a, 'volume.b': b, 'volume.c': c, 'export.one': one, 'export.two': two }).map(
      ([address, nativeId]) => `  - { address: ${address}, system: array-1, nativeId: ${nativeId} }`,
    ),
    '',
  ].join('\n');
  const before = await shown();
  const expectDone = async (process: Incarnation) => {
    expect(await shown()).toBe(before);
    await expectStateAtRest(process, estate);
    const { plan } = await process.client.call('plan', {
      texts: [
        { file: 'infrastructure.yaml', text: infrastructure(estate.device) },
        { file: 'stack.yaml', text: stack },
      ],
      variables: {},
    });
    expect(plan?.changes).toEqual([]);
  };

  await estate.save('by hand');
  const points: string[] = [];
  await begun(async (process) => {
    expect((await applying(process, stack)).outcome).toBe('ok');
    await expectDone(process);
  }, noting(points));
  expect(points.filter((point) => point === 'step:before-call:mask.mark')).toHaveLength(2);
  let crashes = 0;
  for (const [index, point] of points.entries()) {
    await at(`killed at ${index} (${point})`, async () => {
      await estate.restore('by hand');
      let passed = 0;
      const die = () => (passed++ === index ? ('die' as const) : undefined);
      try {
        await begun((process) => applying(process, stack), die);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        crashes++;
      }
      await begun(async (process) => {
        expect((await applying(process, stack)).outcome).toBe('ok');
        await expectDone(process);
      });
    });
  }
  expect(crashes).toBeGreaterThanOrEqual(points.length - 4);
  process.stdout.write(`${crashes} kills of an import of 3 volumes in 2 masks\n`);
});
