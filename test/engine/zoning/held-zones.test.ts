/** Zones of ours that are not on the switch as they are recorded: made again where nobody else had a hand in it, else held. */
import { describe, expect, it } from 'vitest';
import type { ZoningPolicy } from '../../../src/engine/model/specs.ts';
import { deltaOf } from '../../../src/engine/zoning/delta.ts';
import { ModelFabric } from './model-fabric.ts';
import { all, contextOf, fabricWith, heldBy, I0, MASK, masked, P0, planned, wwpns, zoned, zonesOf } from './support.ts';

describe('zones of ours that are not as recorded', () => {
  function made(policy: ZoningPolicy = {}) {
    const fabric = fabricWith();
    const recorded = zoned(fabric, contextOf(fabric.seen(), { policy }), MASK, masked(1, 1, [[0, 0]]));
    return { fabric, recorded, policy, name: recorded[0]!.zoneName };
  }
  const again = ({ fabric, recorded, policy }: ReturnType<typeof made>) =>
    planned(fabric, [[0, 0]], { recorded, policy });

  it('are made again when they are gone, with their aliases', () => {
    for (const policy of [{}, { members: 'alias' } as const]) {
      const one = made(policy);
      const before = one.fabric.text();
      one.fabric.zones.delete(one.name);
      one.fabric.aliases.clear();
      one.fabric.activate();
      const zones = again(one);
      expect([zones.repair, zones.keep, zones.add]).toEqual([one.recorded, [], []]);
      one.fabric.apply(deltaOf(zones, contextOf(one.fabric.seen(), one)));
      expect(one.fabric.text()).toBe(before);
    }
  });

  it('are made again when they were taken out of the configuration', () => {
    const one = made();
    one.fabric.put({ name: one.name, members: one.fabric.zones.get(one.name)!.members }, []);
    expect(again(one).repair).toEqual(one.recorded);
  });

  it('are added with what they are to have when they are gone and change', () => {
    const fabric = fabricWith();
    const policy = { style: 'peer' } as const;
    const recorded = zoned(fabric, contextOf(fabric.seen(), { policy }), MASK, masked(1, 1, [[0, 0]]));
    fabric.zones.delete(recorded[0]!.zoneName);
    fabric.activate();
    const context = contextOf(fabric.seen(), { policy, recorded });
    const { add, change } = deltaOf(zonesOf(context, MASK, masked(1, 1, all(1, 2))), context);
    expect([add.map(({ members }) => members.length), change]).toEqual([[3], []]);
  });

  it('are held when somebody changed them, also when they are to go', () => {
    const one = made();
    one.fabric.put({ name: one.name, members: wwpns(I0, P0, 'bb:00:00:00:00:00:00:00') });
    const context = contextOf(one.fabric.seen(), one);
    for (const wanted of [masked(1, 1, [[0, 0]]), undefined]) {
      expect(heldBy(context, wanted)).toMatch(/^COPRHD-ZONE-003 zone SDS_esx_1.* is not as it is recorded/);
    }
  });

  it('are held when an alias in them stands for something else', () => {
    const one = made({ members: 'alias' });
    for (const name of one.fabric.aliases.keys()) one.fabric.aliases.set(name, wwpns('bb:00:00:00:00:00:00:00'));
    expect(heldBy(contextOf(one.fabric.seen(), one), undefined)).toMatch(/^COPRHD-ZONE-003/);
  });

  it('are forgotten and zoned anew when they are gone together with an alias of others', () => {
    const fabric = fabricWith();
    const policy = { members: 'alias' } as const;
    fabric.aliases.set('theirs', wwpns(I0));
    const recorded = zoned(fabric, contextOf(fabric.seen(), { policy }), MASK, masked(1, 1, [[0, 0]]));
    expect(recorded[0]!.members[0]!.alias).toBe('theirs');
    fabric.zones.delete(recorded[0]!.zoneName);
    fabric.aliases.delete('theirs');
    fabric.activate();
    const context = contextOf(fabric.seen(), { policy, recorded });
    const zones = zonesOf(context, MASK, masked(1, 1, [[0, 0]]));
    expect([zones.keep, zones.repair, zones.remove]).toEqual([[], [], recorded]);
    fabric.apply(deltaOf(zones, context));
    expect(fabric.joins(zones.add[0]!.zoneName, I0, P0)).toBe(true);
    expect([...fabric.aliases.keys()]).not.toContain('theirs');
  });

  it('are not looked for on a fabric that was not read whole: only what needs no zone goes on', () => {
    const one = made();
    const seen = { ...one.fabric.seen(), zones: [], why: 'the switch broke off' };
    const context = contextOf(seen, one);
    expect(heldBy(context, masked(1, 1, [[0, 0]]))).toBe('not held');
    expect(
      heldBy(
        context,
        masked(1, 1, [
          [0, 0],
          [0, 1],
        ]),
      ),
    ).toMatch(/^COPRHD-HELD-008/);
    expect(heldBy(context, undefined)).toMatch(/^COPRHD-HELD-008/);
  });
});

it('the last zone of the configuration in effect is not removed', () => {
  const fabric = new ModelFabric();
  fabric.put({ name: 'theirs', members: wwpns('bb:00:00:00:00:00:00:00') });
  const recorded = zoned(fabric, contextOf(fabric.seen()), MASK, masked(1, 1, [[0, 0]]));
  const context = () => contextOf(fabric.seen(), { recorded });
  expect(heldBy(context(), undefined)).toBe('not held');
  fabric.put({ name: 'theirs', members: wwpns('bb:00:00:00:00:00:00:00') }, ['OLD']);
  expect(heldBy(context(), undefined)).toMatch(
    /^COPRHD-ZONE-004 that would take the last zone out of configuration PROD/,
  );
  expect(heldBy(context(), masked(1, 1, [[0, 1]]))).toBe('not held');
});
