/**
 * What `cfgshow` prints can be read back, whatever the names are and wherever lines are wrapped. The reader takes the text apart
 * as jconsoli/brcddb (util/parse_cli.py, Apache-2.0) does: blanks, tabs and semicolons separate, ` cfg:`, ` zone:` and ` alias:` begin.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fabricOf, stateOf } from '../../../../drivers/simulator/fos/state/build.ts';
import { printed } from './support.ts';

const hex = fc.stringMatching(/^[1-9a-f][0-9a-f]$/);
const wwn = fc.array(hex, { minLength: 8, maxLength: 8 }).map((bytes) => bytes.join(':'));
const place = fc
  .tuple(fc.integer({ min: 1, max: 239 }), fc.integer({ min: 0, max: 9999 }))
  .map((pair) => pair.join(','));
const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_$^-]{0,63}$/);
const lists = <T>(members: fc.Arbitrary<T>) => fc.dictionary(name, fc.array(members, { minLength: 1, maxLength: 12 }));

/** Entries of the defined configuration by kind and name. */
function readBack(text: string): Record<string, string[]> {
  const entries: Record<string, string[]> = {};
  let current: string[] = [];
  const defined = text.split('\nEffective configuration:')[0]!.split('\n').slice(1);
  for (const line of defined) {
    const words = line.split(/[\s;]+/).filter((word) => word !== '');
    const [kind, own, ...members] = words;
    if (/^ (cfg|zone|alias):/.test(line)) {
      current = members;
      entries[`${kind}${own}`] = current;
    } else current.push(...words);
  }
  return entries;
}

const expected = (kind: string, given: Record<string, readonly string[]>) =>
  Object.entries(given).map(([own, members]) => [`${kind}:${own}`, members] as const);

test('every list is read back as it was, and lines are no wider than they must be', () => {
  fc.assert(
    fc.property(lists(name), lists(fc.oneof(wwn, place, name)), lists(fc.oneof(wwn, place)), (cfgs, zones, aliases) => {
      const text = printed(stateOf({ fabrics: [fabricOf({ zoning: { cfgs, zones, aliases } })] }), 'cfgshow');
      const wanted = [...expected('cfg', cfgs), ...expected('zone', zones), ...expected('alias', aliases)];
      const found = wanted.length > 0 ? readBack(text) : {};
      expect(new Map(Object.entries(found))).toEqual(new Map(wanted));
      const wide = text
        .split('\n')
        .filter((line) => line.startsWith('\t\t') && line.length + 14 > 80 && line.includes('; '));
      expect(wide).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
