/** The zoning model alone: any delta on any zoning, its edits, their inverse, and what they leave alone. */
import { DriverError, type ZoneDelta, type ZoneMember } from 'coprhd/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allEdited, type Edit, edited, inverseOf } from '../../../drivers/brocade-fos/model/edits.ts';
import { memberOf, memberSet } from '../../../drivers/brocade-fos/model/names.ts';
import { isOwnTransaction } from '../../../drivers/brocade-fos/model/own-transaction.ts';
import { isDone, planned } from '../../../drivers/brocade-fos/model/plan.ts';
import { prepared, zonesOf } from '../../../drivers/brocade-fos/model/prepare.ts';
import { pendingZones } from '../../../drivers/brocade-fos/model/view.ts';
import {
  activated,
  type Defined,
  fingerprintOf,
  type Snapshot,
  sameDefined,
} from '../../../drivers/brocade-fos/model/zoning.ts';
import { delta, wwpn } from './support.ts';

const POOL = [wwpn(1), wwpn(2), wwpn(3), wwpn(4), '1,5', '2,7'];
const list = fc.uniqueArray(fc.constantFrom(...POOL), { minLength: 1, maxLength: 4 }).map(memberSet);
const THEIRS = ['f_one', 'f_two', 'f_three'];
const OURS = ['o_one', 'o_two', 'o_three'];
const lists = (names: readonly string[]) =>
  fc
    .tuple(...names.map(() => fc.option(list, { nil: undefined })))
    .map(
      (all) =>
        new Map(all.flatMap((members, at): [string, readonly string[]][] => (members ? [[names[at]!, members]] : []))),
    );

/** A fabric where `prod` is in effect with all zones, and `f_keep` besides. */
const fabrics = fc
  .record({ theirs: lists(THEIRS), ours: lists(OURS), aliases: lists(['h_a', 'h_b']), keep: list, old: fc.boolean() })
  .map(({ theirs, ours, aliases, keep, old }): Snapshot => {
    const zones = new Map([...theirs, ...ours, ['f_keep', keep] as const]);
    const cfgs = new Map([
      ['prod', [...zones.keys()].sort()],
      ...(old ? [['old', ['f_keep']] as [string, string[]]] : []),
    ]);
    const defined: Defined = { aliases, zones, cfgs };
    return {
      ...{ defined, effective: activated(defined, 'prod'), defaultZone: 'deny', transaction: undefined },
      ...{ databaseBytes: 0, databaseBytesMax: 1e6, complete: true },
    };
  });

const membersOf = (texts: readonly string[]): ZoneMember[] => texts.map(memberOf);

/** Adds what isn't there of ours, changes or removes what is. */
const cases = fc
  .record({ fabric: fabrics, to: list, verbs: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), alias: list })
  .map(({ fabric, to, verbs, alias }) => {
    const { zones, aliases } = fabric.defined;
    const [add, change, remove]: [
      ZoneDelta['add'][number][],
      ZoneDelta['change'][number][],
      ZoneDelta['remove'][number][],
    ] = [[], [], []];
    OURS.forEach((name, at) => {
      const from = zones.get(name);
      if (from === undefined) add.push({ name, members: membersOf(to) });
      else if (verbs[at]) change.push({ name, from: membersOf(from), to: membersOf(to) });
      else remove.push({ name, members: membersOf(from) });
    });
    const changes: Partial<ZoneDelta> = {
      ...{ add, change, remove, addAliases: [{ name: 'n_alias', members: membersOf(alias) }] },
      removeAliases: [...aliases].map(([name, members]) => ({ name, members: membersOf(members) })),
    };
    return { fabric, work: prepared(delta(fingerprintOf(fabric), changes)) };
  });

const withDefined = (fabric: Snapshot, defined: Defined, token?: string): Snapshot => ({
  ...fabric,
  defined,
  transaction: token === undefined ? undefined : { token, abortable: true },
});

describe('the edits of a delta', () => {
  it('do it, touch nothing else, and are undone by their inverse', () => {
    fc.assert(
      fc.property(cases, ({ fabric, work }) => {
        const { edits, after } = planned(fabric, work);
        const done = { ...withDefined(fabric, after), effective: activated(after, 'prod') };
        expect(isDone(done, work)).toBe(true);
        expect(pendingZones(done)).toEqual([]);
        expect(planned({ ...done }, { ...work, base: fingerprintOf(done), change: [] }).edits).toEqual([]);
        const named = new Set([...zonesOf(work), 'prod', 'n_alias', 'h_a', 'h_b']);
        expect(edits.filter(({ name }) => !named.has(name))).toEqual([]);
        for (const [name, members] of fabric.defined.zones) {
          if (!named.has(name)) expect(after.zones.get(name)).toEqual(members);
        }
        expect(after.cfgs.get('old')).toEqual(fabric.defined.cfgs.get('old'));
        const back = allEdited(after, inverseOf(edits));
        expect(sameDefined(back, fabric.defined)).toBe(true);
      }),
    );
  });

  it('never leave a zone or a configuration empty on the way', () => {
    fc.assert(
      fc.property(cases, ({ fabric, work }) => {
        let defined = fabric.defined;
        for (const edit of planned(fabric, work).edits) {
          defined = edited(defined, edit);
          const all = [...defined.zones.values(), ...defined.cfgs.values()];
          expect(all.every((members) => members.length > 0)).toBe(true);
        }
      }),
    );
  });
});

const strange: readonly Edit[] = [
  { verb: 'create', object: 'alias', name: 'x_alias', members: [wwpn(9)] },
  { verb: 'add', object: 'zone', name: 'f_keep', members: [wwpn(9)] },
  { verb: 'create', object: 'cfg', name: 'x_cfg', members: ['f_keep'] },
];

describe('a delta that was cut off after it was saved', () => {
  it('goes on from there, on its old base; with anything else saved it is stale', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(...strange), ({ fabric, work }, other) => {
        const { after } = planned(fabric, work);
        expect(planned(withDefined(fabric, after), work).edits).toEqual([]);
        expect(() => planned(withDefined(fabric, edited(after, other)), work)).toThrow(DriverError);
      }),
    );
  });
});

describe('an open transaction', () => {
  it('is ours after any number of the edits, and not before the first', () => {
    fc.assert(
      fc.property(cases, ({ fabric, work }) => {
        const { edits } = planned(fabric, work);
        for (let count = 0; count <= edits.length; count++) {
          const shown = withDefined(fabric, allEdited(fabric.defined, edits.slice(0, count)), '5');
          expect(isOwnTransaction(shown, work), `after ${count} of ${edits.length}`).toBe(count > 0);
        }
      }),
    );
  });

  it('is not ours when it holds anything else', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(...strange), fc.nat(), ({ fabric, work }, other, count) => {
        const { edits } = planned(fabric, work);
        const some = allEdited(fabric.defined, edits.slice(0, count % (edits.length + 1)));
        expect(isOwnTransaction(withDefined(fabric, edited(some, other), '5'), work)).toBe(false);
      }),
    );
  });
});

it('the fingerprint is of all that is saved and in effect, in any order', () => {
  fc.assert(
    fc.property(fabrics, list, (fabric, members) => {
      const { defined } = fabric;
      const turned = { ...defined, zones: new Map([...defined.zones].reverse()) };
      expect(fingerprintOf(withDefined(fabric, turned))).toBe(fingerprintOf(fabric));
      const more = { ...defined, zones: new Map([...defined.zones, ['another', members] as const]) };
      expect(fingerprintOf(withDefined(fabric, more))).not.toBe(fingerprintOf(fabric));
      expect(fingerprintOf({ ...fabric, effective: undefined })).not.toBe(fingerprintOf(fabric));
    }),
  );
});

it('a zone or an alias twice in a delta, an alias of an alias, too many members: invalid', () => {
  const twice = { name: 'z', members: membersOf([wwpn(1)]) };
  const many = Array.from({ length: 256 }, (_, at): ZoneMember => ({ type: 'port', domain: 1, port: at }));
  const wrong: Partial<ZoneDelta>[] = [
    { add: [twice], remove: [twice] },
    { addAliases: [twice], removeAliases: [twice] },
    { addAliases: [{ name: 'a', members: [{ type: 'alias', alias: 'b' }] }] },
    { add: [{ name: 'z', members: many }] },
    { add: [{ name: 'z', members: [] }] },
    { configuration: 'not this' },
  ];
  for (const changes of wrong) expect(() => prepared(delta('', changes))).toThrow(DriverError);
});
