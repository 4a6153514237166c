/** Zones of a mask: which it gets, and what it makes of those that are there. */
import { describe, expect, it } from 'vitest';
import type { ZoneMember } from '../../../src/engine/driver/network-contract.ts';
import type { ZoningPolicy } from '../../../src/engine/model/specs.ts';
import { deltaOf } from '../../../src/engine/zoning/delta.ts';
import type { OurZone, ZoningContext } from '../../../src/engine/zoning/types.ts';
import type { ModelFabric } from './model-fabric.ts';
import {
  all,
  contextOf,
  fabricWith,
  heldBy,
  I0,
  I1,
  initiator,
  MASK,
  masked,
  maskOf,
  P0,
  P1,
  P2,
  planned,
  shapes,
  wwpns,
  zoned,
  zonesOf,
} from './support.ts';

describe('styles', () => {
  const pairs = all(2, 2);
  it.each<[NonNullable<ZoningPolicy['style']>, unknown]>([
    [
      'pair',
      [
        ['standard', [I0, P0]],
        ['standard', [I0, P1]],
        ['standard', [I1, P0]],
        ['standard', [I1, P1]],
      ],
    ],
    [
      'single-initiator',
      [
        ['standard', [I0, P0, P1]],
        ['standard', [I1, P0, P1]],
      ],
    ],
    ['peer', [['peer', [I0, I1, `principal ${P0}`, `principal ${P1}`]]]],
    ['smart', [['smart', [`initiator ${I0}`, `initiator ${I1}`, `target ${P0}`, `target ${P1}`]]]],
  ])('%s', (style, wanted) => {
    expect(shapes(planned(fabricWith(), pairs, { policy: { style } }).add)).toEqual(wanted);
  });

  it('a peer zone has only what are all paths: initiators with other ports have another zone', () => {
    const { add } = planned(
      fabricWith(),
      [
        [0, 0],
        [0, 1],
        [1, 1],
      ],
      { policy: { style: 'peer' } },
    );
    expect(shapes(add)).toEqual([
      ['peer', [I0, `principal ${P0}`, `principal ${P1}`]],
      ['peer', [I1, `principal ${P1}`]],
    ]);
  });

  it('more members than a zone takes are several zones', () => {
    const policy = { style: 'peer' } as const;
    const { add } = planned(fabricWith(), all(30, 4), { policy });
    expect(add.map(({ members }) => members.length).sort()).toEqual([10, 16, 16]);
    expect(new Set(add.map(({ zoneName }) => zoneName)).size).toBe(3);
  });

  it('what the switch does not make is held, and taking away is not', () => {
    const fabric = fabricWith();
    const context = contextOf(fabric.seen(), { policy: { style: 'peer' } });
    const driver = { ...context.driver, zoneKinds: ['standard'] as const };
    const paths = masked(1, 1, all(1, 1));
    expect(heldBy({ ...context, driver }, paths)).toMatch(
      /^COPRHD-ZONE-004 network fabric-a wants zones of style peer/,
    );
    const smart = { ...context, policy: { style: 'smart' } as const, seen: fabric.seen({ smartZoning: false }) };
    expect(heldBy(smart, paths)).toMatch(/^COPRHD-ZONE-004 network fabric-a wants smart zones/);
    const template = { ...context, policy: { nameTemplate: '{host}' } };
    expect(heldBy(template, paths)).toMatch(/^COPRHD-ZONE-004 the name template .*there is no \{host\}/);
    const recorded = zoned(fabric, context, MASK, paths);
    const without = { ...context, driver, recorded, seen: fabric.seen() };
    expect(heldBy(without, undefined)).toBe('not held');
    expect(heldBy(without, paths)).toBe('not held');
  });
});

describe('growing and shrinking', () => {
  const grownBy = (style: NonNullable<ZoningPolicy['style']>, first: [number, number][], then: [number, number][]) => {
    const fabric = fabricWith();
    const context = contextOf(fabric.seen(), { policy: { style } });
    const recorded = zoned(fabric, context, MASK, masked(1, 1, first));
    return planned(fabric, then, { policy: { style }, recorded });
  };

  it('a peer zone takes a port that all its initiators need, and an initiator that needs all its ports', () => {
    const { add, change, remove } = grownBy(
      'peer',
      [[0, 0]],
      [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
    );
    expect([add, remove]).toEqual([[], []]);
    expect(shapes(change.map(({ to }) => to))).toEqual([['peer', [I0, I1, `principal ${P0}`, `principal ${P1}`]]]);
  });

  it('a port that one of two initiators needs comes in a zone of its own', () => {
    const { keep, add, change } = grownBy(
      'peer',
      [
        [0, 0],
        [1, 0],
      ],
      [
        [0, 0],
        [1, 0],
        [1, 1],
      ],
    );
    expect([keep.length, change]).toEqual([1, []]);
    expect(shapes(add)).toEqual([['peer', [I1, `principal ${P1}`]]]);
  });

  it('a zone of one initiator takes more ports, and loses them', () => {
    const more = grownBy(
      'single-initiator',
      [
        [0, 0],
        [0, 1],
      ],
      [
        [0, 1],
        [0, 2],
      ],
    );
    expect([more.add, more.remove]).toEqual([[], []]);
    expect(shapes(more.change.map(({ to }) => to))).toEqual([['standard', [I0, P1, P2]]]);
  });

  it('a path that goes takes its pair with it, and no other', () => {
    const { keep, add, change, remove } = grownBy(
      'pair',
      [
        [0, 0],
        [0, 1],
      ],
      [[0, 1]],
    );
    expect([keep.length, add, change]).toEqual([1, [], []]);
    expect(shapes(remove)).toEqual([['standard', [I0, P0]]]);
  });

  it('what is left of a peer zone that no longer is all paths stays open', () => {
    const { add, change, remove } = grownBy('peer', all(2, 2) as [number, number][], [
      [0, 0],
      [0, 1],
      [1, 1],
    ]);
    expect(remove).toEqual([]);
    expect(shapes(change.map(({ to }) => to))).toEqual([['peer', [I0, `principal ${P0}`, `principal ${P1}`]]]);
    expect(shapes(add)).toEqual([['peer', [I1, `principal ${P1}`]]]);
  });

  it('after a change of style only new paths are zoned in the new one', () => {
    const fabric = fabricWith();
    const recorded = zoned(fabric, contextOf(fabric.seen()), MASK, masked(1, 1, [[0, 0]]));
    for (const style of ['single-initiator', 'peer', 'smart'] as const) {
      const { keep, add, change, remove } = planned(
        fabric,
        [
          [0, 0],
          [0, 1],
        ],
        { recorded, policy: { style } },
      );
      expect([keep, change, remove]).toEqual([recorded, [], []]);
      expect(add).toHaveLength(1);
    }
  });
});

describe('zones of others', () => {
  const context = (fabric: ModelFabric, more: Partial<ZoningContext> = {}) => contextOf(fabric.seen(), more);

  it('that open a path already are recorded, and nothing is sent', () => {
    const fabric = fabricWith(['theirs', wwpns(I0, P0, 'bb:00:00:00:00:00:00:00')]);
    const zones = planned(fabric, [[0, 0]]);
    expect(zones.add).toEqual([
      {
        mask: MASK,
        zoneName: 'theirs',
        kind: 'standard',
        members: [{ portName: I0 }, { portName: P0 }],
        existing: true,
      },
    ]);
    expect(Object.values(deltaOf(zones, context(fabric))).flat()).toEqual([]);
    const gone = zonesOf(context(fabric, { recorded: zones.add }), MASK, undefined);
    expect(gone.remove).toEqual(zones.add);
    expect(Object.values(deltaOf(gone, context(fabric))).flat()).toEqual([]);
  });

  it("are taken in CoprHD's order: recorded, of two members, the last by name", () => {
    const extra = 'bb:00:00:00:00:00:00:00';
    const fabric = fabricWith(
      ['a', wwpns(I0, P0, extra)],
      ['b', wwpns(I0, P0)],
      ['c', wwpns(I0, P0)],
      ['d', wwpns(I0, P0, extra)],
    );
    const takes = (recorded: readonly OurZone[]) => {
      const { add, keep } = planned(fabric, [[0, 0]], { recorded });
      return [...add, ...keep].map(({ zoneName }) => zoneName);
    };
    const known = (mask: typeof MASK): OurZone => ({
      mask,
      zoneName: 'a',
      kind: 'standard',
      members: [{ portName: I0 }, { portName: P0 }],
      existing: true,
    });
    expect(takes([])).toEqual(['c']);
    expect(takes([known(maskOf(1, 2))])).toEqual(['a']);
    expect(takes([known(MASK)])).toEqual(['a']);
    fabric.zones.delete('b');
    fabric.zones.delete('c');
    fabric.activate();
    expect(takes([])).toEqual(['d']);
  });

  it('do not count where roles, domain and port, or kinds nobody knows are all that joins', () => {
    const roles = (a: 'principal' | undefined, b: 'principal' | undefined): ZoneMember[] => [
      { type: 'wwpn', wwpn: I0, ...(a ? { role: a } : {}) },
      { type: 'wwpn', wwpn: P0, ...(b ? { role: b } : {}) },
    ];
    const newOnes = (kind: 'peer' | 'other' | 'standard', members: readonly ZoneMember[]) => {
      const fabric = fabricWith();
      fabric.put({ name: 'theirs', kind, members });
      return planned(fabric, [[0, 0]]).add.filter(({ existing }) => !existing).length;
    };
    expect(newOnes('peer', roles(undefined, 'principal'))).toBe(0);
    expect(newOnes('peer', roles('principal', 'principal'))).toBe(1);
    expect(newOnes('peer', roles(undefined, undefined))).toBe(1);
    expect(newOnes('other', wwpns(I0, P0))).toBe(1);
    expect(newOnes('standard', [...wwpns(I0), { type: 'port', domain: 1, port: 4 }])).toBe(1);
  });

  it('do not count when the next activation would end them', () => {
    const newOnes = (change: (fabric: ModelFabric) => void) => {
      const fabric = fabricWith(['theirs', wwpns(I0, P0)]);
      const zone = fabric.zones.get('theirs')!;
      change(fabric);
      expect(fabric.effective.has('theirs')).toBe(true);
      expect(zone.members).toHaveLength(2);
      return planned(fabric, [[0, 0]]).add.filter(({ existing }) => !existing).length;
    };
    expect(newOnes(() => {})).toBe(0);
    expect(
      newOnes((fabric) => fabric.zones.set('theirs', { ...fabric.zones.get('theirs')!, configurations: [] })),
    ).toBe(1);
    const members = wwpns(I0);
    expect(newOnes((fabric) => fabric.zones.set('theirs', { ...fabric.zones.get('theirs')!, members }))).toBe(1);
    // Only in effect any more.
    const fabric = fabricWith(['theirs', wwpns(I0, P0)]);
    const seen = fabric.seen();
    const zones = seen.zones.map(({ defined, ...zone }) =>
      zone.name === 'theirs' ? zone : { ...zone, defined: defined! },
    );
    const { add } = zonesOf(contextOf({ ...seen, zones }), MASK, masked(1, 1, [[0, 0]]));
    expect(add.map(({ existing }) => existing)).toEqual([undefined]);
  });

  it('that are no more are replaced by ours', () => {
    const fabric = fabricWith(['theirs', wwpns(I0, P0)]);
    const recorded = planned(fabric, [[0, 0]]).add;
    fabric.zones.delete('theirs');
    fabric.activate();
    const { add, remove } = planned(fabric, [[0, 0]], { recorded });
    expect(remove).toEqual(recorded);
    expect(shapes(add)).toEqual([['standard', [I0, P0]]]);
  });
});

describe('aliases', () => {
  const policy = { members: 'alias' } as const;

  it("of others that stand for one WWPN are used; others' names for several are not", () => {
    const fabric = fabricWith();
    fabric.aliases.set('esx1_hba0', wwpns(I0));
    fabric.aliases.set('esx1_all', wwpns(I0, I1));
    fabric.aliases.set('array_both', wwpns(P0, P1));
    const zones = planned(fabric, [[0, 0]], { policy });
    const [alias, ours] = zones.add[0]!.members.map((member) => member.alias);
    expect(alias).toBe('esx1_hba0');
    expect(ours).toMatch(/^SDS_array_1_0121_FA0D_00_[0-9a-f]{8}$/);
    const delta = deltaOf(zones, contextOf(fabric.seen(), { policy }));
    expect(delta.addAliases).toEqual([{ name: ours, members: wwpns(P0) }]);
  });

  it('of ours go with the last zone that names them, and stay while somebody else names them', () => {
    const fabric = fabricWith();
    const context = contextOf(fabric.seen(), { policy });
    let recorded = zoned(fabric, context, MASK, masked(1, 1, [[0, 0]]));
    recorded = zoned(fabric, { ...context, recorded }, maskOf(2, 1), masked(2, 1, [[0, 0]]));
    const gone = (mask: typeof MASK) => {
      const now = contextOf(fabric.seen(), { policy, recorded });
      return deltaOf(zonesOf(now, mask, undefined), now).removeAliases.map(({ members }) => members);
    };
    expect(gone(MASK)).toEqual([wwpns(I0)]);
    recorded = zoned(fabric, { ...context, recorded }, MASK, undefined);
    expect(gone(maskOf(2, 1)).flat()).toHaveLength(2);
    const shared = [...fabric.aliases].find(([, members]) => JSON.stringify(members) === JSON.stringify(wwpns(P0)))!;
    fabric.put({ name: 'theirs', members: [{ type: 'alias', alias: shared[0] }] });
    expect(gone(maskOf(2, 1))).toEqual([wwpns(initiator(2, 0))]);
  });
});
