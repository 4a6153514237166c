import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brief, load, nodeOf, stackOf, stackText } from './support.ts';

const body = 'virtualPool: gold, virtualArray: dc1';

describe('forEach', () => {
  it('makes one resource an entry of a map, with its values in their own types', () => {
    const entries =
      '{ small: { size: 1GiB, keep: false, tags: [a] }, large: { size: 2GiB, keep: true, tags: [b, c] } }';
    const volume = `size: "\${each.value.size}", protect: "\${each.value.keep}", tags: "\${each.value.tags}", ${body}`;
    const result = load(stackText(`volumes: { "v-\${each.key}": { forEach: ${entries}, ${volume} } }`));
    expect(result.diagnostics).toEqual([]);
    expect([...stackOf(result, 's').nodes.keys()]).toEqual(['volume.v-small', 'volume.v-large']);
    expect(nodeOf(result, 'volume.v-large')).toMatchObject({
      spec: { sizeBytes: 2 * 1024 ** 3 },
      policy: { protect: true },
      tags: ['b', 'c'],
    });
  });

  it('takes a list of names, whose key and value are the name', () => {
    const text = `volumes: { "\${each.key}": { forEach: [a, 7], size: 1GiB, ${body}, tags: ["\${each.value}", "is \${name}"] } }`;
    const result = load(stackText(text));
    expect(result.diagnostics).toEqual([]);
    expect(nodeOf(result, 'volume.7').tags).toEqual(['7', 'is 7']);
  });

  it('goes together with ranges and variables, and with existing', () => {
    const text = `variables: { where: { default: east } }
volumes:
  "\${each.key}-{1..2}": { forEach: ["\${var.where}", west], size: 1GiB, ${body}, tags: ["\${n} of \${each.key}"] }
  "\${each.key}-old": { forEach: [a, b], existing: true }`;
    const result = load(stackText(text));
    expect(result.diagnostics).toEqual([]);
    const names = ['east-1', 'east-2', 'west-1', 'west-2', 'a-old', 'b-old'];
    expect([...stackOf(result, 's').nodes.keys()]).toEqual(names.map((name) => `volume.${name}`));
    expect(nodeOf(result, 'volume.west-2').tags).toEqual(['2 of west']);
    expect(nodeOf(result, 'volume.b-old').existing).toBe(true);
  });

  it('of nothing declares nothing', () => {
    const result = load(stackText(`volumes: { "v-\${each.key}": { forEach: {}, size: 1GiB, ${body} } }`));
    expect([result.diagnostics, stackOf(result, 's').nodes.size]).toEqual([[], 0]);
  });

  it('says what is wrong with its body once, at the place in the body', () => {
    const result = load(stackText(`volumes: { "v-\${each.key}": { forEach: [a, b, c], size: 1TB, ${body} } }`));
    expect(brief(result.diagnostics)).toEqual(['011 4:57 volume.v-a, size: "1TB" has a decimal unit']);
  });

  it('makes the same resources whatever the order of its entries', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9_.-]{1,8}$/), { minLength: 1, maxLength: 8 });
    const specs = (entries: readonly string[]) => {
      const each = JSON.stringify(Object.fromEntries(entries.map((name) => [name, { size: `${name.length}GiB` }])));
      const text = `volumes: { "v\${each.key}": { forEach: ${each}, size: "\${each.value.size}", ${body} } }`;
      const result = load(stackText(text));
      expect(result.diagnostics).toEqual([]);
      return Object.fromEntries([...stackOf(result, 's').nodes].map(([address, { spec }]) => [address, spec]));
    };
    const same = fc.property(names, (entries) => {
      expect(specs(entries)).toEqual(specs([...entries].reverse()));
    });
    fc.assert(same, { numRuns: 50 });
  });
});
