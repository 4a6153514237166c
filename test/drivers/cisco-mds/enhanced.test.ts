/** Enhanced mode: what is said to the switch, line by line, and how failures end. */
import { describe, expect, it } from 'vitest';
import {
  abandoning,
  add,
  after,
  before,
  COMMIT,
  CONFIG,
  DIFF,
  editing,
  made,
  opening,
  PENDING,
  SAVE,
} from './enhanced-script.ts';
import {
  baseOf,
  delta,
  type Exchange,
  FABRIC,
  finding,
  port,
  reading,
  type State,
  scripted,
  status,
  statusText,
  VSAN,
} from './support.ts';

describe('a zone that is added', () => {
  const whole: Exchange[] = [
    ...opening(before),
    ...editing,
    [DIFF, PENDING],
    CONFIG,
    COMMIT,
    ['end'],
    status({ ...before, session: 'cli [coprhd]', last: 'Commit in progress' }),
    status({ ...before, last: 'Commit in progress' }),
    status({ ...after, last: 'Commit complete at 10:00:00 UTC' }),
    ...reading({ ...after, last: 'Commit complete at 10:00:00 UTC' }),
    SAVE,
  ];

  it('is made in our session, committed, waited for, read again and saved once', async () => {
    const { network, ctx, finish, written } = await scripted(whole);
    const { zoning, zones } = await network.applyZoneDelta(ctx(), await add());
    finish();
    expect(zones).toEqual([
      { name: 'made', kind: 'standard', defined: made.members, configurations: ['prod'], effective: made.members },
    ]);
    expect([zoning.effectiveConfiguration, zoning.pending, zoning.transaction]).toEqual(['prod', [], undefined]);
    expect(written).toEqual([
      'zoneset name prod vsan 100',
      'zone name made vsan 100',
      'member pwwn 10:00:00:00:c9:00:00:21',
      'member pwwn 10:00:00:00:c9:00:00:22',
      'zoneset name prod vsan 100',
      'member made',
      'zoneset activate name prod vsan 100',
      'zone commit vsan 100',
      'copy running-config startup-config',
    ]);
  });

  it('a second time is no write at all', async () => {
    const { network, ctx, finish, written } = await scripted([...whole, ...finding, ...reading(after)]);
    const first = await network.applyZoneDelta(ctx(), await add());
    expect(await network.applyZoneDelta(ctx(), await add())).toEqual(first);
    finish();
    expect(written).toHaveLength(9);
  });

  it('without activation is committed, and neither activated nor saved', async () => {
    const saved: State = { ...after, active: before.zones };
    const { network, ctx, finish, written } = await scripted([
      ...opening(before),
      ...editing.filter(([line]) => !line.startsWith('zoneset activate') && line !== 'exit').slice(0, 3),
      ['exit'],
      [`zoneset name prod vsan ${VSAN}`],
      ['member made'],
      ['end'],
      [DIFF, PENDING.replace(/\+zoneset activate.*\n/, '')],
      CONFIG,
      COMMIT,
      ['end'],
      status(saved),
      ...reading(saved),
    ]);
    const { zoning, zones } = await network.applyZoneDelta(ctx(), await add({ activate: false }));
    finish();
    expect(zoning.pending).toEqual([{ name: 'made', change: 'add' }]);
    expect(zones[0]?.effective).toBeUndefined();
    expect(written.filter((line) => /activate|copy/.test(line))).toEqual([]);
  });

  it('is committed also where the switch shows the edits once more and asks', async () => {
    const asking: Exchange = [
      COMMIT[0],
      {
        ask: `The following zoning changes are about to be committed\n${PENDING}Do you want to continue? (y/n) [n] `,
        ...{ expect: 'y', says: 'Commit operation initiated. Check zone status\n' },
      },
    ];
    const { network, ctx, finish } = await scripted(whole.map((one) => (one === COMMIT ? asking : one)));
    await network.applyZoneDelta(ctx(), await add());
    finish();
  });

  it('whose answer is lost is ambiguous, and the same delta again finds it done, and saves it', async () => {
    const lost: Exchange[] = [
      ...whole.slice(
        0,
        whole.findIndex(([line]) => line === COMMIT[0]),
      ),
      [COMMIT[0], { drop: true }],
    ];
    const { network, ctx, finish } = await scripted([
      ...lost,
      ['terminal length 0'],
      ...finding,
      ...reading(after),
      SAVE,
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({ class: 'ambiguous' });
    const { zones } = await network.applyZoneDelta(ctx(), await add());
    finish();
    expect(zones).toHaveLength(1);
  });

  it('that the fabric does not commit leaves everything as it was, our session too', async () => {
    const commit = whole.findIndex(([line]) => line === COMMIT[0]);
    const { network, ctx, finish, written } = await scripted([
      ...whole.slice(0, commit + 2),
      status({ ...before, session: 'cli [coprhd]', last: 'Operation failed: [Error: no resources on sw2]' }),
      ...abandoning({ ...before, last: 'Operation failed: [Error: no resources on sw2]' }),
    ]);
    const failure = network.applyZoneDelta(ctx(), await add());
    await expect(failure).rejects.toMatchObject({
      class: 'transient',
      message: 'VSAN 100 did not take the change: Operation failed: [Error: no resources on sw2]',
    });
    finish();
    expect(written).not.toContain('copy running-config startup-config');
  });

  it('that the fabric does not commit while somebody broke our lock and saved a zone is taken back whole: theirs is not ours to name', async () => {
    const commit = whole.findIndex(([line]) => line === COMMIT[0]);
    const last = 'Operation failed: [Error: no resources on sw2]';
    const beside: State = {
      ...before,
      zones: { ...before.zones, new_theirs: ['03', '04'] },
      active: before.zones,
      last,
    };
    const { network, ctx, finish } = await scripted([
      ...whole.slice(0, commit + 2),
      status(beside),
      status(beside),
      ...reading(beside),
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({ class: 'transient' });
    finish();
  });

  it('of which a member is refused is taken back whole', async () => {
    const { network, ctx, finish } = await scripted([
      ...opening(before),
      ...editing.slice(0, 1),
      ['member pwwn 10:00:00:00:c9:00:00:21', 'Zoning database full\n'],
      ['end'],
      ...abandoning(before),
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({ class: 'capacity' });
    finish();
  });

  it('and can’t be taken back is an error that says what is left', async () => {
    const { network, ctx, finish } = await scripted([
      ...opening(before),
      [`zone name made vsan ${VSAN}`, '% Permission denied for the role\n'],
      ['end'],
      ...abandoning(after),
    ]);
    const failure = network.applyZoneDelta(ctx(), await add());
    await expect(failure).rejects.toMatchObject({ class: 'ambiguous' });
    await expect(failure).rejects.toThrow(/Permission denied.*left these other than before: made, prod/);
    finish();
  });
});

it('a zone that is changed gains members before it loses any; one that is removed leaves the zoneset first', async () => {
  const state: State = { zones: { theirs: ['01', '02'], changed: ['11', '12'], gone: ['13', '14'] } };
  const done: State = { zones: { theirs: ['01', '02'], changed: ['11', '15'] } };
  const { network, ctx, finish, written } = await scripted([
    ...opening(state),
    [`zone name changed vsan ${VSAN}`],
    ['member pwwn 10:00:00:00:c9:00:00:15'],
    ['no member pwwn 10:00:00:00:c9:00:00:12'],
    ['exit'],
    [`zoneset name prod vsan ${VSAN}`],
    ['no member gone'],
    ['exit'],
    [`no zone name gone vsan ${VSAN}`],
    [`zoneset activate name prod vsan ${VSAN}`],
    ['end'],
    [DIFF, `-zone name gone vsan ${VSAN}\n`],
    CONFIG,
    COMMIT,
    ['end'],
    status(done),
    ...reading(done),
    SAVE,
  ]);
  const [from, to] = [
    [port('11'), port('12')],
    [port('11'), port('15')],
  ];
  const change = [{ name: 'changed', from: from!, to: to! }];
  const remove = [
    { name: 'gone', members: [port('13'), port('14')] },
    { name: 'missing', members: [port('77')] },
  ];
  await network.applyZoneDelta(ctx(), delta({ base: await baseOf(state), change, remove }));
  finish();
  expect(written.some((line) => line.includes('theirs'))).toBe(false);
});

it('aliases are made before the zone that names them, in the same session', async () => {
  const done: State = {
    zones: { ...before.zones, made: ['fcalias targets', '21'] },
    aliases: { targets: ['31', '32'] },
  };
  const { network, ctx, finish } = await scripted([
    ...opening(before),
    [`fcalias name targets vsan ${VSAN}`],
    ['member pwwn 10:00:00:00:c9:00:00:31'],
    ['member pwwn 10:00:00:00:c9:00:00:32'],
    ['exit'],
    [`zone name made vsan ${VSAN}`],
    ['member fcalias targets'],
    ['member pwwn 10:00:00:00:c9:00:00:21'],
    ['exit'],
    [`zoneset name prod vsan ${VSAN}`],
    ['member made'],
    ['exit'],
    [`zoneset activate name prod vsan ${VSAN}`],
    ['end'],
    [DIFF, `+fcalias name targets vsan ${VSAN}\n+  pwwn 10:00:00:00:c9:00:00:31\n`],
    CONFIG,
    COMMIT,
    ['end'],
    status(done),
    ...reading(done),
    SAVE,
  ]);
  const addAliases = [{ name: 'targets', members: [port('31'), port('32')] }];
  const zone = { name: 'made', members: [port('21'), { type: 'alias' as const, alias: 'targets' }] };
  const { zones } = await network.applyZoneDelta(ctx(), await add({ addAliases, add: [zone] }));
  finish();
  expect(zones[0]?.effective).toEqual([port('21'), port('31'), port('32')]);
});

it('zoning that changed before it was locked is a conflict, and our session is dropped', async () => {
  const changed: State = { zones: { ...before.zones, theirs: ['01', '03'] } };
  const { network, ctx, finish } = await scripted([
    ...opening(before).slice(0, -reading(before).length - 1),
    ...reading({ ...changed, session: 'cli [coprhd]' }),
    status({ ...changed, session: 'cli [coprhd]' }),
    CONFIG,
    [`no zone commit vsan ${VSAN}`],
    ['end'],
    ...reading(before),
  ]);
  await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({
    class: 'conflict',
    holders: ['theirs'],
  });
  finish();
});

it('edits of somebody in our session are not committed', async () => {
  const { network, ctx, finish, written } = await scripted([
    ...opening(before),
    ...editing,
    [DIFF, `${PENDING}-zone name theirs vsan ${VSAN}\n`],
    ...abandoning(before),
  ]);
  await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({ class: 'conflict' });
  finish();
  expect(written).not.toContain(COMMIT[0]);
});

it('a status shows who has a session open', async () => {
  const held = { ...before, session: 'cli [alice]' };
  const { network, ctx } = await scripted([...finding, ...reading(held)]);
  expect((await network.readZoning(ctx(), FABRIC)).transaction).toEqual({ owner: 'alice' });
  expect(statusText(held)).toContain('cli [alice]');
});
