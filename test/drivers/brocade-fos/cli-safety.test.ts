/** Each rule of safety with the dialogue that it makes: the fence, what a dead process left, activations that fail. */
import { describe, expect, it } from 'vitest';
import {
  ABORT,
  a,
  add,
  applied,
  BEFORE,
  b,
  CHECKED,
  CREATE,
  c,
  EDITS,
  ENABLE,
  ENABLE_QUESTION,
  ENABLED,
  JOIN,
  NEVER,
  none,
  onlyZone,
  open,
  refused,
  run,
  SAVE,
  withNew,
  writes,
} from './cli-script.ts';
import { type Answer, fence, looks, members, type State, type Step, wwpn } from './support.ts';

describe('under the fence', () => {
  it('the token is read again before every write; when it is another one, nothing more is sent', async () => {
    const theirs = fence({ transaction: '99' });
    const seen: State = { ...BEFORE, transaction: '99' };
    const error = await refused([...looks(BEFORE), none, CREATE, open, theirs, ...looks(seen)], add);
    expect([error.class, error.holders]).toEqual(['busy', ['zoning transaction 99']]);
  });

  it('somebody who begins in the same moment: busy, and nothing of theirs is touched', async () => {
    const error = await refused(
      [...looks(BEFORE), none, [CREATE[0], 'A transaction is already in progress\n'], fence({ transaction: '99' })],
      add,
    );
    expect(error.holders).toEqual(['zoning transaction 99']);
  });

  it('a question about several open transactions is answered no, and is busy', async () => {
    const warning: Answer = {
      text: 'WARNING!!\nMultiple open transactions are pending in this fabric. Only one\ntransaction can be saved.\n',
      prompt: 'Do you want to continue (yes, y, no, n): [no] ',
    };
    const steps: Step[] = [none, [CREATE[0], warning], ['no', ''], ...looks(BEFORE)];
    expect((await refused([...looks(BEFORE), ...steps], add)).class).toBe('busy');
  });

  it('a warning about a transaction on another switch comes with the edit done: it is taken back, and is busy', async () => {
    const warned =
      'WARNING!!\nMultiple open transactions are pending in this fabric. Only one\ntransaction can be saved.\n';
    const ours = onlyZone('0x4814');
    const steps: Step[] = [none, [CREATE[0], warned], ...looks(ours), open, ABORT, ...looks(BEFORE)];
    const error = await refused([...looks(BEFORE), ...steps], add);
    expect([error.class, error.holders]).toEqual(['busy', ['a zoning transaction on another switch']]);
    // With anything else in it, it isn't ours to end.
    const mixed: State = { ...ours, aliases: { x: [c] } };
    const left = await refused([...looks(BEFORE), none, [CREATE[0], warned], ...looks(mixed), ...looks(mixed)], add);
    expect([left.class, left.message]).toEqual(['ambiguous', expect.stringContaining('left behind: zone new1')]);
  });

  it('an edit that prints anything has failed: our transaction is aborted, and the fabric is as it was', async () => {
    const steps: Step[] = [
      ...[none, CREATE, open, open],
      [JOIN[0], 'error: "prod" not found\n'],
      ...looks(onlyZone('0x4814')),
      ...[open, ABORT],
      ...looks(BEFORE),
    ];
    const error = await refused([...looks(BEFORE), ...steps], add);
    expect([error.class, error.message]).toEqual(['conflict', 'cfgadd: error: "prod" not found']);
  });

  it("a transaction of ours that isn't abortable stays, and the error says so", async () => {
    const busy: State = { ...onlyZone(''), transaction: { token: '0x4814', abortable: false } };
    const steps: Step[] = [...looks(BEFORE), none, CREATE, open, open, [JOIN[0], '"prod" not found\n'], ...looks(busy)];
    // Looked at once more: the same delta may have been done through another session.
    const error = await refused([...steps, ...looks(busy)], add);
    expect([error.class, error.message]).toEqual(['ambiguous', expect.stringContaining('left behind: zone new1')]);
  });

  it('somebody who edits in our transaction: it is neither saved nor aborted, our edits are taken out of it', async () => {
    const mixed: State = { ...withNew('0x4814'), aliases: { a_theirs: [c] } };
    const rest: State = { ...BEFORE, aliases: { a_theirs: [c] }, transaction: '0x4814' };
    const steps: Step[] = [
      ...looks(BEFORE),
      ...EDITS,
      ...looks(mixed),
      ...looks(mixed),
      ...[open, ['cfgremove "prod","new1"', ''] as const, open, ['zonedelete "new1"', ''] as const],
      ...looks(rest),
    ];
    const error = await refused(steps, add);
    expect([error.class, error.holders]).toEqual(['busy', ['zoning transaction 0x4814']]);
  });

  it('two that began in the same moment: whose name comes first looks again until the other one has given way', async () => {
    const both: State = { ...withNew('0x4814'), zones: { ...withNew().zones, other: [c] } };
    await applied(
      [
        ...[...looks(BEFORE), ...EDITS, ...looks(both), ...looks(both)],
        ...[...looks(withNew('0x4814')), open, ...ENABLE(), ...looks(ENABLED)],
      ],
      add,
    );
  });

  it('a list that goes in several lines is taken back as far as it came, from between what others edit too', async () => {
    const list = Array.from({ length: 100 }, (_, index) => wwpn(index)).sort();
    const [first, second, third] = [list.slice(0, 36), list.slice(36, 72), list.slice(72)];
    const big = { add: [{ name: 'big', members: members(...Array.from({ length: 100 }, (_, index) => index)) }] };
    const mixed: State = { ...BEFORE, aliases: { a_theirs: [c] }, transaction: '0x4814' };
    const shown: State = { ...mixed, zones: { ...BEFORE.zones, big: [...first, ...second] } };
    const steps: Step[] = [
      ...[none, [`zonecreate "big","${first.join(';')}"`, ''] as const, open, open],
      ...[[`zoneadd "big","${second.join(';')}"`, ''] as const, open],
      [`zoneadd "big","${third.join(';')}"`, 'error: "x" not found\n'],
      ...[...looks(shown), open, ['zonedelete "big"', ''] as const, ...looks(mixed)],
    ];
    expect((await refused([...looks(BEFORE), ...steps], big)).class).toBe('conflict');
  });

  it('a text that is not understood is a surprise that quotes the line, and what it did is taken back', async () => {
    const steps: Step[] = [none, [CREATE[0], 'Frobnicated 3 gadgets\n'], ...looks(BEFORE)];
    const error = await refused([...looks(BEFORE), ...steps], add);
    expect([error.class, error.message]).toEqual(['conflict', expect.stringContaining('"Frobnicated 3 gadgets"')]);
  });

  it('a connection that is cut in the middle of a write is ambiguous, and nothing more is tried', async () => {
    const error = await refused([...looks(BEFORE), none, [CREATE[0], { lost: 'cut' }]], add);
    expect(error.class).toBe('ambiguous');
    const late = await refused(
      [...looks(BEFORE), ...CHECKED, ['cfgenable "prod"', ENABLE_QUESTION], ['y', { lost: 'cut' }]],
      add,
    );
    expect(late.class).toBe('ambiguous');
  });
});

describe('a transaction that a dead process left', () => {
  it('is ours when it holds edits of this delta on its base and nothing else: it is dropped, and the delta done', async () => {
    const left = onlyZone('0x11');
    await applied(
      [
        ...[...looks(left), ...looks(left), ...looks(left), ...looks(left), fence(left), ABORT],
        ...[...looks(BEFORE), ...CHECKED, ...ENABLE(), ...looks(ENABLED)],
      ],
      add,
    );
  });

  it('is not dropped while somebody works in it', async () => {
    const [now, then] = [onlyZone('0x11'), withNew('0x11')];
    const error = await refused([...looks(now), ...looks(now), ...looks(then)], add);
    expect([error.class, error.holders]).toEqual(['busy', ['zoning transaction 0x11']]);
  });

  it.each<[string, State]>([
    ['holds something else too', { ...onlyZone('0x11'), aliases: { x: [a] } }],
    [
      'holds our zone with other members',
      { ...onlyZone('0x11'), zones: { ...BEFORE.zones, new1: [a, b], theirs: [c] } },
    ],
    ['holds nothing', { ...BEFORE, transaction: '0x11' }],
    ['is being committed', { ...onlyZone(''), transaction: { token: '0x11', abortable: false } }],
  ])('is left alone when it %s', async (_why, state) => {
    const error = await refused(looks(state), add);
    expect([error.class, error.holders[0]]).toEqual(['busy', expect.stringContaining('0x11')]);
  });
});

describe('an activation that fails', () => {
  const REFUSED = ENABLE('The fabric rejected the commit\n');

  it('leaves our transaction open: it is aborted, and everything is as it was', async () => {
    const steps = [...CHECKED, ...REFUSED, ...looks(withNew('0x4814')), ...looks(withNew('0x4814')), open, ABORT];
    const error = await refused([...looks(BEFORE), ...steps, ...looks(BEFORE)], add);
    expect([error.class, error.message]).toEqual([
      'conflict',
      expect.stringContaining('The fabric rejected the commit'),
    ]);
  });

  const second = fence({ transaction: '0x4815' });
  const back: Step[] = [none, ['cfgremove "prod","new1"', ''], second, second, ['zonedelete "new1"', '']];

  it('and has saved: the inverse edits are saved', async () => {
    const steps = [
      ...[...CHECKED, ...REFUSED, ...looks(withNew()), ...back],
      ...looks({ ...BEFORE, transaction: '0x4815' }),
      ...[second, ...SAVE()],
      ...looks(BEFORE),
    ];
    expect((await refused([...looks(BEFORE), ...steps], add)).class).toBe('conflict');
  });

  /** What a colleague saved at another switch meanwhile. */
  const beside = (state: State): State => ({ ...state, zones: { ...state.zones, later: [b, c] } });

  it('while a colleague saves, which discards our transaction: nothing of ours is left, and theirs stays', async () => {
    const error = await refused([...looks(BEFORE), ...CHECKED, ...REFUSED, ...looks(beside(BEFORE))], add);
    expect([error.class, error.message]).toEqual(['conflict', expect.stringContaining('nothing was changed')]);
  });

  it('and has saved, and a colleague has too: ours is taken back, and theirs stays', async () => {
    const steps = [
      ...[...CHECKED, ...REFUSED, ...looks(beside(withNew())), ...back],
      ...looks(beside({ ...BEFORE, transaction: '0x4815' })),
      ...[second, ...SAVE()],
      ...looks(beside(BEFORE)),
    ];
    expect((await refused([...looks(BEFORE), ...steps], add)).class).toBe('conflict');
  });

  it('and has saved, while somebody has the next transaction open: that is left alone, and ours is named', async () => {
    const error = await refused([...looks(BEFORE), ...CHECKED, ...REFUSED, ...looks(withNew('0x99'))], add);
    expect([error.class, error.message]).toEqual([
      'ambiguous',
      expect.stringMatching(/not in effect.*zone new1, cfg prod$/),
    ]);
  });

  it('and has saved, and that cannot be taken back: the error says exactly what was left', async () => {
    const steps = [
      ...[...CHECKED, ...REFUSED, ...looks(withNew()), none],
      ['cfgremove "prod","new1"', 'fabric is busy\n'] as const,
      none,
    ];
    const error = await refused([...looks(BEFORE), ...steps], add);
    expect(error.class).toBe('ambiguous');
    expect(error.message).toMatch(/putting it back failed \(cfgremove: fabric is busy\); .*: zone new1, cfg prod$/);
  });

  it('a question that is not about this is answered no', async () => {
    const strange: Answer = { prompt: 'Erase all zoning? (yes, y, no, n): [no] ' };
    const steps: Step[] = [
      ...CHECKED,
      ['cfgenable "prod"', strange],
      ['no', 'Operation cancelled\n'],
      ...looks(withNew('0x4814')),
      ...looks(withNew('0x4814')),
      ...[open, ABORT],
      ...looks(BEFORE),
    ];
    const error = await refused([...looks(BEFORE), ...steps], add);
    expect(error.message).toContain('Erase all zoning?');
  });

  it('what is in effect and not as expected afterwards is ambiguous, naming the zones', async () => {
    const wrong: State = { ...ENABLED, effective: { name: 'prod', zones: { new1: [a, b], ours: [a, c] } } };
    const error = await refused([...looks(BEFORE), ...CHECKED, ...ENABLE(), ...looks(wrong)], add);
    expect([error.class, error.message]).toEqual(['ambiguous', expect.stringContaining('in effect: theirs')]);
  });
});

it('no delta disables, clears or deletes what is in effect', async () => {
  const { session, call } = await run([...looks(BEFORE), ...CHECKED, ...ENABLE(), ...looks(ENABLED)], add);
  await call;
  expect(writes(session)).toEqual([CREATE[0], JOIN[0], 'cfgenable "prod"']);
  expect(session.sent.filter((line) => NEVER.test(line))).toEqual([]);
});
