/** Snapshots and full copies, declared: made, kept, shown, removed, refused. */
import { describe, expect, it } from 'vitest';
import { codes, createEstate, type Estate, GIB, lines, TIB } from './estate.ts';
import { infrastructure, stack } from './texts.ts';

const INFRASTRUCTURE = infrastructure({ pools: ['fast', 'slow'] }).replace(
  'provisioning: thin,',
  'provisioning: thin, multiVolumeConsistency: true,',
);
const SNAPSHOT = 'snapshots: { before: { volume: a, protect: false, onRemove: delete } }';

const stored = (estate: Estate, name: RegExp) => estate.show().volumes.find((each) => name.test(each.name));
const contentOf = (estate: Estate, name: RegExp) => stored(estate, name)?.content;
const write = (estate: Estate, name: RegExp, content: string) =>
  estate.edit({ edit: 'write-content', volume: stored(estate, name)!.name, content });

async function withSnapshot(fields = 'onRemove: delete'): Promise<Estate> {
  const estate = await createEstate({ poolBytes: TIB });
  await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: fields } })]);
  write(estate, /^a-/, 'A');
  await estate.applied(stack({ volumes: { a: fields }, more: SNAPSHOT }));
  return estate;
}

describe('a snapshot', () => {
  it('holds what its volume held when it was taken, and the second plan is empty', async () => {
    const estate = await withSnapshot();
    write(estate, /^a-/, 'B');
    expect(contentOf(estate, /^before-/)).toBe('A');
    expect(contentOf(estate, /^a-/)).toBe('B');
    const same = stack({ volumes: { a: 'onRemove: delete' }, more: SNAPSHOT });
    expect(lines(await estate.planned(same))).toEqual([]);
    expect((await estate.run('drift', {})).items).toEqual([]);
  });

  it('is taken of a volume that the same plan makes, after it', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null }, more: SNAPSHOT })]);
    const [volume, snapshot] = [stored(estate, /^a-/)!, stored(estate, /^before-/)!];
    expect(snapshot.snapshot).toMatchObject({ source: volume.id });
    expect(snapshot.wwn).not.toBe(volume.wwn);
  });

  it('keeps the room that it may still take from new volumes, whatever it takes now', async () => {
    const estate = await createEstate({ poolBytes: 100 * GIB });
    const volume = 'virtualPool: thick, size: 40GiB';
    const taken = stack({ volumes: { a: volume }, more: SNAPSHOT });
    await estate.applied([infrastructure(), taken]);
    expect((await estate.ledger('fast'))?.committed).toMatchObject({ allocatedBytes: 48 * GIB });
    const more = (size: string) =>
      stack({ volumes: { a: volume, b: `virtualPool: thick, size: ${size}` }, more: SNAPSHOT });
    expect(codes(await estate.plan(more('33GiB')))).toEqual(['COPRHD-PLACE-001']);
    await estate.applied(more('32GiB'));
  });

  it('goes with its volume and before it, and without it keeps the volume', async () => {
    const estate = await withSnapshot();
    const plan = await estate.planned(stack({ volumes: {} }));
    expect(lines(plan)).toEqual(['delete s/snapshot.before', 'delete s/volume.a']);
    const [first, second] = plan.units;
    expect(second?.dependsOn).toEqual([first?.id]);
    expect(plan.removals.volumes).toBe(2);

    const kept = await estate.planned(stack({ volumes: {}, more: 'snapshots: { before: { existing: true } }' }));
    expect(lines(kept)).toEqual(['held s/volume.a COPRHD-HELD-004']);
    expect(kept.changes[0]?.held?.diagnostic.summary).toBe('s/volume.a has copies: s/snapshot.before');
    await estate.applied(stack({ volumes: {} }));
    expect(estate.show().volumes).toEqual([]);
    expect((await estate.ledger('fast'))?.committed).toMatchObject({ subscribedBytes: 0, volumes: 0 });
  });

  it('goes after the copies of it, and copies after the copies of them, in one plan', async () => {
    const estate = await withSnapshot();
    const volumes = {
      a: 'onRemove: delete',
      b: 'copyOf: { snapshot: before }, onRemove: delete',
      c: 'copyOf: b, onRemove: delete',
    };
    const more = SNAPSHOT.replace(' } }', ' }, of-c: { volume: c, protect: false, onRemove: delete } }');
    await estate.applied(stack({ volumes, more }));
    const plan = await estate.planned(stack({ volumes: {} }));
    expect(lines(plan).filter((line) => line.startsWith('held'))).toEqual([]);
    await estate.applied(stack({ volumes: {} }));
    expect(estate.show().volumes).toEqual([]);
  });

  it('is protected and quarantined unless its file says otherwise, and comes back', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const declared = (fields: string) => stack({ volumes: { a: null }, more: `snapshots: { before: { ${fields} } }` });
    await estate.applied([INFRASTRUCTURE, declared('volume: a')]);
    const without = stack({ volumes: { a: null } });
    expect(lines(await estate.planned(without))).toEqual(['held s/snapshot.before COPRHD-HELD-002']);
    await estate.applied(declared('volume: a, protect: false'));
    await estate.applied(without);
    expect(stored(estate, /^quarantined-before-/)).toMatchObject({ quarantined: true });
    // It still needs the volume, which may only be quarantined as well.
    expect(lines(await estate.planned(stack({ volumes: {} })))).toEqual(['quarantine s/volume.a']);
    await estate.run('undelete', { address: 's/snapshot.before' }).then(async ({ plan }) => {
      expect(plan && lines(plan)).toEqual(['undelete s/snapshot.before']);
    });
  });

  it('is missing, not made anew, once somebody has deleted it on the device', async () => {
    const estate = await withSnapshot();
    estate.edit({ edit: 'delete-volume', volume: stored(estate, /^before-/)!.name });
    const plan = await estate.planned(stack({ volumes: { a: 'onRemove: delete' }, more: SNAPSHOT }));
    expect(lines(plan)).toEqual(['held s/snapshot.before COPRHD-HELD-001']);
  });

  it('stays of the volume that it was taken of', async () => {
    const estate = await withSnapshot();
    const moved = stack({
      volumes: { a: 'onRemove: delete', b: null },
      more: SNAPSHOT.replace('volume: a', 'volume: b'),
    });
    expect(codes(await estate.plan(moved))).toEqual(['COPRHD-PLAN-009']);
  });

  it('is refused, with those that can, where the storage system takes none', async () => {
    const estate = await createEstate({ poolBytes: TIB, arrays: [{ model: 'Simulated entry array' }, {}] });
    const two = infrastructure({ arrays: ['array-1', 'array-2'] });
    const placed = stack({ volumes: { a: 'placement: { require: ["array-1/*"] }' }, more: SNAPSHOT });
    const result = await estate.plan([two, placed]);
    expect(codes(result)).toEqual(['COPRHD-DEVICE-007']);
    expect(result.diagnostics[0]).toMatchObject({
      summary: "s/snapshot.before: array-1 can't take snapshots, and a is on it",
      detail: 'these can: array-2',
    });
  });

  it('reserves room for what is overwritten, and is refused without it', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const large = { a: 'size: 1900GiB' };
    await estate.applied([infrastructure({ pools: ['fast'] }), stack({ volumes: large })]);
    expect(codes(await estate.plan(stack({ volumes: large, more: SNAPSHOT })))).toEqual(['COPRHD-PLACE-001']);
  });
});

describe('snapshots of one set', () => {
  const GROUP = 'consistencyGroups: { cg: {} }';
  const members = { a: 'consistencyGroup: cg', b: 'consistencyGroup: cg', c: null };
  const set = (names: readonly string[]) =>
    `snapshots: { ${names.map((name) => `s-${name}: { volume: ${name}, set: nightly, protect: false }`).join(', ')} }`;

  it('of one consistency group are one call, all or none', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const all = stack({ volumes: members, more: `${GROUP}\n${set(['a', 'b'])}` });
    const { units } = await estate.planned([INFRASTRUCTURE, all]);
    const taking = units.filter(({ steps }) => steps.some(({ kind }) => kind === 'snapshot.create'));
    expect(taking).toHaveLength(1);
    expect(taking[0]?.writes).toHaveLength(2);
    await estate.applied([INFRASTRUCTURE, all]);
    const [one, two] = [stored(estate, /^s-a-/)?.snapshot, stored(estate, /^s-b-/)?.snapshot];
    expect(one?.set).toBe(two?.set);
    expect(lines(await estate.planned(all))).toEqual([]);
  });

  it('over more than one group are said not to be of one moment', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const all = stack({ volumes: members, more: `${GROUP}\n${set(['a', 'b', 'c'])}` });
    const result = await estate.plan([INFRASTRUCTURE, all]);
    expect(result.diagnostics.map(({ summary }) => summary)).toEqual([
      'the 3 snapshots of set nightly are not of one moment',
    ]);
  });

  it('leave nothing behind when the device refuses them, and are made by the next apply', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied([INFRASTRUCTURE, stack({ volumes: members, more: GROUP })]);
    const all = stack({ volumes: members, more: `${GROUP}\n${set(['a', 'b'])}` });
    estate.fault({ operation: 'ensureSnapshots', before: 'invalid', times: 1 });
    expect((await estate.apply(all)).outcome).not.toBe('ok');
    expect(estate.show().volumes.filter(({ snapshot }) => snapshot)).toEqual([]);
    expect((await estate.records('snapshot')).filter(({ record }) => record.status.phase !== 'deleted')).toEqual([]);
    await estate.applied(all);
  });

  it('are found again when the answer was lost', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const all = stack({ volumes: members, more: `${GROUP}\n${set(['a', 'b'])}` });
    await estate.applied([INFRASTRUCTURE, stack({ volumes: members, more: GROUP })]);
    estate.fault({ operation: 'ensureSnapshots', after: true });
    await estate.applied(all);
    expect(estate.show().volumes.filter(({ snapshot }) => snapshot)).toHaveLength(2);
  });
});

describe('a full copy', () => {
  const copy = (fields = '') => ({ a: 'onRemove: delete', b: `copyOf: a, onRemove: delete${fields}` });

  it('holds what its source held, in another pool of the same storage system', async () => {
    const estate = await createEstate({ poolBytes: TIB, arrays: [{}, {}] });
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: 'onRemove: delete' } })]);
    write(estate, /^a-/, 'A');
    await estate.applied(stack({ volumes: copy() }));
    expect(contentOf(estate, /^b-/)).toBe('A');
    expect(stored(estate, /^b-/)?.pool).not.toBe(stored(estate, /^a-/)?.pool);
    expect(lines(await estate.planned(stack({ volumes: copy() })))).toEqual([]);
    write(estate, /^a-/, 'B');
    expect(contentOf(estate, /^b-/)).toBe('A');
  });

  it('is made of what the same plan makes, and of snapshots, in their order', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied([
      INFRASTRUCTURE,
      stack({ volumes: { c: 'copyOf: { snapshot: before }', ...copy(), d: 'copyOf: b' }, more: SNAPSHOT }),
    ]);
    expect(estate.show().volumes).toHaveLength(5);
  });

  it('is not smaller than its source, and in no circle', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: null } })]);
    const small = await estate.plan(stack({ volumes: { a: null, b: 'size: 5GiB, copyOf: a' } }));
    expect(codes(small)).toEqual(['COPRHD-PLAN-009']);
    const circle = await estate.plan(stack({ volumes: { a: null, b: 'copyOf: c', c: 'copyOf: b' } }));
    expect(codes(circle)).toEqual(['COPRHD-PLAN-009', 'COPRHD-PLAN-009']);
    const late = await estate.plan(stack({ volumes: { a: 'copyOf: z', z: null } }));
    expect(late.diagnostics[0]?.summary).toBe('s/volume.a has data of its own: it does not become a copy of z');
  });

  it('keeps its source until it is detached', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied([INFRASTRUCTURE, stack({ volumes: copy() })]);
    const alone = await estate.plan(stack({ volumes: { a: null, b: null } }));
    expect(alone.diagnostics[0]).toMatchObject({
      summary: 's/volume.b is a copy of a still',
      fix: 'coprhd copy detach s/volume.b, then remove `copyOf`',
    });
    expect(lines(await estate.planned(stack({ volumes: {} })))).toEqual(['delete s/volume.b', 'delete s/volume.a']);
  });

  it('is undone, and its volume with it, when it can not be filled', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: 'onRemove: delete' } })]);
    estate.fault({ operation: 'startCopy', before: 'invalid', times: 1 });
    expect((await estate.apply(stack({ volumes: copy() }))).outcome).not.toBe('ok');
    expect(estate.show().volumes).toHaveLength(1);
    await estate.applied(stack({ volumes: copy() }));
  });
});

describe('a copy that is shown', () => {
  const shown = (exports: Readonly<Record<string, string>>) =>
    stack({ volumes: { a: null, b: 'copyOf: a' }, exports, more: SNAPSHOT });

  it('is read-only where it is a snapshot, with the number that is asked for', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const texts = shown({
      e1: 'host: h1, volumes: [a]',
      e2: 'host: h2, volumes: [], snapshots: [{ snapshot: before, hlu: 7 }]',
    });
    await estate.applied([INFRASTRUCTURE, texts]);
    const snapshot = stored(estate, /^before-/)!;
    const mapped = estate
      .show()
      .masks.flatMap(({ mappings }) => mappings)
      .find(({ volume }) => volume === snapshot.id);
    expect(mapped?.hlu).toBe(7);
    expect(lines(await estate.planned(texts))).toEqual([]);
  });

  it('does not stand beside its source on a host, unless somebody says that its identities are its own', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    await estate.applied([INFRASTRUCTURE, shown({ e1: 'host: h1, volumes: [a]' })]);
    const both = await estate.plan(shown({ e1: 'host: h1, volumes: [a, b]' }));
    expect(codes(both)).toEqual(['COPRHD-PATH-003']);
    expect(both.diagnostics[0]?.summary).toMatch(
      /^s\/export\.e1: volume b has the same contents as s\/volume\.a \(WWN 6[0-9a-f]{31}\), which h1 sees/,
    );
    await estate.applied(shown({ e1: 'host: h1, volumes: [a, b], copies: identity-regenerated' }));
  });
});
