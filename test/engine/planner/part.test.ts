/** Plans of a part: what comes along, what stays out, and that nothing outside is touched. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressMatcher } from '../../../src/engine/model/address-pattern.ts';
import { addressOf } from '../../../src/engine/observe/addresses.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { createEstate, type Estate, lines } from './estate.ts';
import { infrastructure, stack } from './texts.ts';
import { checkClosed, wish, texts as wishTexts } from './wishes.ts';

const texts = (volumes: Record<string, string | null>, exports: Record<string, string> = {}, more = '') => [
  infrastructure({ clusters: {} }),
  stack({ volumes, exports, more }),
];
const THREE = texts({ a: null, b: null, c: null }, { e: 'host: h1, volumes: [a, b]', f: 'host: h1, volumes: [c]' });

describe('address patterns', () => {
  it.each([
    ['web/volume.data-01', 'web/volume.data-01', true],
    ['web/volume.DATA-01', 'web/volume.data-01', true],
    ['volume.data-01', 'web/volume.data-01', true],
    ['volume.data-0?', 'web/volume.data-01', true],
    ['web/*', 'web/export.x', true],
    ['*', 'infrastructure/host.h1', true],
    ['web/volume.data-01', 'web/volume.data-011', false],
    ['web/volume.data.01', 'web/volume.data-01', false],
    ['data-01', 'web/volume.data-01', false],
    ['other/volume.*', 'web/volume.data-01', false],
  ])('%s and %s: %s', (pattern, address, expected) => {
    expect(addressMatcher(pattern)(address)).toBe(expected);
  });
});

describe('--target', () => {
  it('plans what it names and what that needs, and says so', async () => {
    const estate = await createEstate();
    const plan = await estate.planned(THREE, { targets: ['s/export.e'] });
    expect(lines(plan).filter((line) => line.includes(' s/'))).toEqual([
      'create s/volume.a',
      'create s/volume.b',
      'create s/export.e',
    ]);
    expect(lines(plan)).toContain('create infrastructure/project.p');
    expect(lines(plan)).toContain('create infrastructure/host.h1');
    expect(lines(plan)).not.toContain('create infrastructure/host.h2');
    expect(plan.partial).toMatchObject({ targets: ['s/export.e'], excludes: [], dependants: [] });
    expect(plan.partial!.included).toContain('s/volume.a');
    expect(plan.partial!.included).not.toContain('s/export.e');
    // s/volume.c, s/export.f, two hosts, the thick pool.
    expect(plan.partial!.leftOut).toBe(5);
    await estate.applied(THREE, { targets: ['s/export.e'] });
    expect(lines(await estate.planned(THREE)).sort()).toEqual([
      'create infrastructure/host.h2',
      'create infrastructure/host.h3',
      'create infrastructure/virtualPool.thick',
      'create s/export.f',
      'create s/volume.c',
    ]);
  });

  it('goes around what can not be planned at all', async () => {
    const estate = await createEstate();
    const huge = texts({ a: null, huge: 'size: 900TiB' });
    expect((await estate.plan(huge)).plan).toBeUndefined();
    expect(lines(await estate.planned(huge, { targets: ['volume.a'] }))).toContain('create s/volume.a');
  });

  it('never removes what it does not name', async () => {
    const estate = await createEstate();
    await estate.applied(THREE);
    const rest = texts({ a: 'size: 20GiB' });
    expect(lines(await estate.planned(rest, { targets: ['s/volume.a'] }))).toEqual(['update s/volume.a']);
    expect(lines(await estate.planned(rest, { targets: ['s/export.f'] }))).toEqual(['delete s/export.f']);
  });

  it('holds a removal that is named while something left out still uses it', async () => {
    const estate = await createEstate();
    await estate.applied(THREE);
    expect(lines(await estate.planned(texts({}), { targets: ['s/volume.c'] }))).toEqual([
      'held s/volume.c COPRHD-HELD-004',
    ]);
    expect(lines(await estate.planned(texts({}), { targets: ['s/volume.c', 's/export.f'] }))).toEqual([
      'delete s/export.f',
      'quarantine s/volume.c',
    ]);
  });

  it('that matches nothing is refused, with the nearest address', async () => {
    const estate = await createEstate();
    const { plan, diagnostics } = await estate.plan(THREE, { targets: ['s/volume.aa', 'export.g', 'x/y'] });
    expect(plan).toBeUndefined();
    expect(diagnostics.map(({ code, summary, fix }) => [code, summary, fix?.slice(0, 26)])).toEqual([
      ['COPRHD-PLAN-010', '--target s/volume.aa matches nothing', 'did you mean s/volume.a?'],
      ['COPRHD-PLAN-010', '--target export.g matches nothing', expect.stringMatching(/^did you mean export\.[ef]\?$/)],
      ['COPRHD-PLAN-010', '--target x/y matches nothing', 'write an address as the pl'],
    ]);
  });
});

describe('--exclude', () => {
  it('leaves out what it names and what needs that, and lists it', async () => {
    const estate = await createEstate();
    const plan = await estate.planned(THREE, { excludes: ['volume.b'] });
    expect(lines(plan).filter((line) => line.includes(' s/'))).toEqual([
      'create s/volume.a',
      'create s/volume.c',
      'create s/export.f',
    ]);
    expect(plan.partial).toEqual({
      targets: [],
      excludes: ['volume.b'],
      included: [],
      dependants: ['s/export.e'],
      leftOut: 2,
    });
  });

  it('wins over --target', async () => {
    const estate = await createEstate();
    const plan = await estate.planned(THREE, { targets: ['s/*'], excludes: ['s/volume.c'] });
    expect(lines(plan).filter((line) => line.includes(' s/'))).toEqual([
      'create s/volume.a',
      'create s/volume.b',
      'create s/export.e',
    ]);
    expect(plan.partial!.dependants).toEqual(['s/export.f']);
  });

  it('does not take away what is left out: exports keep their volumes, volumes their project', async () => {
    const estate = await createEstate();
    await estate.applied(THREE);
    const plan = await estate.run('destroy', { stacks: ['s'], excludes: ['s/export.e'] });
    expect(lines(plan.plan!)).toEqual(['delete s/export.f', 'quarantine s/volume.c']);
    expect([...plan.plan!.partial!.dependants].sort()).toEqual(['s/volume.a', 's/volume.b']);
    const volume = await estate.run('destroy', { stacks: ['s'], excludes: ['s/volume.b'] });
    expect(lines(volume.plan!)).toEqual(['delete s/export.f', 'quarantine s/volume.c']);
    await estate.run('apply', { plan: volume.plan!, skipHeld: false, claimWaitMs: 0, confirmDestroy: 1 });
    expect(lines(await estate.planned(texts({ a: null, b: null }, { e: 'host: h1, volumes: [a, b]' })))).toEqual([]);
  });

  it('of a cluster member export holds the change of the cluster, not silently half of it', async () => {
    const estate = await createEstate();
    const of = (hosts: string[]) => [
      infrastructure({ clusters: { c1: hosts } }),
      stack({ volumes: { a: null }, exports: { e: 'cluster: c1, volumes: [a]' } }),
    ];
    await estate.applied(of(['h1']));
    const plan = await estate.planned(of(['h1', 'h2']), { targets: ['cluster.c1'] });
    expect(lines(plan)).toEqual(['held infrastructure/cluster.c1 COPRHD-HELD-009']);
    expect(lines(await estate.planned(of(['h1', 'h2']), { targets: ['export.e'] }))).toEqual([
      'update infrastructure/cluster.c1',
      'update s/export.e',
    ]);
  });
});

/** Which of the addresses of the whole plan are named, by number; every third one with a wildcard. */
const part = fc.record({
  targets: fc.array(fc.nat(99), { maxLength: 3 }),
  excludes: fc.array(fc.nat(99), { maxLength: 2 }),
});

const patternsOf = (numbers: readonly number[], addresses: readonly string[]): string[] =>
  numbers.map((number) => {
    const address = addresses[number % addresses.length]!;
    return number % 3 === 0 ? `${address.slice(0, -1)}*` : address;
  });

/** What is there in the end, without the names that come from seeds and order. */
async function facts(estate: Estate) {
  const live = async <K extends 'volume' | 'export' | 'lunMap' | 'host' | 'cluster'>(kind: K) =>
    (await estate.records(kind)).map(({ record }) => record).filter(({ status }) => status.phase !== 'deleted');
  const names = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name).sort();
  const volumes = await live('volume');
  return {
    volumes: volumes.map(({ name, spec, tags }) => `${name} ${spec.sizeBytes} ${tags}`).sort(),
    exports: names(await live('export')),
    maps: names(await live('lunMap')),
    hosts: names(await live('host')),
    device: [...estate.array().kv.texts.keys()].length,
  };
}

const touched = (plan: Plan) => new Set(plan.units.map(({ address }) => address));

it('any part of any change touches nothing outside, and the rest done later makes it whole', async () => {
  let done = 0;
  const run = async (
    first: Parameters<typeof wishTexts>[0],
    second: typeof first,
    numbers: { readonly targets: readonly number[]; readonly excludes: readonly number[] },
  ) => {
    const [estate, whole] = [await createEstate(), await createEstate()];
    const before = wishTexts(first, first.sizes);
    const sizes = second.sizes.map((size, index) => (size === 0 ? 0 : Math.max(size, first.sizes[index]!)));
    const after = wishTexts(second, sizes);
    if (!(await estate.plan(before)).plan) return;
    await estate.applied(before);
    await whole.applied(before);
    const all = await whole.plan(after);
    if (!all.plan || all.plan.changes.length === 0) return;
    const addresses = all.plan.changes.map(({ address }) => address);
    const asked = {
      targets: patternsOf(numbers.targets, addresses),
      excludes: patternsOf(numbers.excludes, addresses),
    };
    const { plan, diagnostics } = await estate.plan(after, asked);
    // A cluster that has to wait for a left-out export keeps its old hosts, where a pinned HLU may be taken or another one.
    const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
    expect(errors.filter((code) => code !== 'COPRHD-PATH-003' && code !== 'COPRHD-PLAN-009')).toEqual([]);
    if (!plan || plan.counts.held > 0) return;
    await checkClosed(estate, plan);
    const isAsked = (address: string) =>
      (asked.targets.length === 0 || asked.targets.some((each) => addressMatcher(each)(address))) &&
      !asked.excludes.some((each) => addressMatcher(each)(address));
    const { included = [], dependants = [] } = plan.partial ?? {};
    for (const address of touched(plan)) {
      expect(isAsked(address) || included.includes(address), address).toBe(true);
      expect(dependants).not.toContain(address);
    }
    const records = async () =>
      new Map(
        (
          await Promise.all(
            (['volume', 'export', 'host', 'cluster', 'virtualPool', 'project'] as const).map((kind) =>
              estate.records(kind),
            ),
          )
        )
          .flat()
          .map(({ record, revision }) => [addressOf(record), revision]),
      );
    const old = await records();
    await estate.applied(after, asked);
    const now = await records();
    for (const [address, revision] of now) {
      if (!touched(plan).has(address)) expect(revision, address).toBe(old.get(address));
    }
    const again = await estate.plan(after, asked);
    // What was named and removed is not there to be named again.
    if (again.plan) expect(lines(again.plan)).toEqual([]);
    else expect([...new Set(again.diagnostics.map(({ code }) => code))]).toEqual(['COPRHD-PLAN-010']);
    await estate.applied(after);
    await whole.applied(after);
    expect(lines(await estate.planned(after))).toEqual([]);
    expect(await facts(estate)).toEqual(await facts(whole));
    if (plan.units.length > 0 && plan.units.length < all.plan!.units.length) done++;
  };
  await fc.assert(fc.asyncProperty(wish, wish, part, run), {
    numRuns: 8,
    seed: Number(process.env.SEED ?? 1),
    interruptAfterTimeLimit: 90_000,
    markInterruptAsFailure: true,
  });
  // Else the parts are not parts.
  expect(done).toBeGreaterThan(1);
}, 120_000);
