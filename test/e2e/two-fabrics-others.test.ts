/**
 * plans/two-fabrics beside colleagues and failures, by the real drivers over real SSH and HTTPS, a Brocade and a Cisco
 * fabric at once: what others saved, what they have open, an open default zone, a rejected activation, an undo.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ApplyResult } from '../../src/engine/operations/types.ts';
import type { Plan } from '../../src/engine/planner/plan.ts';
import {
  foreignIn,
  namesOf,
  ONE_HOST,
  oursIn,
  type SwitchedWorld,
  switchedWorld,
  TWO_HOSTS,
  VSAN,
} from './switched-world.ts';

const FABRICS = ['a', 'b'] as const;

const heldIn = (plan: Plan): string[] =>
  plan.changes.flatMap(({ address, held }) => {
    if (!held) return [];
    const { code, summary, detail = '' } = held.diagnostic;
    return [`${address} ${code} ${summary}: ${detail}`];
  });

const saidBy = ({ diagnostics, units }: ApplyResult): string =>
  [...diagnostics.map((each) => `${each.summary} ${each.detail}`), ...units.map(({ error }) => error ?? '')].join('\n');

/** Saved and in effect, of both. */
const everything = (world: SwitchedWorld) =>
  FABRICS.map((fabric) => JSON.stringify([world.saved(fabric), world.inEffect(fabric)]));

const foreign = (world: SwitchedWorld) =>
  FABRICS.map((fabric) => [foreignIn(world.saved(fabric)), foreignIn(world.inEffect(fabric))]);

/** One of the paths on the first fabric was zoned before us, and that zone is used. */
const ours = (world: SwitchedWorld) => FABRICS.map((fabric) => oursIn(world.inEffect(fabric)).length);

/** One for all: each test leaves the fabrics as it found them, until the last ones. */
let world: SwitchedWorld;
beforeAll(async () => {
  world = await switchedWorld();
});

describe("a colleague's edit that is saved and not enabled", () => {
  it.each(FABRICS)('on fabric %s holds the export, is named, and stays as it is', async (fabric) => {
    world.colleague(fabric, 'their_draft');
    const before = everything(world);
    expect(heldIn(await world.plan(ONE_HOST))).toEqual([
      expect.stringMatching(
        /^erp\/export\.one COPRHD-ZONE-002 a zone was saved on .* not activated.*: their_draft \(added\)$/,
      ),
    ]);
    expect((await world.apply(ONE_HOST)).outcome).toBe('held');
    expect(everything(world)).toEqual(before);
    world.colleagueRemoves(fabric, 'their_draft');
  });

  it('made after the plan is named, not enabled, and the export is undone on both fabrics', async () => {
    for (const fabric of FABRICS) {
      const plan = await world.plan(ONE_HOST);
      world.colleague(fabric, 'their_draft');
      const before = everything(world);
      const result = await world.applyPlan(plan);
      expect(result.units, fabric).toMatchObject([{ address: 'erp/export.one', state: 'undone' }]);
      expect(saidBy(result)).toContain('their_draft');
      expect(everything(world)).toEqual(before);
      world.colleagueRemoves(fabric, 'their_draft');
    }
  });
});

describe("somebody's open transaction", () => {
  it('holds the export, with their name; a Brocade switch shows only a number', async () => {
    world.brocade.hand.openTransaction({ user: 'mallory' });
    expect(heldIn(await world.plan(ONE_HOST))).toEqual([
      expect.stringMatching(
        /^erp\/export\.one COPRHD-ZONE-007 zoning transaction \d+ holds the zoning of fabric fabric-a-sw1 /,
      ),
    ]);
    world.brocade.hand.endTransactions();
    world.cisco.hand.openSession({ vsan: VSAN }, 'mallory');
    expect(heldIn(await world.plan(ONE_HOST))).toEqual([
      expect.stringMatching(/^erp\/export\.one COPRHD-ZONE-007 mallory holds the zoning of fabric fabric-b /),
    ]);
    world.cisco.hand.closeSession(VSAN);
  });

  it('opened after the plan is waited for, not for ever, then named; it is never ended from here', async () => {
    const plan = await world.plan(ONE_HOST);
    const before = everything(world);
    world.cisco.hand.openSession({ vsan: VSAN }, 'mallory');
    const result = await world.applyPlan(plan);
    expect(result.units).toMatchObject([{ state: 'undone', error: expect.stringContaining('held by mallory') }]);
    expect(everything(world)).toEqual(before);
    expect(world.cisco.dump().vsans.find(({ id }) => id === VSAN)!.session?.user).toBe('mallory');
    world.cisco.hand.closeSession(VSAN);
  });
});

it('an open default zone on either fabric refuses all zoning there', async () => {
  const before = everything(world);
  const refused = (name: string) => [
    expect.stringMatching(new RegExp(`^erp/export.one COPRHD-ZONE-001 the default zone of fabric ${name} .*`)),
  ];
  world.brocade.hand.defaultZone('all-access');
  expect(heldIn(await world.plan(ONE_HOST))).toEqual(refused('fabric-a-sw1'));
  expect((await world.apply(ONE_HOST)).outcome).toBe('held');
  world.brocade.hand.defaultZone('no-access');
  world.cisco.hand.defaultZone(VSAN, 'permit');
  expect(heldIn(await world.plan(ONE_HOST))).toEqual(refused('fabric-b'));
  world.cisco.hand.defaultZone(VSAN, 'deny');
  expect(everything(world)).toEqual(before);
});

describe('an activation that fails on the second fabric', () => {
  /** What no later try would change. */
  const breakSecond = () =>
    world.cisco.faults.add({ kind: 'reject-activation', how: 'failed', reason: 'Zone database size exceeded' });

  /** A colleague puts a zone into effect on the first fabric, as soon as ours is there. */
  async function beside(work: Promise<ApplyResult>): Promise<ApplyResult> {
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    while (!isOver && oursIn(world.inEffect('a')).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    world.colleague('a', 'theirs_meanwhile', true);
    return over;
  }

  it('is compensated on the first by the inverse of our delta: what a colleague added meanwhile stays', async () => {
    const before = foreign(world);
    breakSecond();
    const result = await beside(world.apply(ONE_HOST));
    expect(result.units).toMatchObject([{ address: 'erp/export.one', state: 'undone' }]);
    expect(saidBy(result)).toContain('Zone database size exceeded');
    expect(ours(world)).toEqual([0, 0]);
    expect(namesOf(world.inEffect('a'))).toContain('theirs_meanwhile');
    expect(foreign(world)[1]).toEqual(before[1]);
    world.colleagueRemoves('a', 'theirs_meanwhile');
    expect(foreign(world)).toEqual(before);
  });

  it('is suspended where that is asked for: the first keeps ours until somebody takes it back, or goes on', async () => {
    breakSecond();
    const stopped = await world.apply(ONE_HOST, { onError: 'suspend' });
    expect(stopped).toMatchObject({ waitsFor: 'decision' });
    expect(ours(world)).toEqual([2, 0]);
    for (const fabric of FABRICS) world.colleague(fabric, 'theirs_meanwhile', true);
    const before = foreign(world);
    await world.client.call('task.rollback', { task: stopped.workflow!, preview: false });
    expect(ours(world)).toEqual([0, 0]);
    expect(foreign(world)).toEqual(before);

    breakSecond();
    const again = await world.apply(ONE_HOST, { onError: 'suspend' });
    expect(again).toMatchObject({ waitsFor: 'decision' });
    await world.client.call('task.resume', { task: again.workflow! });
    expect(ours(world)).toEqual([2, 1]);
    expect(foreign(world)).toEqual(before);
    expect((await world.plan(ONE_HOST)).changes).toEqual([]);
  });
});

it('edits of colleagues that were reviewed go into effect along with ours, on both fabrics', async () => {
  for (const fabric of FABRICS) world.colleague(fabric, 'their_draft');
  const done = await world.apply(TWO_HOSTS, { activatePending: true });
  expect(done.outcome, saidBy(done)).toBe('ok');
  for (const fabric of FABRICS) expect(namesOf(world.inEffect(fabric))).toContain('their_draft');
});
