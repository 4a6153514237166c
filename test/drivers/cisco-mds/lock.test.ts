/** The lock of enhanced mode: somebody else's is respected, ours is cleared when it is provably ours. */
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
  opening,
  PENDING,
  SAVE,
} from './enhanced-script.ts';
import { CREATED, type Exchange, finding, reading, type State, scripted, status, VSAN } from './support.ts';

describe('the lock', () => {
  it('of somebody else is busy, named, and left alone', async () => {
    const held = { ...before, session: 'cli [alice]' };
    const { network, ctx, finish, written } = await scripted([...finding, ...reading(held)], { user: 'coprhd' });
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({
      class: 'busy',
      holders: ['alice'],
    });
    finish();
    expect(written).toEqual([]);
  });

  it('of another switch is busy, whatever its name', async () => {
    const held = { ...before, session: 'remote [coprhd]' };
    const { network, ctx, finish, written } = await scripted([...finding, ...reading(held)], { user: 'coprhd' });
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({ class: 'busy' });
    finish();
    expect(written).toEqual([]);
  });

  const ours: State = { ...before, session: 'cli [coprhd]' };
  const looks: Exchange[] = [status(ours), status(ours), status(ours)];

  it('that a crash of ours left, with nothing but the delta pending, is cleared and the delta done', async () => {
    const begun = `+zone name made vsan ${VSAN}\n+  pwwn 10:00:00:00:c9:00:00:21\n`;
    const cleared: Exchange[] = [CONFIG, [`no zone commit vsan ${VSAN}`], ['end'], ...reading(before)];
    const [, , ...rest] = opening(before);
    const { network, ctx, finish } = await scripted(
      [
        ...finding,
        ...reading(ours),
        [DIFF, begun],
        ...looks,
        [DIFF, begun],
        ...cleared,
        ...rest.slice(reading(before).length),
        ...editing,
        [DIFF, PENDING],
        CONFIG,
        COMMIT,
        ['end'],
        status(after),
        ...reading(after),
        SAVE,
      ],
      { user: 'coprhd' },
    );
    expect((await network.applyZoneDelta(ctx(), await add())).zones).toHaveLength(1);
    finish();
  });

  it('of our user with somebody’s edits pending is busy, and tells the way out', async () => {
    const diff = `+zone name secret vsan ${VSAN}\n`;
    const { network, ctx, finish, written } = await scripted(
      [...finding, ...reading(ours), [DIFF, diff], ...looks, [DIFF, diff]],
      { user: 'coprhd' },
    );
    const failure = network.applyZoneDelta(ctx(), await add());
    await expect(failure).rejects.toThrow(/pending what is not ours: \+zone name secret/);
    await expect(failure).rejects.toMatchObject({
      class: 'busy',
      hint: expect.stringContaining('clear zone lock vsan 100'),
    });
    finish();
    expect(written).toEqual([]);
  });

  it('of our user in which somebody is at work is busy', async () => {
    const { network, ctx, finish, written } = await scripted(
      [...finding, ...reading(ours), [DIFF], ...looks, [DIFF, `+zone name made vsan ${VSAN}\n`]],
      { user: 'coprhd' },
    );
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toThrow(/somebody is at work in it/);
    finish();
    expect(written).toEqual([]);
  });

  it('of our user that ends by itself was that of another process: what it did is read, and the same delta is done', async () => {
    const { network, ctx, finish, written } = await scripted(
      [...finding, ...reading(ours), [DIFF], status(ours), status(after), ...reading(after)],
      { user: 'coprhd' },
    );
    expect((await network.applyZoneDelta(ctx(), await add())).zones).toHaveLength(1);
    finish();
    expect(written).toEqual([]);
  });

  it('that somebody takes between looking and writing is busy, with nothing sent that changes anything', async () => {
    const { network, ctx, finish } = await scripted([
      ...finding,
      ...reading(before),
      CONFIG,
      [`zoneset name prod vsan ${VSAN}`, 'Lock is currently busy\n'],
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({ class: 'busy' });
    finish();
  });

  it('that another process of ours takes in that moment is busy too: only who created the session goes on', async () => {
    const { network, ctx, finish, written } = await scripted([
      ...finding,
      ...reading(before),
      CONFIG,
      [`zoneset name prod vsan ${VSAN}`],
      ['end'],
      status(ours),
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({
      class: 'busy',
      holders: ['coprhd'],
    });
    finish();
    expect(written).toEqual(['zoneset name prod vsan 100']);
  });

  it('is had by the first edit, where entering the zoneset makes no session', async () => {
    const { network, ctx, finish } = await scripted([
      ...finding,
      ...reading(before),
      CONFIG,
      [`zoneset name prod vsan ${VSAN}`],
      ['end'],
      status(before),
      CONFIG,
      [`zone name made vsan ${VSAN}`, CREATED],
      ['end'],
      ...reading(ours),
      CONFIG,
      ...editing,
      [DIFF, PENDING],
      CONFIG,
      COMMIT,
      ['end'],
      status(after),
      ...reading(after),
      SAVE,
    ]);
    await network.applyZoneDelta(ctx(), await add());
    finish();
  });

  it('that no line creates is an error, and nothing goes on', async () => {
    const { network, ctx, finish, written } = await scripted([
      ...finding,
      ...reading(before),
      CONFIG,
      [`zoneset name prod vsan ${VSAN}`],
      ['end'],
      status(before),
      CONFIG,
      [`zone name made vsan ${VSAN}`],
      ['end'],
      status(before),
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toThrow(/no session was created/);
    finish();
    expect(written).toHaveLength(2);
  });

  it('that somebody else takes right after ours is not waited for, and not ours to drop', async () => {
    const theirs: State = { ...after, session: 'cli [alice]' };
    const done = [status(theirs), ...reading(theirs), SAVE];
    const whole: Exchange[] = [...opening(before), ...editing, [DIFF, PENDING], CONFIG, COMMIT, ['end']];
    const { network, ctx, finish } = await scripted([...whole, ...done]);
    const { zoning } = await network.applyZoneDelta(ctx(), await add());
    finish();
    expect(zoning.transaction).toEqual({ owner: 'alice' });
    const lost = { ...before, session: 'cli [alice]', last: 'Operation failed' };
    const failing = await scripted([...whole, status(lost), status(lost), ...reading(lost)]);
    await expect(failing.network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({ class: 'transient' });
    failing.finish();
  });

  it.each([
    ['an edit', 1],
    ['the activation', 7],
  ])(
    'that somebody ended, so that %s of ours opened another, is a conflict, and that one is dropped',
    async (_what, at) => {
      const reopened = editing.map(
        ([line, answer], index): Exchange => (index === at ? [line, CREATED] : [line, answer!]),
      );
      const { network, ctx, finish } = await scripted([...opening(before), ...reopened, ...abandoning(before)]);
      await expect(network.applyZoneDelta(ctx(), await add())).rejects.toMatchObject({
        class: 'conflict',
        message: expect.stringMatching(/ended our session/),
      });
      finish();
    },
  );

  it('that somebody ends while we hold it is a conflict', async () => {
    const { network, ctx, finish } = await scripted([
      ...opening(before).slice(0, -reading(before).length - 1),
      ...reading(before),
      status(before),
      ...reading(before),
    ]);
    await expect(network.applyZoneDelta(ctx(), await add())).rejects.toThrow(/somebody ended our session/);
    finish();
  });
});
