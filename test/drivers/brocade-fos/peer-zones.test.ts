/** Peer zones of others: who is a principal is told from both transports' texts, and an alias counts wherever it is named. */
import { describe, expect, it } from 'vitest';
import { parseShown } from '../../../drivers/brocade-fos/cli/parse/cfgshow.ts';
import { planned } from '../../../drivers/brocade-fos/model/plan.ts';
import { prepared } from '../../../drivers/brocade-fos/model/prepare.ts';
import { pendingZones } from '../../../drivers/brocade-fos/model/view.ts';
import { activated, fingerprintOf, type Snapshot } from '../../../drivers/brocade-fos/model/zoning.ts';
import { definedOf, listAfter } from '../../../drivers/brocade-fos/rest/zoning.ts';
import { delta, members, refusal, wwpn } from './support.ts';

const [a, b, c] = [wwpn(1), wwpn(2), wwpn(3)];

const shown = (property: string, effective = property) =>
  parseShown(
    [
      'Defined configuration:',
      ' cfg:\tprod\tp',
      ` zone:\tp\t${property}; two; ${c}; one`,
      ` alias:\tone\t${a}`,
      ` alias:\ttwo\t${a}; ${b}`,
      '',
      'Effective configuration:',
      ' cfg:\tprod\t',
      ` zone:\tp\t${effective}`,
      ...[a, b, c, a].map((member) => `\t\t${member}`),
      '',
    ].join('\n'),
  );

const snapshotOf = (zoning: Pick<Snapshot, 'defined' | 'effective'>): Snapshot => ({
  ...{
    ...zoning,
    defaultZone: 'deny',
    transaction: undefined,
    databaseBytes: 0,
    databaseBytesMax: 1e6,
    complete: true,
  },
});

describe('on the command line', () => {
  it('the principals are the first, as many as the last byte counts WWNs', () => {
    const two = ['one', 'peer zone', 'principal two', c].sort();
    expect(shown('00:02:00:00:00:03:01:02').defined.zones.get('p')).toEqual(two);
    expect(shown('00:02:00:00:00:03:01:03').defined.zones.get('p')).toContain(`principal ${c}`);
    expect(shown('00:02:00:00:00:03:01:02').effective?.zones.get('p')).toEqual(
      [`principal ${a}`, `principal ${b}`, 'peer zone', a, c].sort(),
    );
  });

  it('a count that does not add up leaves the zone as it is printed', () => {
    expect(shown('00:02:00:00:00:03:01:09').defined.zones.get('p')).toContain('00:02:00:00:00:03:01:09');
  });

  it('what is in effect is not pending, however the bytes that nobody knows are set', () => {
    expect(pendingZones(snapshotOf(shown('00:02:00:00:00:03:01:02', '00:02:00:00:00:03:00:02')))).toEqual([]);
    const other = snapshotOf(shown('00:02:00:00:00:03:01:02', '00:02:00:00:00:03:00:03'));
    expect(pendingZones(other)).toEqual([{ name: 'p', change: 'change' }]);
  });
});

const BODY = JSON.stringify({
  Response: {
    'defined-configuration': {
      cfg: { 'cfg-name': 'prod', 'member-zone': { 'zone-name': ['z', 'p', 'b'] } },
      zone: {
        ...{ 'zone-name': 'p', 'zone-type': 1 },
        'member-entry': { 'principal-entry-name': 'two', 'entry-name': [c.toUpperCase(), 'one'] },
      },
      alias: [
        { 'alias-name': 'one', 'member-entry': { 'alias-entry-name': a } },
        { 'alias-name': 'two', 'member-entry': { 'alias-entry-name': [a, b] } },
      ],
    },
  },
});

describe('over REST', () => {
  it('they have the same members as on the command line', () => {
    const { zones } = shown('00:02:00:00:00:03:01:02').defined;
    expect(definedOf(BODY).zones).toEqual(zones);
  });

  it('a principal that is an alias is in effect as the ports that it stands for', () => {
    const defined = definedOf(BODY);
    expect(activated(defined, 'prod').zones.get('p')).toEqual(
      [`principal ${a}`, `principal ${b}`, 'peer zone', a, c].sort(),
    );
  });

  it('a list that is sent whole keeps the order and the spelling of what others have in it', () => {
    const edit = { object: 'cfg', name: 'prod' } as const;
    expect(listAfter(BODY, { ...edit, verb: 'add', members: ['a', 'p'] })).toEqual(['z', 'p', 'b', 'a']);
    expect(listAfter(BODY, { ...edit, verb: 'remove', members: ['p'] })).toEqual(['z', 'b']);
    const zone = { object: 'zone', name: 'p', verb: 'add', members: [c, a] } as const;
    expect(listAfter(BODY, zone).slice(0, 2)).toEqual([c.toUpperCase(), 'one']);
  });
});

it('an alias that is a principal is in use', async () => {
  const snapshot = snapshotOf(shown('00:02:00:00:00:03:01:02'));
  const work = prepared(delta(fingerprintOf(snapshot), { removeAliases: [{ name: 'two', members: members(1, 2) }] }));
  const error = await refusal(Promise.resolve().then(() => planned(snapshot, work)));
  expect([error.class, error.holders]).toEqual(['conflict', ['p']]);
});
