/** Zoning as data, on zoning of any shape: edits, their inverse, and what is recognised after a crash anywhere in between. */
import type { ZoneMember } from 'coprhd/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Edit, editsBetween } from '../../../drivers/cisco-mds/model/edits.ts';
import { isDone, isMadeOn, targetOf, writtenZone } from '../../../drivers/cisco-mds/model/target.ts';
import { aliasNames, type Work, zoneNames } from '../../../drivers/cisco-mds/model/work.ts';
import {
  differing,
  type Full,
  fingerprintOf,
  memberKey,
  pendingOf,
  type Zone,
} from '../../../drivers/cisco-mds/model/zoning.ts';
import { port, VSAN, work } from './support.ts';

const BYTES = ['01', '02', '03', '04', '05', '06'];
const members = fc.subarray(BYTES, { minLength: 1 }).map((bytes) => bytes.map(port));
const FOREIGN = ['theirs', 'others', 'hollow'];

/** A full database of foreign zones and of those that the delta changes or removes, and the delta. */
const cases = fc
  .record({
    foreign: fc.dictionary(fc.constantFrom(...FOREIGN), members),
    add: fc.dictionary(fc.constantFrom('new1', 'new2'), members),
    change: fc.dictionary(fc.constantFrom('changed1', 'changed2'), fc.tuple(members, members)),
    remove: fc.dictionary(fc.constantFrom('gone1', 'gone2'), members),
    alias: fc.option(members, { nil: undefined }),
  })
  .map(({ foreign, add, change, remove, alias }) => {
    const was = {
      ...foreign,
      ...remove,
      ...Object.fromEntries(Object.entries(change).map(([name, [from]]) => [name, from])),
    };
    const specs = (of: Record<string, ZoneMember[]>) =>
      Object.entries(of).map(([name, list]) => ({ name, members: list }));
    const delta = work({
      ...{ add: specs(add), remove: specs(remove) },
      change: Object.entries(change).map(([name, [from, to]]) => ({ name, from, to })),
      addAliases: alias ? [{ name: 'alias', members: alias }] : [],
    });
    return { full: fullOf(was), delta };
  });

function fullOf(zones: Readonly<Record<string, readonly ZoneMember[]>>): Full {
  const made = Object.entries(zones).map(([name, list]) => [name, writtenZone({ name, members: list })] as const);
  return {
    zones: new Map(made),
    zonesets: new Map([['prod', new Set(Object.keys(zones))]]),
    aliases: new Map(),
  };
}

const ownOf = (delta: Work) => ({ zones: new Set(zoneNames(delta)), aliases: new Set(aliasNames(delta)) });

/** A switch that does what it is told, line by line. */
function tell(full: Full, lines: readonly string[]): Full {
  const zones = new Map(full.zones);
  const aliases = new Map(full.aliases);
  const zonesets = new Map([...full.zonesets].map(([name, inIt]) => [name, new Set(inIt)]));
  let at: { readonly kind: string; readonly name: string } | undefined;
  const groupsOf = (kind: string) => (kind === 'fcalias' ? aliases : zones);
  for (const line of lines) {
    const [, no, kind, name] = /^(no )?(zone|zoneset|fcalias) name (\S+) vsan/.exec(line) ?? [];
    if (kind !== undefined && name !== undefined) {
      at = { kind, name };
      if (kind === 'zoneset') no ? zonesets.delete(name) : zonesets.set(name, zonesets.get(name) ?? new Set());
      else if (no) groupsOf(kind).delete(name);
      else groupsOf(kind).set(name, groupsOf(kind).get(name) ?? writtenZone({ name, members: [] }));
      continue;
    }
    const [, remove, what] = /^(no )?member (.+)$/.exec(line)!;
    if (at!.kind === 'zoneset') remove ? zonesets.get(at!.name)!.delete(what!) : zonesets.get(at!.name)!.add(what!);
    else groupsOf(at!.kind).set(at!.name, edited(groupsOf(at!.kind).get(at!.name)!, what!, remove !== undefined));
  }
  return { zones, zonesets, aliases };
}

function edited({ name, members: now }: Zone, form: string, remove: boolean): Zone {
  const member: ZoneMember = { type: 'wwpn', wwpn: form.replace('pwwn ', '') };
  const others = now.filter((one) => memberKey(one) !== memberKey(member));
  const list = remove ? others : [...others, member];
  return writtenZone({ name, members: list.sort((a, b) => (memberKey(a) < memberKey(b) ? -1 : 1)) });
}

const linesOf = (edits: readonly Edit[]): string[] => edits.flatMap(({ head, lines }) => [head, ...lines]);

describe('edits', () => {
  it('make the target of what is there, name nobody else’s zone, and their inverse takes them back', () => {
    fc.assert(
      fc.property(cases, ({ full, delta }) => {
        const target = targetOf(full, delta);
        const lines = linesOf(editsBetween(VSAN, full, target, ownOf(delta)));
        expect(differing({ full: tell(full, lines) }, { full: target })).toEqual([]);
        expect(isDone({ full: target }, delta, false)).toBe(true);
        expect(lines.some((line) => FOREIGN.some((name) => line.includes(name)))).toBe(false);
        const back = linesOf(editsBetween(VSAN, target, full, ownOf(delta)));
        expect(fingerprintOf({ full: tell(target, back) })).toBe(fingerprintOf({ full }));
        expect(linesOf(editsBetween(VSAN, full, full, ownOf(delta)))).toEqual([]);
      }),
    );
  });

  it('cut anywhere are recognised as the delta on its base, and the rest of them makes the target', () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ full, delta }, point) => {
        const target = targetOf(full, delta);
        const lines = linesOf(editsBetween(VSAN, full, target, ownOf(delta)));
        const cut = tell(full, lines.slice(0, point % (lines.length + 1)));
        expect(isMadeOn(fingerprintOf({ full }), { full: cut }, delta)).toBe(true);
        const rest = linesOf(editsBetween(VSAN, cut, targetOf(cut, delta), ownOf(delta)));
        expect(differing({ full: tell(cut, rest) }, { full: target })).toEqual([]);
      }),
    );
  });

  it('of somebody else beside ours are never taken for ours', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(...FOREIGN), members, ({ full, delta }, name, list) => {
        const zone = full.zones.get(name);
        fc.pre(!zone || memberText(zone) !== list.map(memberKey).join());
        const others = { ...full, zones: new Map(full.zones).set(name, writtenZone({ name, members: list })) };
        const base = fingerprintOf({ full });
        expect(isMadeOn(base, { full: others }, delta)).toBe(false);
        expect(isMadeOn(base, { full: targetOf(others, delta) }, delta)).toBe(false);
      }),
    );
  });
});

const memberText = ({ members: list }: Zone): string => list.map(memberKey).join();

it('a zone that is removed, and one that is not there, are told apart after a crash', () => {
  const full = fullOf({ theirs: [port('01')], gone: [port('02')] });
  const remove = [
    { name: 'gone', members: [port('02')] },
    { name: 'gone_before', members: [port('03')] },
  ];
  const done = targetOf(full, work({ remove }));
  expect(isMadeOn(fingerprintOf({ full: done }), { full: done }, work({ remove }))).toBe(true);
  expect(isMadeOn(fingerprintOf({ full }), { full: done }, work({ remove: [remove[0]!] }))).toBe(true);
});

it('the fingerprint is the same whatever the order and the form of members, and other for each change', () => {
  const full = fullOf({ a: [port('01'), port('02')], b: [port('03')] });
  const turned: Full = { ...full, zones: new Map([...full.zones].reverse()) };
  expect(fingerprintOf({ full: turned })).toBe(fingerprintOf({ full }));
  const active = { name: 'prod', zones: full.zones };
  const all = [
    { full },
    { full, active },
    { full, active: { ...active, name: 'other' } },
    { full: { ...full, zonesets: new Map([['prod', new Set(['a'])]]) } },
    { full: { ...full, aliases: new Map([['x', writtenZone({ name: 'x', members: [port('01')] })]]) } },
    {
      full: {
        ...full,
        zones: new Map(full.zones).set('a', { ...full.zones.get('a')!, marks: ['attribute read-only'] }),
      },
    },
  ];
  expect(new Set(all.map(fingerprintOf)).size).toBe(all.length);
});

it('an alias that changes makes every zone that names it pending', () => {
  const alias: ZoneMember = { type: 'alias', alias: 'x' };
  const base = fullOf({ a: [alias, port('01')], b: [port('03')] });
  const withAlias = (byte: string): Full => ({
    ...base,
    aliases: new Map([['x', writtenZone({ name: 'x', members: [port(byte)] })]]),
  });
  const zones = new Map([
    ['a', writtenZone({ name: 'a', members: [port('01'), port('09')] })],
    ['b', base.zones.get('b')!],
  ]);
  const active = { name: 'prod', zones };
  expect(pendingOf({ full: withAlias('09'), active })).toEqual([]);
  expect(pendingOf({ full: withAlias('08'), active })).toEqual([{ name: 'a', change: 'change' }]);
});
