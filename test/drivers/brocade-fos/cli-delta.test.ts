/** Deltas as the command lines that a switch gets, to the letter, and each rule of safety with the dialogue that it prevents. */
import type { DriverError, ZoneDelta } from 'coprhd/driver';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  atFabric,
  connected,
  context,
  contextAt,
  DEADLINE_MS,
  delta,
  fence,
  fingerprint,
  looks,
  members,
  refusal,
  type Scripted,
  type State,
  type Step,
  scripted,
  wwpn,
} from './support.ts';

const [a, b, c] = [wwpn(1), wwpn(2), wwpn(3)];
const BEFORE: State = {
  zones: { theirs: [a, b], ours: [a, c] },
  cfgs: { prod: ['ours', 'theirs'] },
  effective: { name: 'prod', zones: { ours: [a, c], theirs: [a, b] } },
};
const withNew = (transaction?: string): State => ({
  ...BEFORE,
  zones: { ...BEFORE.zones, new1: [a, b] },
  cfgs: { prod: ['new1', 'ours', 'theirs'] },
  ...(transaction === undefined ? {} : { transaction }),
});
const onlyZone = (transaction: string): State => ({
  ...BEFORE,
  zones: { ...BEFORE.zones, new1: [a, b] },
  transaction,
});
const ENABLED: State = {
  ...withNew(),
  effective: { name: 'prod', zones: { new1: [a, b], ...BEFORE.effective!.zones } },
};
const open: Step = fence({ transaction: '0x4814' });
const none: Step = fence({});
const CREATE: Step = ['zonecreate "new1","10:00:00:00:c9:00:00:01;10:00:00:00:c9:00:00:02"', ''];
const JOIN: Step = ['cfgadd "prod","new1"', ''];
const EDITS: Step[] = [none, CREATE, open, open, JOIN];
const CHECKED: Step[] = [...EDITS, ...looks(withNew('0x4814')), open];

const ENABLE_QUESTION: Answer = {
  text: 'You are about to enable a new zoning configuration.\nThis action will replace the old zoning configuration with the\ncurrent configuration selected.\n',
  prompt: "Do you want to enable 'prod' configuration  (yes, y, no, n): [no] ",
};
const SAVE_QUESTION: Answer = {
  text: 'You are about to save the Defined zoning configuration. This\naction will only save the changes on Defined configuration.\n',
  prompt: 'Do you want to save the Defined zoning configuration only?  (yes, y, no, n): [no] ',
};
const ENABLE = (answer: Answer = 'zone config "prod" is in effect\nUpdating flash ...\n'): Step[] => [
  ['cfgenable "prod"', ENABLE_QUESTION],
  ['y', answer],
];
const SAVE = (answer: Answer = 'Updating flash ...\n'): Step[] => [
  ['cfgsave', SAVE_QUESTION],
  ['y', answer],
];
const ABORT: Step = ['cfgtransabort', ''];

const add = { add: [{ name: 'new1', members: members(1, 2) }] };

async function run(steps: readonly Step[], changes: Partial<ZoneDelta>, base: State = BEFORE) {
  const session = scripted([...atFabric, ...steps]);
  const network = await connected(session);
  return { session, call: network.applyZoneDelta(context(), delta(await fingerprint(base), changes)) };
}
async function applied(steps: readonly Step[], changes: Partial<ZoneDelta>, base: State = BEFORE) {
  const { session, call } = await run(steps, changes, base);
  const result = await call;
  session.finished();
  return result;
}
async function refused(
  steps: readonly Step[],
  changes: Partial<ZoneDelta>,
  base: State = BEFORE,
): Promise<DriverError> {
  const { session, call } = await run(steps, changes, base);
  const error = await refusal(call);
  session.finished();
  return error;
}
const NEVER = /^(?:cfgdisable|cfgclear|cfgdelete)/;
const writes = (session: Scripted) =>
  session.sent.filter((line) => /^(?:ali|zone|cfg)(?!show|actv|trans|size)/.test(line));

describe('a delta as command lines', () => {
  it('a zone is made, joins the configuration, is looked at, activated, and looked at again', async () => {
    const { zones, zoning } = await applied([...looks(BEFORE), ...CHECKED, ...ENABLE(), ...looks(ENABLED)], add);
    expect(zones).toEqual([
      {
        name: 'new1',
        kind: 'standard',
        defined: members(1, 2),
        configurations: ['prod'],
        effective: members(1, 2),
      },
    ]);
    expect(zoning.fingerprint).toBe(await fingerprint(ENABLED));
  });

  it('saved only: cfgsave instead of cfgenable', async () => {
    const { zoning } = await applied([...looks(BEFORE), ...CHECKED, ...SAVE(), ...looks(withNew())], {
      ...add,
      activate: false,
    });
    expect(zoning.pending).toEqual([{ name: 'new1', change: 'add' }]);
  });

  it('members are added before others are removed; a zone leaves its configuration before it is deleted', async () => {
    const after: State = {
      zones: { ours: [a, b] },
      cfgs: { prod: ['ours'] },
      aliases: { host: [c] },
      effective: { name: 'prod', zones: { ours: [a, b] } },
    };
    const before = {
      ...after,
      zones: BEFORE.zones!,
      cfgs: BEFORE.cfgs!,
      effective: BEFORE.effective!,
      aliases: { gone: [b] },
    };
    const edits: Step[] = [
      none,
      [`alicreate "host","${c}"`, ''],
      ...[open, open].flatMap((one) => [one]),
      [`zoneadd "ours","${b}"`, ''],
      open,
      [`zoneremove "ours","${c}"`, ''],
      open,
      ['cfgremove "prod","theirs"', ''],
      open,
      ['zonedelete "theirs"', ''],
      open,
      ['alidelete "gone"', ''],
    ];
    const shown = { ...after, effective: BEFORE.effective!, transaction: '0x4814' };
    await applied(
      [...looks(before), ...edits, ...looks(shown), open, ...ENABLE(), ...looks(after)],
      {
        addAliases: [{ name: 'host', members: members(3) }],
        change: [{ name: 'ours', from: members(1, 3), to: members(1, 2) }],
        remove: [{ name: 'theirs', members: members(1, 2) }],
        removeAliases: [{ name: 'gone', members: members(2) }],
      },
      before,
    );
  });

  it('the first zone of a fabric makes its configuration', async () => {
    const empty: State = {};
    const made: State = { zones: { new1: [a, b] }, cfgs: { prod: ['new1'] } };
    await applied(
      [
        ...looks(empty),
        ...[none, CREATE, open, open],
        ['cfgcreate "prod","new1"', ''],
        ...looks({ ...made, transaction: '0x4814' }),
        open,
        ...ENABLE(),
        ...looks({ ...made, effective: { name: 'prod', zones: { new1: [a, b] } } }),
      ],
      add,
      empty,
    );
  });

  it('a long list goes in several lines, none longer than 900 characters', async () => {
    const many = Array.from({ length: 100 }, (_, index) => index);
    const list = many.map(wwpn).sort();
    const [first, second, third] = [list.slice(0, 36), list.slice(36, 72), list.slice(72)];
    const { session, call } = await run(
      [
        ...looks(BEFORE),
        none,
        [`zonecreate "big","${first!.join(';')}"`, ''],
        [`zoneadd "big","${second!.join(';')}"`, ''],
        [`zoneadd "big","${third!.join(';')}"`, { lost: 'cut' }],
      ],
      { add: [{ name: 'big', members: members(...many) }] },
    );
    expect((await refusal(call)).class).toBe('ambiguous');
    expect(Math.max(...session.sent.map((line) => line.length))).toBeLessThanOrEqual(900);
  });

  it('what is so already sends nothing: the same delta twice is one change, though the base is old', async () => {
    expect((await applied(looks(ENABLED), add)).zones).toHaveLength(1);
  });

  it('what is saved already is only activated', async () => {
    const pending = withNew();
    await applied([...looks(pending), ...looks(pending), none, ...ENABLE(), ...looks(ENABLED)], add, pending);
  });
});

describe('nothing is sent', () => {
  it.each(["a'b", 'a"b', 'a b', 'a;b', '$(id)', 'a`b', 'a\nb', '', '-x', 'a,b', 'x'.repeat(65)])(
    'with the name %j',
    async (name) => {
      const error = await refused([], { add: [{ name, members: members(1) }] });
      expect(error.class).toBe('invalid');
    },
  );

  it.each([
    { type: 'wwpn', wwpn: "1'; reboot" },
    { type: 'other', text: 'fcid 0x010000' },
    { type: 'alias', alias: 'a";cfgclear' },
    { type: 'port', domain: 400, port: 1 },
  ] as const)('with the member %j', async (member) => {
    expect((await refused([], { add: [{ name: 'z', members: [member] }] })).class).toBe('invalid');
  });

  it('without time left', async () => {
    const session = scripted([]);
    const network = await connected(session);
    const call = network.applyZoneDelta(
      contextAt(() => DEADLINE_MS),
      delta('', add),
    );
    expect((await refusal(call)).class).toBe('transient');
    expect(session.shells()).toBe(0);
  });

  it("in somebody's transaction: busy, with its number as holder and the way out", async () => {
    const theirs: State = { ...BEFORE, zones: { ...BEFORE.zones, x: [a] }, transaction: '77' };
    const error = await refused(looks(theirs), add);
    expect([error.class, error.holders, error.hint]).toEqual([
      'busy',
      ['zoning transaction 77'],
      expect.stringContaining('cfgtransabort'),
    ]);
  });

  it('when the zoning is not as planned, the default zone permits, another configuration is in effect', async () => {
    const moved: State = { ...BEFORE, zones: { ...BEFORE.zones, theirs: [a, c] } };
    expect((await refused(looks(moved), add)).message).toContain('not as it was');
    const permits: State = { ...BEFORE, access: 'All' };
    expect((await refused(looks(permits), add)).message).toContain('default zone');
    const other = await refused(looks(BEFORE), { ...add, configuration: 'other' });
    expect([other.class, other.holders]).toEqual(['conflict', ['prod']]);
  });

  it("when others' saved edits would go into effect, unless that was reviewed", async () => {
    const pending: State = { ...BEFORE, zones: { ...BEFORE.zones, theirs: [a, c] } };
    const error = await refused(looks(pending), add, pending);
    expect([error.class, error.holders]).toEqual(['conflict', ['theirs']]);
    const shown = { ...withNew('0x4814'), zones: { ...pending.zones!, new1: [a, b] } };
    const after: State = {
      ...shown,
      effective: { name: 'prod', zones: { new1: [a, b], ours: [a, c], theirs: [a, c] } },
    };
    const { transaction: _ended, ...saved } = { transaction: '', ...after };
    await applied(
      [...looks(pending), ...EDITS, ...looks(shown), open, ...ENABLE(), ...looks(saved)],
      { ...add, activatePending: true },
      pending,
    );
  });

  it('to take the last zone, a zone with other members, in another configuration too, or an alias in use', async () => {
    const remove = [
      { name: 'ours', members: members(1, 3) },
      { name: 'theirs', members: members(1, 2) },
    ];
    expect((await refused(looks(BEFORE), { remove })).message).toContain('last zone');
    const changed = { remove: [{ name: 'ours', members: members(1) }] };
    expect((await refused(looks(BEFORE), changed)).class).toBe('conflict');
    const both: State = { ...BEFORE, cfgs: { ...BEFORE.cfgs, old: ['ours'] } };
    expect((await refused(looks(both), { remove: [remove[0]!] }, both)).holders).toEqual(['old']);
    const aliased: State = { ...BEFORE, aliases: { h: [a] }, zones: { ...BEFORE.zones, ours: ['h', c] } };
    const gone = { removeAliases: [{ name: 'h', members: members(1) }] };
    expect((await refused(looks(aliased), gone, aliased)).holders).toEqual(['ours']);
  });

  it('when the database has no room for it', async () => {
    expect((await refused(looks({ ...BEFORE, max: 320 }), add)).class).toBe('capacity');
  });

  it('on a fabric that the switch is not in', async () => {
    const network = await connected(scripted(atFabric));
    const error = await refusal(network.readZoning(context(), 'no-such-fabric'));
    expect(error.class).toBe('not-found');
  });
});

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
    const error = await refused([...looks(BEFORE), none, [CREATE[0], warning], ['no', ''], none], add);
    expect(error.class).toBe('busy');
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
      [...looks(left), ...[fence(left), ABORT], ...looks(BEFORE), ...[...CHECKED, ...ENABLE()], ...looks(ENABLED)],
      add,
    );
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
