/** What switches may be set to, what they ask and what they refuse, over SSH: in both modes where both have it. */
import type { NetworkSystem, ZoneDelta, ZoneMember } from 'coprhd/driver';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FabricPlan, VsanPlan } from '../../../drivers/simulator/mds/state/build.ts';
import type { MdsState, Member } from '../../../drivers/simulator/mds/state/types.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { callContext } from '../simulator/target.ts';
import { type ConnectTo, startSimulated, VSAN } from './simulated.ts';

const member = (byte: string): ZoneMember => ({ type: 'wwpn', wwpn: `10:00:00:00:c9:99:00:${byte}` });
const THEIRS: Member = { kind: 'pwwn', wwn: '10:00:00:00:c9:99:00:ff' };
const OURS = { name: 'ours', members: [member('01'), member('02')] };

async function started(vsan: Partial<VsanPlan>, plan: Partial<FabricPlan> = {}, options: ConnectTo = {}) {
  const simulated = await startSimulated({ vsans: [{ id: VSAN, ...vsan }], ...plan });
  onTestFinished(() => simulated.close());
  const { simulator, connect } = simulated;
  const fabric = simulated.fabric();
  simulator.hand.createZone({ vsan: VSAN }, { name: 'theirs', members: [THEIRS], zoneset: 'prod' }, true);
  const network = await connect(options);
  const ctx = () => callContext(systemClock);
  const delta = async (changes: Partial<ZoneDelta> = {}): Promise<ZoneDelta> => ({
    ...{ fabric, base: (await network.readZoning(ctx(), fabric)).fingerprint, owner: 'coprhd variants' },
    ...{ configuration: 'prod', addAliases: [], removeAliases: [], add: [OURS], change: [], remove: [] },
    ...{ activate: true, activatePending: false },
    ...changes,
  });
  const apply = (wanted: ZoneDelta): ReturnType<NetworkSystem['applyZoneDelta']> =>
    network.applyZoneDelta(ctx(), wanted);
  return { ...simulated, apply, delta, zoning: () => zoningOf(simulator.dump()) };
}

function zoningOf({ switches, vsans }: MdsState): string {
  const { active, session } = vsans.find(({ id }) => id === VSAN)!;
  return JSON.stringify({ saved: switches.map(({ zoning }) => zoning[VSAN]), active, session });
}

describe.each([
  ['enhanced mode', { mode: 'enhanced' }],
  ['enhanced mode, with commits that are to be confirmed', { mode: 'enhanced', confirmCommit: true }],
  ['enhanced mode, with smart zoning', { mode: 'enhanced', smartZoning: true }],
  ['basic mode', { mode: 'basic' }],
  ['basic mode, with full zonesets distributed', { mode: 'basic', distributeFull: true }],
] as const)('in %s', (_title, vsan) => {
  test('a zone is added beside one of others that has no members, and removed', async () => {
    const { simulator, apply, delta } = await started(vsan);
    simulator.hand.createZone({ vsan: VSAN }, { name: 'hollow', members: [], zoneset: 'prod' });
    const { zones, zoning } = await apply(await delta());
    expect([zones[0]?.effective, zoning.pending, zoning.transaction]).toEqual([OURS.members, [], undefined]);
    const after = await apply(await delta({ add: [], remove: [OURS] }));
    expect([after.zones, after.zoning.pending]).toEqual([[], []]);
  });

  test('what the fabric refuses at once, or has no room for in the end, leaves everything as it was', async () => {
    const { simulator, apply, delta, zoning } = await started(vsan);
    const [before, wanted] = [zoning(), await delta()];
    simulator.faults.add({ kind: 'reject-activation', how: 'refused' });
    await expect(apply(wanted)).rejects.toMatchObject({ class: 'transient' });
    expect(zoning()).toBe(before);
    const reason = 'Zone database size exceeded';
    simulator.faults.add({ kind: 'reject-activation', how: 'failed', reason });
    await expect(apply(wanted)).rejects.toMatchObject({ class: 'capacity', message: expect.stringContaining(reason) });
    expect(zoning()).toBe(before);
  });

  test('a database that is full in the middle of the edits leaves everything as it was', async () => {
    const { apply, delta, zoning } = await started(vsan, { settings: { databaseBytesMax: 3_000 } });
    const before = zoning();
    const members = Array.from({ length: 85 }, (_none, number) => member(String(number + 10)));
    await expect(apply(await delta({ add: [OURS, { name: 'large', members }] }))).rejects.toMatchObject({
      class: 'capacity',
    });
    expect(zoning()).toBe(before);
  });
});

test.each(['enhanced', 'basic'] as const)(
  'in %s mode a delta too large for one call is saved in parts and then activated as a whole, once, by the delta that was planned',
  async (mode) => {
    const { simulator, apply, delta } = await started({ mode });
    const add = Array.from({ length: 4 }, (_none, number) => ({
      name: `ours_${number}`,
      members: [member(`1${number}`), member(`2${number}`)],
    }));
    const planned = await delta({ add });
    const from = simulator.commands().length;
    for (const part of [add.slice(0, 2), add.slice(2)]) await apply(await delta({ add: part, activate: false }));
    const { zones, zoning } = await apply(planned);
    expect(zones.map(({ effective }) => effective)).toEqual(add.map(({ members }) => members));
    expect(zoning.pending).toEqual([]);
    const said = simulator.commands().slice(from);
    expect(said.filter(({ command }) => command?.startsWith('zoneset activate'))).toHaveLength(1);
    const first = said.findIndex(({ command }) => command?.startsWith('zoneset activate'));
    expect(said.slice(0, first).filter(({ command }) => command?.startsWith('member pwwn'))).toHaveLength(8);
  },
);

test('a copy to the start-up configuration that somebody else has begun is waited for', async () => {
  const { simulator, apply, delta } = await started({ mode: 'enhanced' });
  simulator.hand.copyElsewhere('mds-1', 1_000);
  await apply(await delta());
  expect(simulator.dump().switches[0]!.startup).toContain('zone name ours');
});

test('a copy that fails is told, and the same delta again copies and changes nothing else', async () => {
  const { simulator, apply, delta, zoning } = await started({ mode: 'basic' });
  const wanted = await delta();
  simulator.faults.add({ kind: 'copy-fails' });
  await expect(apply(wanted)).rejects.toMatchObject({
    class: 'ambiguous',
    message: expect.stringMatching(/in effect, but not saved: .*request was aborted/),
  });
  const done = zoning();
  await apply(wanted);
  expect(simulator.dump().switches[0]!.startup).toContain('zone name ours');
  expect(zoning()).toBe(done);
});

test.each(['mds-1', 'mds-2'])(
  'the lock of somebody who edits on %s is respected, and its holder is named',
  async (on) => {
    const { simulator, apply, delta, zoning } = await started({ mode: 'enhanced' });
    const wanted = await delta();
    simulator.hand.openSession({ vsan: VSAN, switch: on }, 'alice');
    const before = zoning();
    const holder = on === 'mds-1' ? 'alice' : '192.0.2.12';
    await expect(apply(wanted)).rejects.toMatchObject({ class: 'busy', holders: [expect.stringContaining(holder)] });
    expect(zoning()).toBe(before);
  },
);
