import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createComplaints } from '../../../src/engine/config/complaints.ts';
import { formatPlanText } from '../../../src/engine/config/format.ts';
import { unifiedDiff } from '../../../src/lib/line-diff.ts';
import { brief, GOOD_PLAN, load } from './support.ts';

function format(text: string, file = 'plan.yaml') {
  const complaints = createComplaints();
  const formatted = formatPlanText({ file, text }, complaints);
  return { formatted, said: brief(complaints.list()) };
}

describe('formatting', () => {
  it('brings a file into one form and keeps its comments and quotes', () => {
    const text = `# editor line
# what it is

# of the project
project:   p   # why
kind: stack
stack: 'web'


volumes:
    # the first
    b: {virtualPool: gold,size: "1GiB", virtualArray: dc1}   # inline

    a:
          # inside
          virtualArray: dc1
          tags: [ x,y ]
          size: 0x10
          virtualPool: gold
          forEach:
          - one
          - two

    long: { size: 1GiB, virtualPool: a-virtual-pool-with-a-long-name, virtualArray: a-virtual-array-with-a-long-name, protect: false }
---
kind: infrastructure
tenants: {a: , b: }
`;
    const expected = `# editor line
# what it is
kind: stack
stack: 'web'

# of the project
project: p # why

volumes:
  # the first
  b: { size: "1GiB", virtualPool: gold, virtualArray: dc1 } # inline

  a:
    # inside
    forEach:
      - one
      - two
    size: 0x10
    virtualPool: gold
    virtualArray: dc1
    tags: [x, y]

  long:
    size: 1GiB
    virtualPool: a-virtual-pool-with-a-long-name
    virtualArray: a-virtual-array-with-a-long-name
    protect: false
---
kind: infrastructure
tenants: { a:, b: }
`;
    expect(format(text)).toEqual({ formatted: expected, said: [] });
    expect(format(expected).formatted).toBe(expected);
  });

  it('leaves what can not be read, or would change, as it is', () => {
    expect(format('kind: stack\nvolumes: { a: 1\n').formatted).toBeUndefined();
    expect(format('a: 1\na: 2\n').said).toEqual(['001 2:1 the key "a" stands twice in one map']);
  });

  it('knows JSON', () => {
    const { formatted } = format(
      '{"project":"p","kind":"stack","stack":"s","volumes":{"a":{"virtualPool":"g","size":"1GiB"}}}',
      'a.json',
    );
    expect(formatted?.split('\n').slice(0, 6)).toEqual([
      '{',
      '  "kind": "stack",',
      '  "stack": "s",',
      '  "project": "p",',
      '  "volumes": {',
      '    "a": {',
    ]);
  });

  it('of our own plan files changes nothing', () => {
    const plans = fileURLToPath(new URL('../../../plans/', import.meta.url));
    const files = readdirSync(plans, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const file of files) {
      const text = readFileSync(join(plans, file), 'utf8');
      expect(unifiedDiff(file, text, format(text).formatted ?? 'not readable')).toEqual([]);
    }
  });

  it('twice is the same as once, says the same, and loses no comment', () => {
    const lines = GOOD_PLAN.split('\n');
    const edit = fc.record({
      at: fc.nat(lines.length - 1),
      kind: fc.constantFrom('comment', 'inline', 'blank', 'swap'),
      text: fc.stringMatching(/^[a-z #:'"{}[\],-]{0,20}$/),
    });
    const edited = fc.array(edit, { maxLength: 8 }).map((edits) => {
      const text = [...lines];
      for (const { at, kind, text: comment } of edits) {
        const line = text[at]!;
        const indent = /^ */.exec(line)![0];
        if (kind === 'comment') text[at] = `${indent}# ${comment}\n${line}`;
        else if (kind === 'inline' && line.trim() !== '' && !line.includes('#')) text[at] = `${line} # ${comment}`;
        else if (kind === 'blank') text[at] = `\n\n${line}`;
        else if (kind === 'swap') text[at] = line.replaceAll(', ', ',   ');
      }
      return text.join('\n');
    });
    const comments = (text: string) => (text.match(/#/g) ?? []).length;
    const property = fc.property(edited, (text) => {
      const { formatted, said } = format(text);
      expect(said).toEqual([]);
      expect(format(formatted!).formatted).toBe(formatted);
      expect(comments(formatted!)).toBe(comments(text));
      const nodes = (each: string) =>
        load(each).graph.stacks.map(({ nodes: all }) => [...all].map(([key, { spec, policy }]) => [key, spec, policy]));
      expect(nodes(formatted!)).toEqual(nodes(text));
    });
    fc.assert(property, { numRuns: 60 });
  });
});

describe('a diff of lines', () => {
  it('shows what changes with three lines around', () => {
    const before = `${'abcdefghij'.split('').join('\n')}\n`;
    expect(unifiedDiff('f', before, before.replace('e\n', 'E\nx\n'))).toEqual([
      '--- f',
      '+++ f (formatted)',
      '@@ -2,7 +2,8 @@',
      ...[' b', ' c', ' d', '-e', '+E', '+x', ' f', ' g', ' h'],
    ]);
    expect(unifiedDiff('f', before, before)).toEqual([]);
  });
});
