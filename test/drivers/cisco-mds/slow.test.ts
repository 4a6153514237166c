/** A switch that answers more slowly than the deadline has time for, over SSH: no lock is left behind, and nothing is lost. */
import type { CallContext, ZoneDelta, ZoneMember } from 'coprhd/driver';
import { expect, onTestFinished, test } from 'vitest';
import type { ZoneMode } from '../../../drivers/simulator/mds/state/types.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { callContext } from '../simulator/target.ts';
import { SEED, startSimulated, VSAN } from './simulated.ts';

const member = (number: number): ZoneMember => ({ type: 'wwpn', wwpn: `10:00:00:00:c9:99:00:${number + 10}` });
const ZONES = Array.from({ length: 12 }, (_none, number) => ({
  name: `ours_${number}`,
  members: [member(number), member(number + 20)],
}));

async function started(mode: ZoneMode) {
  const simulated = await startSimulated({ vsans: [{ id: VSAN, mode }] });
  onTestFinished(() => simulated.close());
  const { simulator, connect } = simulated;
  const theirs = {
    name: 'theirs',
    members: [{ kind: 'pwwn', wwn: '10:00:00:00:c9:99:00:99' }],
    zoneset: 'prod',
  } as const;
  simulator.hand.createZone({ vsan: VSAN }, theirs, true);
  const network = await connect();
  const fabric = simulated.fabric();
  const delta: ZoneDelta = {
    ...{ fabric, base: (await network.readZoning(callContext(systemClock), fabric)).fingerprint, owner: 'coprhd slow' },
    ...{ configuration: 'prod', addAliases: [], removeAliases: [], add: ZONES, change: [], remove: [] },
    ...{ activate: true, activatePending: false },
  };
  const apply = (ctx: CallContext) => network.applyZoneDelta(ctx, delta);
  const slow = (latencyMs: number) => simulator.faults.add({ kind: 'slow', latencyMs, switch: SEED });
  const vsan = () => simulator.dump().vsans.find(({ id }) => id === VSAN)!;
  return { simulator, apply, slow, vsan };
}

const within = (durationMs: number) => callContext(systemClock, { deadlineMs: systemClock.nowMs() + durationMs });

test('in enhanced mode the session is given up while there is time, and everything is as it was', async () => {
  const { simulator, apply, slow, vsan } = await started('enhanced');
  const before = JSON.stringify(simulator.dump().switches);
  slow(40);
  await expect(apply(within(3_000))).rejects.toMatchObject({
    class: 'transient',
    message: expect.stringContaining('too slowly'),
  });
  expect([vsan().session, JSON.stringify(simulator.dump().switches)]).toEqual([undefined, before]);
  simulator.faults.clear();
  await apply(within(6_000));
  expect(vsan().active!.zones).toHaveLength(1 + ZONES.length);
});

test('in basic mode what was saved stays and is told of, and the same delta again does the rest', async () => {
  const { simulator, apply, slow, vsan } = await started('basic');
  slow(40);
  await expect(apply(within(3_000))).rejects.toMatchObject({ class: 'ambiguous' });
  expect(vsan().active!.zones).toHaveLength(1);
  simulator.faults.clear();
  await apply(within(6_000));
  expect(vsan().active!.zones).toHaveLength(1 + ZONES.length);
});
