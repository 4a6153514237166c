/** The audit's pure checks of access and redundancy, and what is open on a fabric. */
import { describe, expect, it } from 'vitest';
import type { ZoneMember } from '../../../src/engine/driver/network-contract.ts';
import type { SeenFabric } from '../../../src/engine/observe/network-observation.ts';
import {
  type AuditedEnds,
  type AuditedMask,
  mappedNotZoned,
  zonedNotMapped,
} from '../../../src/engine/zoning/audit/access.ts';
import { fabricFindings } from '../../../src/engine/zoning/audit/fabric.ts';
import { type AuditedHost, type AuditedPath, redundancyFindings } from '../../../src/engine/zoning/audit/redundancy.ts';
import { foreignZones, stateOf } from '../../../src/engine/zoning/compare-fabric.ts';
import { openZones, pathProblems, reachedBy } from '../../../src/engine/zoning/in-effect.ts';
import { contextOf, fabricWith, I0, I1, MASK, P0, P1, wwpns } from './support.ts';

const login = (nativeId: string, port: number) => ({ nativeId, name: nativeId, switch: 'sw', port });
const switches = [{ nativeId: 'sw', name: 'sw-1', domain: 7, status: 'up' as const }];

type Zones = readonly (readonly [string, readonly ZoneMember[]])[];

function seen(zones: Zones, ...logins: readonly string[]): SeenFabric {
  const fabric = fabricWith(...zones).seen();
  return { ...fabric, fabric: { ...fabric.fabric, switches }, endpoints: logins.map(login) };
}

describe('what is open on a fabric', () => {
  it('is what a zone in effect joins between ends that are logged in', () => {
    const fabric = seen([['z', wwpns(I0, P0)]], I0, P0);
    expect(pathProblems(fabric, I0, P0)).toEqual([]);
    expect(pathProblems(fabric, I0, P1)).toEqual(['port-not-logged-in', 'not-zoned']);
    expect(pathProblems(fabric, I1, P0)).toEqual(['initiator-not-logged-in', 'not-zoned']);
  });

  it('counts who is plugged in at a port of a switch, and nobody at another one', () => {
    const zones: Zones = [['z', [{ type: 'port', domain: 7, port: 0 }, ...wwpns(P0)]]];
    const fabric = seen(zones, I0, P0);
    expect(openZones(fabric, I0, P0)).toEqual(['z']);
    expect(openZones(seen(zones, P0, I0), I0, P0)).toEqual([]);
    expect([...reachedBy(fabric, I0)]).toEqual([[P0, 'z']]);
  });
});

const ends = (fabric: SeenFabric, more: Partial<AuditedEnds> = {}): AuditedEnds => ({
  hosts: new Map([
    [I0, 'h0'],
    [I1, 'h1'],
  ]),
  ports: new Map([
    [P0, { system: 'array-1', name: 'FA-0' }],
    [P1, { system: 'array-1', name: 'FA-1' }],
  ]),
  fabricOf: () => fabric,
  ...more,
});
const mask = (more: Partial<AuditedMask>): AuditedMask => ({
  ...{ system: 'array-1', name: 'm', initiators: [I0], ports: [P0, P1] },
  ...more,
});

describe('mapped and not zoned', () => {
  const fabric = seen([['z', wwpns(I0, P0)]], I0, P0, P1);

  it('is each recorded path of a mask of ours; of others one open port an initiator is enough', () => {
    const paths = [P0, P1].map((port) => ({ initiator: I0, port }));
    expect(mappedNotZoned([mask({ paths })], ends(fabric))).toMatchObject([
      { evidence: { notZoned: [`${I0} - FA-1`] } },
    ]);
    expect(mappedNotZoned([mask({})], ends(fabric))).toEqual([]);
    expect(mappedNotZoned([mask({ initiators: [I1] })], ends(fabric))).toHaveLength(1);
  });

  it('says nothing of hosts that are not ours, nor of ends in different fabrics or in one that was not read', () => {
    const stranger = mask({ initiators: ['10:00:00:00:00:aa:00:01'] });
    expect(mappedNotZoned([stranger], ends(fabric))).toEqual([]);
    const other = seen([]);
    const apart = ends(fabric, { fabricOf: (wwpn) => (wwpn === I1 ? fabric : other) });
    expect(mappedNotZoned([mask({ initiators: [I1] })], apart)).toEqual([]);
    expect(mappedNotZoned([mask({ initiators: [I1] })], ends(fabric, { fabricOf: () => undefined }))).toEqual([]);
  });
});

it('zoned and not mapped is one finding a host and system, and none where a mask maps that pair', () => {
  const fabric = seen(
    [
      ['z', wwpns(I0, P0)],
      ['y', wwpns(I0, P1)],
    ],
    I0,
    P0,
    P1,
  );
  const [finding, ...more] = zonedNotMapped([], ends(fabric));
  expect(more).toEqual([]);
  expect(finding).toMatchObject({
    object: 'h0',
    evidence: { pairs: 2, zoned: [`${I0} - FA-0 by z`, `${I0} - FA-1 by y`] },
  });
  expect(zonedNotMapped([mask({ ports: [P0] })], ends(fabric))).toMatchObject([{ evidence: { pairs: 1 } }]);
  expect(zonedNotMapped([mask({})], ends(fabric))).toEqual([]);
});

it('a member is dead when nobody knows it, an alias when it is not there; a port of a switch never', () => {
  const zone = [
    ...wwpns(I0, P0),
    { type: 'alias' as const, alias: 'gone' },
    { type: 'port' as const, domain: 1, port: 2 },
  ];
  const fabric = seen([['z', wwpns(I0, P0)]]);
  const zones = fabric.zones.map((each) => (each.name === 'z' ? { ...each, defined: zone } : each));
  const context = contextOf({ ...fabric, zones });
  const findings = fabricFindings({ system: 'sw', context }, (wwpn) => wwpn !== P0 && !wwpn.startsWith('aa'));
  const dead = findings.filter(({ check, object }) => check === 'zone-dead-member' && object === 'z');
  expect(dead).toMatchObject([{ evidence: { members: 4, dead: [P0, 'alias gone'] } }]);
});

describe('redundancy', () => {
  const path = (name: string, more: Partial<AuditedPath> = {}): AuditedPath => ({
    ...{ name, state: 'open', haDomain: `FA-${name}`, switches: [`sw-${name}`, `core-${name}`] },
    ...more,
  });
  const host = (paths: readonly AuditedPath[], more: Partial<AuditedHost> = {}): AuditedHost => ({
    ...{ host: 'h', system: 'array-1', paths, min: 2, minOf: 'gold', haDomains: 2 },
    ...more,
  });
  const checks = (audited: AuditedHost) =>
    redundancyFindings(audited).map(({ check, evidence }) => [
      check,
      ...(check === 'paths-through-one' ? [evidence.switches, evidence.haDomains] : []),
    ]);

  it('is enough with two paths that share nothing', () => expect(checks(host([path('1'), path('2')]))).toEqual([]));

  it('lacks where all open paths share a switch at any end, or an HA domain when there is another', () => {
    const shared = [path('1'), path('2', { switches: ['sw-2', 'core-1'] })];
    expect(checks(host(shared))).toEqual([['paths-through-one', ['core-1'], []]]);
    const director = [path('1'), path('2', { haDomain: 'FA-1' })];
    expect(checks(host(director))).toEqual([['paths-through-one', [], ['FA-1']]]);
    expect(checks(host(director, { haDomains: 1 }))).toEqual([]);
    // Both ends at one switch: it is named once.
    expect(
      checks(host([path('1', { switches: ['core', 'core'] }), path('2', { switches: ['core', 'sw-2'] })])),
    ).toEqual([['paths-through-one', ['core'], []]]);
    // A closed one helps nobody.
    expect(checks(host([...shared, path('3', { state: 'closed' })]))).toEqual([['paths-through-one', ['core-1'], []]]);
  });

  it('counts what may be open: an unread fabric makes no finding', () => {
    expect(checks(host([path('1'), path('2', { state: 'unknown', switches: [] })]))).toEqual([]);
    expect(checks(host([path('1', { state: 'closed' }), path('2', { state: 'unknown' })]))).toEqual([
      ['too-few-paths'],
    ]);
    expect(checks(host([]))).toEqual([['too-few-paths']]);
  });
});

describe('zones of others', () => {
  const existing = {
    mask: MASK,
    zoneName: 'theirs',
    kind: 'standard' as const,
    members: [{ portName: I0 }, { portName: P0 }],
    existing: true,
  };
  const paths = [{ mask: MASK, initiator: I0, port: P0 }];

  it('that are used may grow, and are changed when they join a path no more', () => {
    const state = (...members: readonly string[]) =>
      stateOf(contextOf(seen([['theirs', wwpns(...members)]]), { recorded: [existing] }), existing, () => paths);
    expect([state(I0, P0), state(I0, P0, I1), state(I0, P1)]).toEqual(['same', 'same', 'changed']);
    expect(stateOf(contextOf(seen([]), { recorded: [existing] }), existing, () => paths)).toBe('missing');
  });

  it('that join the ends of a path are foreign, unless they are used', () => {
    const fabric = seen([
      ['theirs', wwpns(I0, P0)],
      ['more', wwpns(I0, P0, P1)],
      ['else', wwpns(I0, P1)],
    ]);
    const context = contextOf(fabric, { recorded: [existing] });
    expect(foreignZones(context, paths).map(({ zone, joins }) => [zone.name, joins])).toEqual([['more', paths]]);
  });
});
