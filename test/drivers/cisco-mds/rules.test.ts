/** What is refused by reading alone, in both modes: nothing is sent that changes anything. */
import type { DriverErrorClass, ZoneDelta } from 'coprhd/driver';
import { describe, expect, it } from 'vitest';
import { baseOf, delta, finding, port, reading, type State, scripted, wwpn } from './support.ts';

const zones = { theirs: ['01', '02'], ours: ['11', '12'] };
const made = { name: 'made', members: [port('21'), port('22')] };
const ours = { name: 'ours', members: [port('11'), port('12')] };

interface Refusal {
  readonly class: DriverErrorClass;
  readonly holders?: readonly string[];
  readonly message: RegExp;
}

describe.each(['basic', 'enhanced'] as const)('in %s mode', (mode) => {
  async function refused(state: State, changes: Partial<ZoneDelta>, refusal: Refusal): Promise<void> {
    const base = await baseOf({ ...state, mode });
    const { network, ctx, finish, written } = await scripted([...finding, ...reading({ ...state, mode })]);
    const failure = network.applyZoneDelta(ctx(), delta({ base, ...changes }));
    await expect(failure).rejects.toThrow(refusal.message);
    await expect(failure).rejects.toMatchObject({
      class: refusal.class,
      ...(refusal.holders ? { holders: refusal.holders } : {}),
    });
    finish();
    expect(written).toEqual([]);
  }
  const conflict = (message: RegExp, holders?: readonly string[]): Refusal => ({
    ...{ class: 'conflict', message },
    ...(holders ? { holders } : {}),
  });

  it('a default zone that permits', () =>
    refused({ zones, defaultZone: 'permit' }, { add: [made] }, conflict(/default zone of VSAN 100 permits/)));

  it('a plan made on other zoning', () =>
    refused({ zones }, { base: 'old', add: [made] }, conflict(/not as it was when planned/)));

  it('another zoneset than the active one', () =>
    refused({ zones }, { configuration: 'other', add: [made] }, conflict(/zoneset prod is active/, ['prod'])));

  it('the last zone of what is in effect', () =>
    refused({ zones: { ours: zones.ours } }, { remove: [ours] }, conflict(/last zone out of zoneset prod/)));

  it('the last zone, saved only', () =>
    refused({ zones: { ours: zones.ours } }, { remove: [ours], activate: false }, conflict(/last zone/)));

  it('what others saved and did not activate, naming it', () =>
    refused(
      { zones: { ...zones, fresh: ['31', '32'] }, active: zones },
      { add: [made] },
      conflict(/others saved: fresh \(add\)$/, ['fresh']),
    ));

  it('zones that others took out and are still active, naming how an old full set is levelled', () =>
    refused(
      { zones: { ours: zones.ours }, active: zones },
      { add: [made] },
      conflict(/theirs \(remove\).*zone copy active-zoneset full-zoneset vsan 100/, ['theirs']),
    ));

  it('a full database without the active zoneset, even when what is pending was reviewed', () =>
    refused(
      { zones: {}, active: zones },
      { add: [made], activatePending: true },
      conflict(/older than what is active.*zone copy active-zoneset full-zoneset vsan 100/, ['ours', 'theirs']),
    ));

  it('a zone that has other members than planned', async () => {
    const wrong = [port('77'), port('78')];
    await refused({ zones }, { remove: [{ name: 'theirs', members: wrong }] }, conflict(/theirs has other members/));
    await refused({ zones }, { add: [{ name: 'theirs', members: wrong }] }, conflict(/theirs has other members/));
    const change = [{ name: 'theirs', from: wrong, to: [port('79')] }];
    await refused({ zones }, { change }, conflict(/theirs has other members/));
    await refused({ zones }, { change: [{ ...change[0]!, name: 'missing' }] }, conflict(/no zone missing/));
  });

  it('a zone of somebody with a part of our members: it is not taken over', () =>
    refused(
      { zones: { ...zones, made: ['21'] } },
      { add: [made] },
      conflict(/zone made has other members than planned/),
    ));

  it('a smart zone, and one with attributes', async () => {
    const smart = { zones: { ...zones, ours: ['pwwn 10:00:00:00:c9:00:00:11 init', '12'] } };
    await refused(smart, { remove: [ours] }, conflict(/ours is a smart zone/));
    const readOnly = { zones: { ...zones, ours: ['attribute read-only', '11', '12'] }, active: zones };
    await refused(readOnly, { remove: [ours] }, conflict(/ours is a smart zone, or has attributes/));
  });

  it('an alias in use, one that stands for something else, one that is not there', async () => {
    const state = { zones: { ...zones, ours: ['fcalias targets', '11'] }, aliases: { targets: ['31'] } };
    const removeAliases = [{ name: 'targets', members: [port('31')] }];
    await refused(state, { removeAliases }, conflict(/alias targets is used by zone ours/, ['ours']));
    const other = [{ name: 'targets', members: [port('32')] }];
    await refused(state, { addAliases: other }, conflict(/alias targets stands for something else/));
    const add = [{ name: 'made', members: [{ type: 'alias' as const, alias: 'none' }] }];
    await refused(state, { add }, conflict(/names alias none, which is not there/));
  });

  it('what the database has no room for', () =>
    refused({ zones, usedBytes: 3_999_990 }, { add: [made] }, { class: 'capacity', message: /would take \d+ bytes/ }));

  it('a list that is not whole', async () => {
    const { network, ctx } = await scripted([
      ...finding,
      ...reading({ zones, mode }).map(([line, text]) =>
        line === 'show zone vsan 100'
          ? ([line, (text as string).split('\n\n')[0]!.concat('\n')] as const)
          : ([line, text!] as const),
      ),
    ]);
    await expect(network.applyZoneDelta(ctx(), delta({ add: [made] }))).rejects.toMatchObject({
      class: 'transient',
      message: expect.stringContaining('the zoning of VSAN 100 is not shown whole: '),
    });
  });
});

describe('names and members that the switch can’t have are refused before anything is said to it', () => {
  it.each<[string, Partial<ZoneDelta>]>([
    ['an empty name', { add: [{ ...made, name: '' }] }],
    ['a name of 65 characters', { add: [{ ...made, name: 'x'.repeat(65) }] }],
    ['a name with a line end', { add: [{ ...made, name: 'a\nno zone name theirs vsan 100' }] }],
    ['a name with a pipe', { add: [{ ...made, name: 'a|b' }] }],
    ['a name with a space', { remove: [{ ...made, name: 'a vsan 1' }] }],
    ['a name that begins with a digit', { add: [{ ...made, name: '1a' }] }],
    ['a zoneset of a strange name', { configuration: 'a;b', add: [made] }],
    ['an alias of a strange name', { addAliases: [{ ...made, name: 'ä' }] }],
    ['a member that names such an alias', { add: [{ name: 'made', members: [{ type: 'alias', alias: 'a b' }] }] }],
    ['a WWN that is none', { add: [{ name: 'made', members: [wwpn("1'; reload")] }] }],
    ['a port of a switch', { add: [{ name: 'made', members: [{ type: 'port', domain: 1, port: 2 }] }] }],
    ['a member of another kind', { add: [{ name: 'made', members: [{ type: 'other', text: 'fcid 0x010203' }] }] }],
    ['no members', { add: [{ name: 'made', members: [] }] }],
    ['an alias of an alias', { addAliases: [{ name: 'a', members: [{ type: 'alias', alias: 'b' }] }] }],
    ['a zone twice', { add: [made], remove: [made] }],
  ])('%s', async (_what, changes) => {
    const { network, ctx, written } = await scripted([]);
    await expect(network.applyZoneDelta(ctx(), delta(changes))).rejects.toMatchObject({ class: 'invalid' });
    expect(written).toEqual([]);
  });
});
