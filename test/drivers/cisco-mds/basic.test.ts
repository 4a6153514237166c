/** Basic mode: edits are in the full database at once, and are taken back when they can't be put into effect. */
import { describe, expect, it } from 'vitest';
import {
  activation,
  add,
  after,
  basic,
  before,
  CONFIG,
  editing,
  inverse,
  made,
  nothingComesOfIt,
  SAVE,
  saved,
  start,
} from './basic-script.ts';
import { baseOf, delta, type Exchange, finding, reading, type State, scripted, status, VSAN } from './support.ts';

describe('a zone that is added', () => {
  it('is saved, read again, activated, waited for, read again and saved to the start-up configuration', async () => {
    const { network, ctx, finish, written } = await scripted([
      ...start,
      ...reading(saved),
      CONFIG,
      activation(),
      ['end'],
      status({ ...saved, last: 'Activation in progress' }),
      status({ ...after, last: 'Activation completed at 10:00:00 UTC' }),
      ...reading(after),
      SAVE,
    ]);
    const { zones } = await network.applyZoneDelta(ctx(), await add());
    finish();
    expect(zones.map(({ name, effective }) => [name, effective])).toEqual([['made', made.members]]);
    expect(written.filter((line) => /activate|commit|copy/.test(line))).toEqual([
      'zoneset activate name prod vsan 100',
      'copy running-config startup-config',
    ]);
  });

  it('whose status still tells of an earlier operation is waited for a while', async () => {
    const { network, ctx, finish } = await scripted([
      ...start,
      ...reading(saved),
      CONFIG,
      activation(),
      ['end'],
      status({ ...saved, last: 'Activation completed at 09:00:00 UTC' }),
      ...reading(saved),
      status(after),
      ...reading(after),
      SAVE,
    ]);
    await network.applyZoneDelta(ctx(), await add());
    finish();
  });

  it('is not taken for failed because an earlier operation failed', async () => {
    const last = 'Operation failed: [Error: sw2 rejects]';
    const { network, ctx, finish } = await scripted([
      ...finding,
      ...reading({ ...before, last }),
      ...editing,
      ...reading({ ...saved, last }),
      CONFIG,
      activation(),
      ['end'],
      status({ ...saved, last }),
      ...reading({ ...saved, last }),
      status(after),
      ...reading(after),
      SAVE,
    ]);
    await network.applyZoneDelta(ctx(), await add());
    finish();
  });

  it('without activation stays in the full database', async () => {
    const { network, ctx, finish, written } = await scripted([...start, ...reading(saved)]);
    const { zoning } = await network.applyZoneDelta(ctx(), await add({ activate: false }));
    finish();
    expect(zoning.pending).toEqual([{ name: 'made', change: 'add' }]);
    expect(written.some((line) => /activate|copy/.test(line))).toBe(false);
  });
});

describe('an activation that fails', () => {
  const failing = (undoing: readonly Exchange[]): Exchange[] => [
    ...start,
    ...reading(saved),
    CONFIG,
    activation(),
    ['end'],
    status({ ...saved, last: 'Operation failed: [Error: sw2 rejects]' }),
    ...reading(saved),
    ...undoing,
  ];

  it('is taken back by the inverse edits, and nothing is saved', async () => {
    const { network, ctx, finish, written } = await scripted(failing([...inverse, ...reading(before)]));
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({
      class: 'transient',
      message: 'VSAN 100 did not take the change: Operation failed: [Error: sw2 rejects]',
    });
    finish();
    expect(written.some((line) => /^no zoneset|copy/.test(line))).toBe(false);
  });

  it('and can’t be taken back says exactly what is left', async () => {
    const left = basic({ ...saved, inSet: ['theirs', 'ours'] });
    const { network, ctx, finish } = await scripted(
      failing([
        ...inverse.slice(0, 4),
        [`no zone name made vsan ${VSAN}`, '% Permission denied for the role\n'],
        ['end'],
        ...reading(left),
      ]),
    );
    const failure = network.applyZoneDelta(ctx(), await add());
    await expect(failure).rejects.toMatchObject({ class: 'ambiguous' });
    await expect(failure).rejects.toThrow(
      /sw2 rejects\]; undoing it left these other than before: made \(.*Permission denied/,
    );
    finish();
  });

  it('on a connection that is cut while it is taken back says both', async () => {
    const { network, ctx, finish } = await scripted(
      failing([...inverse.slice(0, 2), ['no member made', { drop: true }]]),
    );
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toThrow(
      /sw2 rejects\]; and undoing it failed: the shell is closed/,
    );
    finish();
  });

  it('and is taken back in part names what is other than before', async () => {
    const left = basic({ ...saved, inSet: ['theirs', 'ours'] });
    const { network, ctx, finish } = await scripted(failing([...inverse, ...reading(left)]));
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toThrow(/left these other than before: made/);
    finish();
  });

  it('without a word is not believed, and taken back', async () => {
    const quiet = { ...saved, last: 'Activation completed at 09:00:00 UTC' };
    const { network, ctx, finish } = await scripted([
      ...start,
      ...reading(saved),
      CONFIG,
      activation(),
      ['end'],
      ...nothingComesOfIt(quiet),
      ...reading(saved),
      ...inverse,
      ...reading(before),
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({ class: 'transient' });
    finish();
  });
});

describe('an activation that is refused because another one is under way', () => {
  const PENDING_ACTION = 'Command rejected: there is a pending action\n';
  const refused = [...start, ...reading(saved), CONFIG, activation(PENDING_ACTION), ['end']] as const;

  it('is done where that one has put ours into effect, and nothing is taken back', async () => {
    const { network, ctx, finish, written } = await scripted([
      ...refused,
      status({ ...saved, last: 'Activation in progress' }),
      status(after),
      ...reading(after),
      SAVE,
    ]);
    expect((await network.applyZoneDelta(ctx(), await add())).zoning.pending).toEqual([]);
    finish();
    expect(written.some((line) => line.startsWith('no '))).toBe(false);
  });

  it('is busy, and taken back, where that one has not', async () => {
    const { network, ctx, finish } = await scripted([
      ...refused,
      ...nothingComesOfIt(saved),
      ...reading(saved),
      ...inverse,
      ...reading(before),
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({ class: 'busy' });
    finish();
  });
});

describe('a question', () => {
  const asks = (text: string, expected: string, says = ''): Exchange =>
    activation({ ask: `${text} Do you want to continue? (y/n) [n] `, expect: expected, says });
  const withEmpty = (state: State) => basic({ ...state, zones: { ...state.zones, hollow: [] } });

  it('about zones without members is answered yes where others have such zones', async () => {
    const [was, edited] = [
      withEmpty({ ...before, active: before.zones }),
      withEmpty({ zones: saved.zones, active: before.zones }),
    ];
    const done = withEmpty({ zones: saved.zones, active: saved.zones });
    const { network, ctx, finish } = await scripted([
      ...finding,
      ...reading(was),
      ...editing,
      ...reading(edited),
      CONFIG,
      asks('1 zones do not have members.', 'y', 'Zoneset activation initiated. check zone status\n'),
      ['end'],
      status(done),
      ...reading(done),
      SAVE,
    ]);
    await network.applyZoneDelta(ctx(), delta({ base: await baseOf(was), add: [made] }));
    finish();
  });

  it.each([
    ['about zones without members, where there should be none', '1 zones do not have members.'],
    ['that is not known', 'WARNING: this isolates three switches.'],
  ])('%s, is answered no and is an error', async (_what, text) => {
    const { network, ctx, finish } = await scripted([
      ...start,
      ...reading(saved),
      CONFIG,
      asks(text, 'n', 'Activation cancelled\n'),
      ['end'],
      ...nothingComesOfIt(saved),
      ...reading(saved),
      ...inverse,
      ...reading(before),
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toThrow(
      /asked what is not known here, and was told no/,
    );
    finish();
  });
});

describe('an answer that is not known', () => {
  it('to an activation is judged by what came of it', async () => {
    const { network, ctx, finish } = await scripted([
      ...start,
      ...reading(saved),
      CONFIG,
      activation('Activating, be patient\n'),
      ['end'],
      status(after),
      ...reading(after),
      SAVE,
    ]);
    await network.applyZoneDelta(ctx(), await add());
    finish();
  });

  it('to an edit is an error that quotes it, and the edits are taken back', async () => {
    const { network, ctx, finish } = await scripted([
      ...start.slice(0, -6),
      ['member pwwn 10:00:00:00:c9:00:00:21', 'Hello\n'],
      ['end'],
      ...reading(basic({ zones: { ...before.zones, made: [] }, inSet: ['theirs', 'ours'] })),
      CONFIG,
      [`no zone name made vsan ${VSAN}`],
      ['end'],
      ...reading(before),
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({
      class: 'ambiguous',
      message: 'unexpected output of member pwwn 10:00:00:00:c9:00:00:21: "Hello"',
    });
    finish();
  });
});

describe('an activation that goes on and on', () => {
  it('past the deadline is ambiguous, and nothing is taken back', async () => {
    const busy = status({ ...saved, last: 'Activation in progress' });
    const { network, ctx, finish, written } = await scripted([
      ...start,
      ...reading(saved),
      CONFIG,
      activation(),
      ['end'],
      ...[busy, busy, busy, busy, busy],
    ]);
    const soon = ctx();
    const failure = network.applyZoneDelta({ ...soon, deadlineMs: soon.nowMs() + 2_000 }, await add());
    await expect(failure).rejects.toMatchObject({ class: 'ambiguous' });
    await expect(failure).rejects.toThrow(/what came of the change of VSAN 100 is not known: no time left/);
    finish();
    expect(written.filter((line) => line.startsWith('no '))).toEqual([]);
  });
});

describe('somebody who edits at the same time', () => {
  it('keeps the edits: ours are taken back, and nothing is activated', async () => {
    const both = basic({ zones: { ...saved.zones, fresh: ['41', '42'] }, active: before.zones });
    const left = basic({ zones: { ...before.zones, fresh: ['41', '42'] }, active: before.zones });
    const { network, ctx, finish, written } = await scripted([
      ...start,
      ...reading(both),
      ...reading(both),
      ...inverse,
      ...reading(left),
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({
      class: 'conflict',
      holders: ['fresh', 'prod'],
    });
    finish();
    expect(written.some((line) => line.startsWith('zoneset activate') || line.includes('fresh'))).toBe(false);
  });
});

describe('a connection that is cut', () => {
  it('amid the edits is ambiguous, and the same delta again does what is missing', async () => {
    const half = basic({ zones: { ...before.zones, made: ['21'] }, inSet: ['theirs', 'ours'] });
    const { network, ctx, finish, written } = await scripted([
      ...start.slice(0, -5),
      ['member pwwn 10:00:00:00:c9:00:00:22', { drop: true }],
      ['terminal length 0'],
      ...finding,
      ...reading(half),
      CONFIG,
      [`zone name made vsan ${VSAN}`],
      ['member pwwn 10:00:00:00:c9:00:00:22'],
      ['exit'],
      [`zoneset name prod vsan ${VSAN}`],
      ['member made'],
      ['end'],
      ...reading(saved),
      CONFIG,
      activation(),
      ['end'],
      status(after),
      ...reading(after),
      SAVE,
    ]);
    const same = await add();
    const failure = network.applyZoneDelta(ctx(), same);
    await expect(failure).rejects.toMatchObject({ class: 'ambiguous' });
    await expect(failure).rejects.toThrow(/closed the shell; and undoing it failed: the shell is closed/);
    await network.applyZoneDelta(ctx(), same);
    finish();
    expect(written.filter((line) => line.endsWith(':21'))).toHaveLength(1);
  });

  it('while it activates is ambiguous, and the same delta again finds it done', async () => {
    const { network, ctx, finish } = await scripted([
      ...start,
      ...reading(saved),
      CONFIG,
      activation({ drop: true }),
      ['terminal length 0'],
      ...finding,
      ...reading(after),
      SAVE,
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({ class: 'ambiguous' });
    expect((await network.applyZoneDelta(ctx(), await add())).zones).toHaveLength(1);
    finish();
  });
});
