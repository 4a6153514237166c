import { describe, expect, it } from 'vitest';
import { createEstate, type Estate, GIB } from '../planner/estate.ts';
import { infrastructure, sourceOf, stack } from '../planner/texts.ts';

const ARRAYS = ['array-1', 'array-2'];
const INFRASTRUCTURE = infrastructure({ arrays: ARRAYS, pools: ['fast', 'slow'] });
const PLAN = [INFRASTRUCTURE, stack({ volumes: { a: null } })];

const estateOf = (poolBytes = 100 * GIB): Promise<Estate> =>
  createEstate({ poolBytes, arrays: [{ name: 'sim-1' }, { name: 'sim-2' }] });

async function ask(estate: Estate, address: string, pool: string, texts?: readonly string[]) {
  const { whyNot } = await estate.run('why-not', { address, pool, ...(texts ? { source: sourceOf(texts) } : {}) });
  return whyNot!;
}

const refusing = (answer: Awaited<ReturnType<typeof ask>>): string[] =>
  answer.verdicts.filter(({ misses }) => misses.length > 0).map(({ filter }) => filter);

describe('why-not', () => {
  it('of a volume that is there says so, by any name of the pool', async () => {
    const estate = await estateOf();
    await estate.applied(PLAN);
    for (const pool of ['array-1/fast', 'pool.array-1/fast', 'ARRAY-1/FAST']) {
      expect(await ask(estate, 's/volume.a', pool)).toMatchObject({
        address: 's/volume.a',
        pool: 'array-1/fast',
        answer: 'there',
      });
    }
  });

  it('lists every filter, with what a refusing one needed and what it had, and the nearest miss', async () => {
    const estate = await estateOf();
    const texts = [INFRASTRUCTURE, stack({ volumes: { big: 'size: 250GiB' } })];
    const answer = await ask(estate, 'big', 'array-2/slow', texts);
    expect(answer).toMatchObject({
      answer: 'refused',
      nearestMiss: 'needs 50 GiB more on array-2/slow (subscription limit 200 %)',
      verdicts: [
        { filter: 'virtual-array', misses: [] },
        { filter: 'managed', misses: [] },
        { filter: 'usable', misses: [] },
        { filter: 'provisioning', misses: [] },
        { filter: 'thin-pre-allocation', misses: [] },
        { filter: 'system-type', misses: [] },
        { filter: 'protocols', misses: [] },
        { filter: 'raid-level', misses: [] },
        { filter: 'drive-type', misses: [] },
        { filter: 'tiering-policy', misses: [] },
        { filter: 'io-limits', misses: [] },
        { filter: 'compression', misses: [] },
        { filter: 'deduplication', misses: [] },
        { filter: 'long-term-retention', misses: [] },
        { filter: 'consistency-groups', misses: [] },
        { filter: 'paths', misses: [] },
        { filter: 'assigned-pools', misses: [] },
        { filter: 'chosen-pools', misses: [] },
        { filter: 'volume-size', misses: [] },
        { filter: 'volume-count', misses: [] },
        { filter: 'capacity', misses: [{ needed: '250 GiB', had: '200 GiB left', lackBytes: 50 * GIB }] },
        { filter: 'system-volume-count', misses: [] },
      ],
    });
    expect(answer.lines.at(-1)).toBe('array-2/slow is refused by capacity');
  });

  it('names all that refuse, not only the first', async () => {
    const estate = await estateOf();
    await estate.applied([infrastructure({ arrays: ARRAYS }), stack({ volumes: { a: null } })]);
    const texts = [infrastructure({ arrays: ARRAYS }), stack({ volumes: { a: null, big: 'size: 250GiB' } })];
    expect(refusing(await ask(estate, 'big', 'array-2/slow', texts))).toEqual(['managed', 'capacity']);
  });

  it('of a volume in a consistency group says that the others of the group are elsewhere', async () => {
    const estate = await estateOf(1_000 * GIB);
    const gold = INFRASTRUCTURE.replace('provisioning: thin,', 'provisioning: thin, multiVolumeConsistency: true,');
    const cg = 'size: 10GiB, consistencyGroup: cg';
    const texts = [gold, stack({ volumes: { a: cg, b: cg }, more: 'consistencyGroups: { cg: {} }' })];
    const answer = await ask(estate, 'b', 'array-2/fast', texts);
    expect(answer.answer).toBe('refused');
    expect(refusing(answer)).toEqual(['one-system']);
    expect(answer.nearestMiss).toMatch(
      /^one storage system for all: needed array-1, with .* left to grow, had array-2/,
    );
    expect((await ask(estate, 'b', 'array-1/fast', texts)).verdicts.map(({ filter }) => filter)).not.toContain(
      'one-system',
    );
  });

  it('knows pools of storage systems outside the virtual array', async () => {
    const estate = await estateOf();
    const outside = INFRASTRUCTURE.replace('storageSystems: [array-1, array-2] }', 'storageSystems: [array-1] }');
    expect(refusing(await ask(estate, 'a', 'array-2/fast', [outside, PLAN[1]!]))).toEqual(['virtual-array']);
    await estate.applied([outside, PLAN[1]!]);
    const recorded = await ask(estate, 's/volume.a', 'array-2/fast');
    expect(refusing(recorded)).toEqual(['virtual-array']);
    expect(recorded.lines).toContain("is in array-1/fast, and stays there: volumes don't move by themselves");
  });

  it('of a pool that would do says which was better and by what', async () => {
    const estate = await estateOf(1_000 * GIB);
    estate.edit({ edit: 'add-volume', name: 'theirs', pool: 'slow', sizeBytes: 200 * GIB, provisioning: 'thick' });
    const answer = await ask(estate, 'a', 'array-1/slow', PLAN);
    expect(answer.answer).toBe('outscored');
    expect(answer.lines.at(-1)).toBe(
      'array-1/slow fits, but array-1/fast is better: room 100 % x 32 (1.94 TiB left for more like it) against room 97.7 % x 32 (1.75 TiB left for more like it); it is number 4 of 4 that fit',
    );
    const tie = await ask(estate, 'a', 'array-2/slow', PLAN);
    expect(tie.lines.at(-1)).toContain('a tie, decided by name');
    expect((await ask(estate, 'a', 'array-1/fast', PLAN)).answer).toBe('chosen');
  });

  it('counts what the same files place before it: why-not, explain and plan agree on every volume', async () => {
    const estate = await estateOf(10_000 * GIB);
    const volumes = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`v${n}`, `size: ${(n % 3) * 15 + 10}GiB`]));
    const texts = [INFRASTRUCTURE, stack({ volumes })];
    const plan = await estate.planned(texts);
    const homes = new Set<string>();
    for (const name of Object.keys(volumes)) {
      const { facts } = plan.changes.find(({ address }) => address === `s/volume.${name}`)!;
      const home = `${facts.system}/${facts.pool}`;
      homes.add(home);
      expect((await ask(estate, `s/volume.${name}`, home, texts)).answer, name).toBe('chosen');
      const { explanation } = await estate.run('explain', { address: name, source: sourceOf(texts) });
      expect(explanation!.lines[1], name).toContain(`goes to ${home}:`);
    }
    expect(homes.size).toBeGreaterThan(2);
  });

  it('writes nothing', async () => {
    const estate = await estateOf();
    await estate.applied(PLAN);
    const before = [await estate.revision(), estate.changes.length];
    await ask(estate, 's/volume.a', 'array-2/slow');
    expect([await estate.revision(), estate.changes.length]).toEqual(before);
  });

  it.each([
    { pool: 'fast', code: 'COPRHD-STATE-007', says: 'array-1/fast, array-2/fast' },
    { pool: 'array-1/fsat', code: 'COPRHD-STATE-005', says: 'did you mean array-1/fast?' },
    { pool: 'no-such/thing', code: 'COPRHD-STATE-005', says: 'coprhd device list' },
  ])('refuses $pool in words', async ({ pool, code, says }) => {
    const estate = await estateOf();
    await estate.applied(PLAN);
    const error = await estate.run('why-not', { address: 'a', pool }).catch((thrown: unknown) => thrown);
    const [diagnostic] = (error as { diagnostics: { code: string; detail?: string; fix?: string }[] }).diagnostics;
    expect(diagnostic!.code).toBe(code);
    expect(`${diagnostic!.detail} ${diagnostic!.fix}`).toContain(says);
  });

  it('is about volumes only', async () => {
    const estate = await estateOf();
    await estate.applied(PLAN);
    await expect(estate.run('why-not', { address: 'host.h1', pool: 'fast' })).rejects.toMatchObject({
      diagnostics: [{ code: 'COPRHD-STATE-005' }],
    });
  });
});
