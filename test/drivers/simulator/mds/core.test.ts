/** The fabric under any commands of two people on two switches: what always holds, and that nothing but commands and time decides. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memberKey } from '../../../../drivers/simulator/mds/state/members.ts';
import type { MdsState, ZoneDb } from '../../../../drivers/simulator/mds/state/types.ts';
import { type Fabric, HOST, type Prompt, startFabric, TARGET } from './prompt.ts';

const names = ['a', 'b', 'c'];
const pick = (templates: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...templates),
      fc.constantFrom(...names),
      fc.constantFrom(...names),
      fc.constantFrom('10', '20'),
    )
    .map(([template, x, y, vsan]) => template.replaceAll('X', x).replaceAll('Y', y).replaceAll('V', vsan));

const LINES = [
  'zone name X vsan V',
  'zone name X vsan V',
  `member pwwn ${HOST(1)}`,
  `no member pwwn ${HOST(1)}`,
  `member pwwn ${TARGET(1)} target`,
  'member fcalias X',
  'member device-alias X',
  'member interface fc1/3',
  'no zone name X vsan V',
  'zone rename X Y vsan V',
  'zoneset name X vsan V',
  'member X',
  'no member X',
  'no zoneset name X vsan V',
  'zoneset clone X Y vsan V',
  'zoneset activate name X vsan V',
  'no zoneset activate vsan V',
  'fcalias name X vsan V',
  'no fcalias name X vsan V',
  'zone commit vsan V',
  'zone commit vsan V',
  'no zone commit vsan V',
  'zone mode enhanced vsan V',
  'no zone mode enhanced vsan V',
  'zone default-zone permit vsan V',
  'zone smart-zoning enable vsan V',
  'zoneset distribute full vsan V',
  'zoneset distribute vsan V',
  'zone copy active-zoneset full-zoneset vsan V',
  'clear zone lock vsan V',
  'device-alias database',
  `device-alias name X pwwn ${HOST(2)}`,
  'device-alias commit',
  'device-alias abort',
  'copy running-config startup-config fabric',
  'show zone',
  'show zoneset active',
  'show zone pending-diff',
  'show zone status vsan V',
  'y',
  'n',
  'end',
  'conf t',
  'conf t',
];

const step = fc.record({ who: fc.nat(2), line: pick(LINES), waitMs: fc.constantFrom(0, 0, 0, 150, 400) });
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const PEOPLE = [{}, { user: 'eve' }, { on: 'mds-2' }] as const;

const fabricOfBoth = () => startFabric({ vsans: [{ id: 10 }, { id: 20, mode: 'enhanced' }] });

function play(steps: readonly Step[], check: (fabric: Fabric, said: string) => void): string {
  const fabric = fabricOfBoth();
  const people: Prompt[] = PEOPLE.map((options) => fabric.open(options));
  for (const person of people) person('conf t');
  const said = steps.map(({ who, line, waitMs }) => {
    fabric.wait(waitMs);
    const text = people[who]!(line);
    check(fabric, text);
    return text;
  });
  return JSON.stringify([said, fabric.state]);
}

const isUnique = (list: readonly string[]) => new Set(list).size === list.length;

function checkDb({ zones, zonesets, fcaliases }: ZoneDb): void {
  for (const list of [zones, zonesets, fcaliases]) expect(isUnique(list.map(({ name }) => name))).toBe(true);
  const known = new Set(zones.map(({ name }) => name));
  for (const { zones: of } of zonesets) {
    expect(isUnique(of)).toBe(true);
    expect(of.filter((name) => !known.has(name))).toEqual([]);
  }
  for (const { members } of [...zones, ...fcaliases]) expect(isUnique(members.map(memberKey))).toBe(true);
}

function checkFabric({ switches, vsans }: MdsState): void {
  for (const vsan of vsans) {
    const own = switches.map(({ zoning }) => zoning[vsan.id]!);
    for (const { db } of own) checkDb(db);
    if (vsan.session) checkDb(vsan.session.pending.db);
    if (vsan.mode === 'enhanced') expect(own[1]!.db).toEqual(own[0]!.db);
    if (vsan.mode === 'basic') expect(vsan.session).toBeUndefined();
    const kinds = (vsan.active?.zones ?? []).flatMap(({ members }) => members.map(({ kind }) => kind));
    expect(kinds).not.toContain('fcalias');
  }
}

describe('any commands', () => {
  test('leave databases whole, switches level in enhanced mode, and texts in ASCII', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        play(steps, ({ state }, said) => {
          checkFabric(state);
          expect(said).toMatch(/^[ -~\n]*$/);
        });
      }),
      { numRuns: 60, seed: 20 },
    );
  });

  test('give the same twice', () => {
    const idle = () => {};
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        expect(play(steps, idle)).toBe(play(steps, idle));
      }),
      { numRuns: 20, seed: 21 },
    );
  });

  test('of somebody else change nothing in enhanced mode while a session is open', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const fabric = startFabric({ vsans: [{ id: 10 }, { id: 20, mode: 'enhanced' }] });
        const owner = fabric.open({ user: 'owner' });
        owner('conf t', 'zone name mine vsan 20');
        const before = JSON.stringify(fabric.state.vsans.find(({ id }) => id === 20));
        const people = [fabric.open({ user: 'eve' }), fabric.open({ on: 'mds-2' })];
        for (const { who, line } of steps) {
          // An administrator may clear the lock of anybody on the same switch.
          if (!line.startsWith('clear zone lock')) people[who % 2]!('conf t', line);
        }
        expect(JSON.stringify(fabric.state.vsans.find(({ id }) => id === 20))).toBe(before);
        expect(fabric.state.switches.map(({ zoning }) => zoning[20]!.db.zones)).toEqual([[], []]);
      }),
      { numRuns: 30, seed: 22 },
    );
  });
});

test('no line, however odd, breaks the command line', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'show',
      'zone',
      'zoneset',
      'vsan',
      'name',
      'member',
      'no',
      '|',
      ';',
      '10',
      'y',
      '"',
      '^',
      '!',
      'do',
    ),
    fc.string({ maxLength: 8 }),
  );
  const line = fc.array(word, { maxLength: 8 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 10 }), (lines) => {
      const admin = fabricOfBoth().open();
      admin('conf t', ...lines);
      admin('n', 'end');
      expect(admin('show switchname')).toContain('mds-1');
    }),
    { numRuns: 200, seed: 23 },
  );
});
