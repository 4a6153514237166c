/** What is on storage systems and is nobody's here: listed as it was seen, and taken over by name, with whom it is shown to. */
import { describe, expect, it } from 'vitest';
import type { InputOf } from '../../../src/engine/operations/types.ts';
import { createEstate, type Estate, GIB, lines } from '../planner/estate.ts';
import { infrastructure, iqn, stack } from '../planner/texts.ts';

const HAND = [
  { name: 'free', mappings: [] },
  { name: 'data', mappings: [{ mask: 'by-hand', hlu: 5 }] },
  { name: 'log', mappings: [{ mask: 'by-hand', hlu: 6 }] },
  { name: 'theirs', mappings: [{ mask: 'unknown', hlu: 1 }] },
] as const;

/** Two volumes of ours; four that somebody made by hand, of which host h2 has two, and nobody that is known has one. */
async function estateByHand(): Promise<Estate> {
  const estate = await createEstate({ arrays: [{}] });
  await estate.applied([
    infrastructure(),
    stack({ volumes: { ours: '', seen: '' }, exports: { e: 'host: h1, volumes: [seen]' } }),
  ]);
  for (const { name } of HAND)
    estate.edit({ edit: 'add-volume', name, pool: 'fast', sizeBytes: GIB, provisioning: 'thin' });
  for (const [mask, initiator] of [
    ['by-hand', iqn('h2')],
    ['unknown', iqn('stranger')],
  ] as const) {
    const mappings = HAND.flatMap(({ name, mappings: all }) =>
      all.flatMap((each) => (each.mask === mask ? [{ volume: name, hlu: each.hlu }] : [])),
    );
    estate.edit({ edit: 'add-mask', name: mask, initiators: [initiator], mappings });
  }
  return estate;
}

const found = async (estate: Estate) => {
  const { volumes, masks, unseen } = await estate.run('foreign.list', {});
  return {
    volumes: volumes.map(({ name }) => name).sort(),
    masks: masks.map(({ name, ours }) => `${name}${ours ? ' (ours)' : ''}`).sort(),
    unseen,
  };
};

async function asked(estate: Estate, names: readonly string[], more: Partial<InputOf<'foreign.adopt'>> = {}) {
  const nativeIds = names.map((name) => estate.show().volumes.find((each) => each.name === name)?.id ?? name);
  return estate.run('foreign.adopt', {
    ...{ system: 'array-1', nativeIds, project: 'p', virtualPool: 'gold', virtualArray: 'dc1', ...more },
  });
}

async function adopted(estate: Estate, names: readonly string[], more: Partial<InputOf<'foreign.adopt'>> = {}) {
  const result = await asked(estate, names, more);
  expect(result.plan, JSON.stringify(result.diagnostics)).toBeDefined();
  const ran = await estate.run('apply', { plan: result.plan!, skipHeld: false, claimWaitMs: 0 });
  expect(ran.outcome, JSON.stringify(ran.diagnostics)).toBe('ok');
  return result;
}

describe('what is nobody’s', () => {
  it('is listed as it was seen last, and asks no device', async () => {
    const estate = await createEstate({ arrays: [{}] });
    await estate.applied(infrastructure());
    const fresh = await estateByHand();
    expect((await found(fresh)).volumes).not.toContain('free');
    await fresh.run('discover', {});
    fresh.takeDown('sim-1');
    expect(await found(fresh)).toEqual({
      volumes: ['data', 'free', 'log', 'theirs'],
      masks: ['by-hand', 'unknown'],
      unseen: [],
    });
    const { volumes } = await fresh.run('foreign.list', { systems: ['array-1'] });
    const data = volumes.find(({ name }) => name === 'data')!;
    expect(data).toMatchObject({ systemName: 'array-1', poolName: 'fast', sizeBytes: GIB, provisioning: 'thin' });
    expect(data.masks).toHaveLength(1);
    expect(data).not.toHaveProperty('why');
  });

  it('of a mask of ours that somebody has added to, both are listed', async () => {
    const estate = await estateByHand();
    const mask =
      estate.show().masks.find(({ mappings }) => mappings.some(({ hlu }) => hlu !== 5 && hlu !== 6 && hlu !== 1)) ??
      estate.show().masks[0]!;
    estate.edit({ edit: 'add-mapping', mask: mask.name, volume: 'free', hlu: 99 });
    await estate.run('discover', {});
    expect((await found(estate)).masks.some((name) => name.endsWith('(ours)'))).toBe(true);
  });
});

describe('taken over', () => {
  it('a volume stays as it is, is of no file, and is quarantined when it is removed', async () => {
    const estate = await estateByHand();
    const before = estate.show().volumes.find(({ name }) => name === 'free')!;
    const { plan, declared, skipped } = await adopted(estate, ['free']);
    expect([lines(plan!), skipped]).toEqual([['adopt volume.free'], []]);
    expect(declared).toMatchObject([{ address: 'volume.free', nativeId: before.id }]);
    const { record } = await estate.record('volume', 'free');
    expect(record).toMatchObject({
      owner: { type: 'api' },
      policy: { protect: false, onRemove: 'quarantine' },
      spec: { sizeBytes: GIB },
      status: { phase: 'ready', device: { nativeId: before.id, wwn: before.wwn, origin: 'imported' } },
    });
    const { tag: _tag, ...after } = estate.show().volumes.find(({ name }) => name === 'free')! as Record<
      string,
      unknown
    >;
    expect(after).toMatchObject({ id: before.id, wwn: before.wwn, sizeBytes: before.sizeBytes });
    await estate.run('discover', {});
    expect((await found(estate)).volumes).toEqual(['data', 'log', 'theirs']);
  });

  it('with its host: who sees it and at which number stays, and the host’s other volumes there come along', async () => {
    const estate = await estateByHand();
    const shown = () =>
      JSON.stringify(estate.show().masks, (key, value: unknown) =>
        key === 'tag' || key === 'mark' ? undefined : value,
      );
    const before = shown();
    const { declared } = await adopted(estate, ['data', 'log'], { host: 'h2' });
    expect(declared.map(({ address }) => address)).toEqual(['volume.data', 'volume.log', 'export.h2']);
    expect(shown()).toBe(before);
    const maps = (await estate.records('lunMap')).map(({ record }) => `${record.name} ${record.spec.hlu}`);
    expect(maps).toEqual(expect.arrayContaining(['data@h2 5', 'log@h2 6']));
    // It is changed like any other from now on.
    await estate.run('discover', {});
    expect(await found(estate)).toEqual({ volumes: ['free', 'theirs'], masks: ['unknown'], unseen: [] });
  });

  it('leaves out what can not be, says why, and takes the rest', async () => {
    const estate = await estateByHand();
    const { skipped, plan } = await asked(estate, ['free', 'data', 'gone', 'theirs', 'seen-x']);
    expect(lines(plan!)).toEqual(['adopt volume.free']);
    expect(skipped.map(({ name, why }) => `${name}: ${why}`)).toEqual([
      'data: it is exported',
      'gone: array-1 has no volume gone',
      'theirs: it is exported',
      'seen-x: array-1 has no volume seen-x',
    ]);
    const toOther = await asked(estate, ['data', 'log'], { host: 'h1' });
    expect([toOther.outcome, toOther.plan]).toEqual(['error', undefined]);
    expect(toOther.skipped.map(({ why, fix }) => `${why}; ${fix}`)).toEqual(
      Array(2).fill('by-hand of array-1 shows it to host h2; name host h2'),
    );
    const stranger = await asked(estate, ['theirs'], { host: 'h1' });
    expect(stranger.diagnostics[0]?.summary).toContain('shows it to initiators of no host');
    const alone = await asked(estate, ['free'], { host: 'h1' });
    expect(alone.skipped[0]?.why).toBe('it is exported to nobody');
    expect(estate.changes.filter((change) => /mark/i.test(change))).toHaveLength(0);
  });

  it('what else a mask shows stays as it is, and can not be taken over by itself any more', async () => {
    const estate = await estateByHand();
    await adopted(estate, ['data'], { host: 'h2' });
    expect(
      estate
        .show()
        .masks.find(({ name }) => name === 'by-hand')!
        .mappings.map(({ hlu }) => hlu),
    ).toEqual([5, 6]);
    await estate.run('discover', {});
    expect(await found(estate)).toMatchObject({
      volumes: ['free', 'log', 'theirs'],
      masks: ['by-hand (ours)', 'unknown'],
    });
    const { skipped } = await asked(estate, ['log'], { host: 'h2' });
    expect(skipped[0]?.why).toBe(
      'it is mapped by by-hand, which is ours: what it shows comes along when it is taken over, and not later',
    );
  });

  it('is refused where the names of what it belongs to aren’t known, or the virtual pool does not fit', async () => {
    const estate = await estateByHand();
    await expect(asked(estate, ['free'], { project: 'nobody' })).rejects.toMatchObject({ outcome: 'error' });
    await expect(asked(estate, ['free'], { virtualPool: 'nothing' })).rejects.toMatchObject({ outcome: 'error' });
    const thick = await asked(estate, ['free'], { virtualPool: 'thick' });
    expect(thick.skipped[0]?.why).toContain('it is thin, virtual pool thick is thick');
    estate.takeDown('sim-1');
    await expect(asked(estate, ['free'])).rejects.toMatchObject({ outcome: 'error' });
  });
});
