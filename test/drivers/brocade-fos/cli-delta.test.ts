/** Deltas as the command lines that a switch gets, to the letter, and what is refused before any is sent. */
import { describe, expect, it } from 'vitest';
import {
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
  ENABLED,
  none,
  open,
  refused,
  run,
  SAVE,
  withNew,
} from './cli-script.ts';
import {
  atFabric,
  connected,
  context,
  contextAt,
  DEADLINE_MS,
  delta,
  fingerprint,
  looks,
  members,
  refusal,
  type State,
  type Step,
  scripted,
  wwpn,
} from './support.ts';

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
        open,
        open,
        [`zoneadd "big","${second!.join(';')}"`, ''],
        open,
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

  it('while nothing is in effect, an activation would put all into effect that others saved in the configuration', async () => {
    const { effective: _none, ...saved } = BEFORE;
    const error = await refused(looks(saved), add, saved);
    expect([error.class, error.holders]).toEqual(['conflict', ['ours', 'theirs']]);
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
