/** `explain` of snapshots, full copies and continuous copies: how they came to be, what keeps them, and what may be done to them now. */
import { describe, expect, it } from 'vitest';
import { explainView } from '../../../src/views/explain.ts';
import { expectGolden } from '../../views/golden.ts';
import { createEstate, DAY_MS, type Estate, GIB, TIB } from '../planner/estate.ts';
import { infrastructure, iqn, sourceOf, stack, type Texts } from '../planner/texts.ts';

const INFRASTRUCTURE = infrastructure({ pools: ['fast', 'slow'] }).replace(
  'provisioning: thin,',
  'provisioning: thin, multiVolumeConsistency: true,',
);
const CG = 'consistencyGroups: { cg: {} }';
const GROUP = { a: 'consistencyGroup: cg', b: 'consistencyGroup: cg' };
const FREE = 'protect: false, onRemove: delete';

async function explained(estate: Estate, address: string, texts?: Texts) {
  const result = await estate.run('explain', { address, ...(texts ? { source: sourceOf(texts) } : {}) });
  if (!result.explanation) throw new Error(result.diagnostics.map(({ summary }) => summary).join('\n'));
  const text = explainView.human(result, { width: 120, color: false, nowMs: 0 }).join('\n');
  return { ...result.explanation, text };
}

type Asked = Parameters<Estate['run']>[0];
async function done(estate: Estate, name: Asked, input: object): Promise<void> {
  const { plan } = (await estate.run(name, input as never)) as { plan?: { removals: { volumes: number } } };
  const confirmDestroy = plan!.removals.volumes;
  const result = await estate.run('apply', { plan: plan as never, skipHeld: false, claimWaitMs: 0, confirmDestroy });
  expect(result.outcome, JSON.stringify(result.diagnostics)).toBe('ok');
}

const pools = (snapshots: Readonly<Record<string, 'full-copy' | 'copy-on-write'>>) => [
  { pools: Object.entries(snapshots).map(([name, how]) => ({ name, totalBytes: TIB, snapshots: how })) },
];
const oneArray = (how: 'full-copy' | 'copy-on-write') => createEstate({ arrays: pools({ fast: how, slow: how }) });

const MADE = {
  cow: 'made by copy-on-write: pool array-1/fast shares blocks; it grows as the volume is overwritten, and 20 % of the volume are reserved',
  full: 'made by full copy: pool array-1/fast shares no blocks of a volume with its snapshots; all of the volume is reserved',
};
const CRASH = 'crash-consistent, as after a power failure';

describe('explain of a snapshot', () => {
  it('says by which method it was made and by what fact, who took it, what needs it and what may be done', async () => {
    const estate = await oneArray('full-copy');
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: FREE } })]);
    await done(estate, 'snapshot.take', { name: 'before', of: 's/volume.a', protect: false, onRemove: 'delete' });
    await done(estate, 'copy.make', { name: 'dev', of: 'snapshot.before', protect: false });
    const { text, copy, neededBy } = await explained(estate, 'before');
    expectGolden('explain-snapshot.txt', `${text}\n`);
    expect(copy).toMatchObject({
      ...{ form: 'snapshot', of: 's/volume.a', state: 'ready', method: 'full-copy', poolSays: 'full-copy' },
      ...{ consistency: 'crash', together: [], verbs: [{ verb: 'restore', command: expect.any(String) }] },
    });
    expect(neededBy).toEqual(['volume.dev']);
  });

  it('names a pool of its set that shares no blocks, where its own does', async () => {
    const estate = await createEstate({ arrays: pools({ fast: 'copy-on-write', slow: 'full-copy' }) });
    const more = `${CG}\nsnapshots: { s-a: { volume: a, set: s, ${FREE} }, s-b: { volume: b, set: s, ${FREE} } }`;
    await estate.applied([INFRASTRUCTURE, stack({ volumes: GROUP, more: CG })]);
    const on = (await estate.records('volume')).map(({ record }) => record.status.device!.pool);
    expect(new Set(on).size).toBe(2);
    await estate.applied(stack({ volumes: GROUP, more }));
    const lines = (await Promise.all(['s-a', 's-b'].map((name) => explained(estate, name)))).map(
      ({ lines: all }) => all[1],
    );
    expect(lines.sort()).toEqual([
      'made by full copy: all of its set is, and pool array-1/slow shares no blocks of a volume with its snapshots; all of the volume is reserved',
      'made by full copy: pool array-1/slow shares no blocks of a volume with its snapshots; all of the volume is reserved',
    ]);
  });

  it('says which hosts were at rest for it, with which it is of one moment, and where it is declared', async () => {
    const estate = await oneArray('copy-on-write');
    const hook = `quiesce: { endpoint: "ssh://root@h1", hostKey: "SHA256:${'A'.repeat(43)}", credential: "env:X", freeze: [/f], thaw: [/t] }`;
    const hosts = `hosts:\n  h1: { type: linux, initiators: [{ iqn: "${iqn('h1')}", network: san }], ${hook} }\n`;
    const texts = infrastructure({ pools: ['fast', 'slow'], hosts: {}, clusters: {} });
    const group = texts.replace('provisioning: thin,', 'provisioning: thin, multiVolumeConsistency: true,');
    const exports = { e: 'host: h1, volumes: [a]' };
    const set = `${CG}\nsnapshots: { s-a: { volume: a, set: s, quiesce: true }, s-b: { volume: b, set: s } }`;
    await estate.applied([`${group}${hosts}`, stack({ volumes: GROUP, exports, more: CG })]);
    estate.openHost = async () => ({ freeze: async () => {}, thaw: async () => 'asked', close: async () => {} });
    const before = await explained(estate, 's/snapshot.s-a', [
      `${group}${hosts}`,
      stack({ volumes: GROUP, exports, more: set }),
    ]);
    expect(before.lines).toEqual([
      expect.stringMatching(/^is taken of s\/volume.a by the apply of this plan \(new in /),
      MADE.cow,
      'application-consistent, freezing h1, of one moment with 1 more of set s',
    ]);
    expect(before.copy).toMatchObject({ state: 'planned', method: 'copy-on-write' });
    await estate.applied(stack({ volumes: GROUP, exports, more: set }));
    const { lines, copy } = await explained(estate, 's/snapshot.s-a');
    expect(lines.slice(1)).toEqual([
      MADE.cow,
      'application-consistent: the applications of h1 were at rest when it was taken',
      expect.stringMatching(/^hosts were at rest for it for \d+ ms at most$/),
      'of set s of s/consistencyGroup.cg: of one moment with s/snapshot.s-b',
      expect.stringMatching(/^taken by .*, declared in /),
      'stays as long as it is declared; then it is quarantined, once it is not protected any more',
      'may be done now: coprhd snapshot restore s/snapshot.s-a',
    ]);
    expect(copy).toMatchObject({ consistency: 'application', hosts: ['h1'], together: ['s/snapshot.s-b'] });
    const [, entry] = (await estate.records('snapshot')).map(({ record }) => record.spec.quiesceHosts);
    expect(entry).toEqual([(await estate.record('host', 'h1')).record.urn]);
  });

  it('says why its applications were not at rest where they should have been', async () => {
    const estate = await oneArray('copy-on-write');
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: FREE } })]);
    await done(estate, 'snapshot.take', { name: 'now', of: 's/volume.a' });
    const { record } = await estate.record('snapshot', 'now');
    const device = { ...record.status.device!, notQuiescedWhy: 'host h1: the freeze command: no' };
    await estate.put({ ...record, status: { ...record.status, device } }, await estate.record('snapshot', 'now'));
    const { lines, copy } = await explained(estate, 'now');
    expect(lines).toContain(
      `${CRASH}: applications should have been at rest, and were not (host h1: the freeze command: no)`,
    );
    expect(copy).toMatchObject({ consistency: 'crash', notQuiescedWhy: 'host h1: the freeze command: no' });
  });

  it('says which policy took it for which moment, and when it goes', async () => {
    const estate = await oneArray('copy-on-write');
    const policies = 'snapshotPolicies: { daily: { every: 1d, keep: 2 } }';
    const following = (policy: string) => stack({ volumes: { a: policy } });
    await estate.applied([`${INFRASTRUCTURE}\n${policies}\n`, following('snapshotPolicy: daily')]);
    for (let day = 0; day < 2; day++) {
      estate.clock.advance(DAY_MS);
      expect(await estate.run('snapshot.run', {})).toMatchObject({ taken: 1 });
    }
    const moments = (await estate.records('snapshot'))
      .map(({ record }) => ({ name: record.name, momentMs: record.spec.policy!.momentMs }))
      .sort((a, b) => b.momentMs - a.momentMs);
    const [newest, oldest] = moments;
    const at = (timeMs: number) => new Date(timeMs).toISOString();
    expect((await explained(estate, newest!.name)).copy?.policy).toEqual({
      ...{ name: 'daily', momentMs: newest!.momentMs, place: 1, keep: 2, goesAtMs: newest!.momentMs + 2 * DAY_MS },
    });
    expect((await explained(estate, oldest!.name)).lines).toEqual(
      expect.arrayContaining([
        `taken by policy daily for ${at(oldest!.momentMs)}`,
        `is number 2 of the newest 2 that stay: it goes with the next one, not before ${at(newest!.momentMs + DAY_MS)}`,
      ]),
    );
    await estate.applied(following('size: 10GiB'));
    expect((await explained(estate, oldest!.name)).lines).toContain(
      'its volume does not follow policy daily any more: it stays until somebody removes it',
    );
  });

  it('in quarantine says until when', async () => {
    const estate = await oneArray('copy-on-write');
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: FREE } })]);
    await done(estate, 'snapshot.take', { name: 'n', of: 's/volume.a', protect: false, onRemove: 'quarantine' });
    await done(estate, 'resource.remove', { addresses: ['snapshot.n'] });
    const { lines, copy } = await explained(estate, 'snapshot.n');
    expect(copy).toMatchObject({ state: 'quarantined', untilMs: expect.any(Number), verbs: [] });
    expect(lines.find((line) => line.startsWith('was removed'))).toMatch(
      /quarantined until .*: coprhd undelete snapshot.n$/,
    );
  });
});

describe('explain of a volume', () => {
  it('that is a full copy says of what, in which state, what keeps its source, and what may not be done', async () => {
    const estate = await oneArray('copy-on-write');
    await estate.applied([INFRASTRUCTURE, stack({ volumes: GROUP, more: CG })]);
    await done(estate, 'copy.make', { name: 'dev', of: 's/consistencyGroup.cg', protect: false, count: 2 });
    const { text, copy } = await explained(estate, 'volume.dev-a-1');
    expectGolden('explain-full-copy.txt', `${text}\n`);
    expect(copy).toMatchObject({ form: 'full-copy', of: 'snapshot.dev-source-a', state: 'attached' });
    expect(copy?.verbs.map(({ verb, why }) => [verb, why === undefined])).toEqual([
      ['restore', false],
      ['resynchronise', true],
      ['detach', true],
    ]);
    await done(estate, 'copy.invoke', { verb: 'detach', addresses: ['volume.dev-a-1'] });
    expect((await explained(estate, 'volume.dev-a-1')).copy).toMatchObject({ state: 'detached', verbs: [] });
    expect((await explained(estate, 's/volume.a')).neededBy).toEqual(['snapshot.dev-source-a']);
    expect((await explained(estate, 's/volume.a')).lines.at(-1)).toBe(
      'is needed by snapshot.dev-source-a, and not removed before',
    );
    expect((await explained(estate, 'volume.dev-a-2')).lines.join('\n')).toContain(
      'goes with the last of them: this is the last',
    );
  });

  it('that has nothing to do with copies says nothing of them', async () => {
    const estate = await oneArray('copy-on-write');
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: FREE } })]);
    const { copy, neededBy, lines } = await explained(estate, 'a');
    expect({ copy, neededBy }).toEqual({});
    expect(lines.join('\n')).not.toContain('cop');
  });

  it('that follows another one says how far it is and which verbs its storage system would take now', async () => {
    const estate = await createEstate({ poolBytes: TIB, arrays: [{ zeroingBytesPerSecond: GIB }] });
    const following = stack({ volumes: { a: FREE, m: `copyOf: a, continuous: true, ${FREE}` } });
    await estate.applied([INFRASTRUCTURE, following]);
    const { text, copy } = await explained(estate, 's/volume.m');
    expectGolden('explain-mirror.txt', `${text}\n`);
    expect(copy).toMatchObject({ form: 'continuous-copy', of: 's/volume.a', state: 'synchronized', percent: 100 });
    expect(copy?.verbs.map(({ verb, why }) => (why === undefined ? verb : why))).toEqual(['pause', 'split']);
    await done(estate, 'copy.invoke', { verb: 'pause', addresses: ['s/volume.m'] });
    const paused = await explained(estate, 's/volume.m');
    expect(paused.copy?.state).toBe('paused');
    expect(paused.lines.at(-1)).toBe('may be done now: coprhd copy resume s/volume.m; coprhd copy split s/volume.m');
    const device = estate.show().volumes.find(({ name }) => /^m-/.test(name))!;
    estate.edit({ edit: 'mirror', volume: device.name, does: 'split' });
    const split = await explained(estate, 's/volume.m');
    expect(split.copy?.state).toBe('split');
    expect(split.lines).toContain('follows nobody on its storage system: somebody split it there');
    estate.takeDown('sim-1');
    expect((await explained(estate, 's/volume.m')).copy?.state).toBe('unknown');
    estate.bringUp('sim-1');
    await done(estate, 'copy.invoke', { verb: 'split', addresses: ['s/volume.m'] });
    expect((await explained(estate, 's/volume.m')).copy).toMatchObject({ state: 'split', verbs: [] });
  });

  it('is not split before it is in sync, and says so', async () => {
    const estate = await createEstate({ poolBytes: TIB, arrays: [{ zeroingBytesPerSecond: GIB }] });
    await estate.applied([INFRASTRUCTURE, stack({ volumes: { a: FREE, m: `copyOf: a, continuous: true, ${FREE}` } })]);
    const device = estate.show().volumes.find(({ name }) => /^m-/.test(name))!;
    const source = estate.show().volumes.find(({ name }) => /^a-/.test(name))!;
    estate.edit({ edit: 'mirror', volume: device.name, does: 'pause' });
    estate.edit({ edit: 'write-volume', volume: source.name, allocatedBytes: 8 * GIB });
    estate.edit({ edit: 'mirror', volume: device.name, does: 'follow', source: source.name });
    const { copy, lines } = await explained(estate, 's/volume.m');
    expect(copy).toMatchObject({ state: 'synchronizing' });
    expect(lines.at(-1)).toMatch(/^not split: s\/volume.m is \d+ % in sync: split now it would hold neither/);
  });
});
