/** Whatever stands in a file: complaints, never an exception; and bounds on what a small text can make the loader do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigResult } from '../../../src/engine/config/desired.ts';
import { resolveReferences } from '../../../src/engine/config/references.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { brief, GOOD_PLAN, load, stackText, viewOf } from './support.ts';

/** Every diagnostic stands somewhere inside of the text, and every node can say where it is. */
function check(result: ConfigResult, text: string): void {
  const lines = text.split(/\r\n|\n|\r/).length;
  const { diagnostics } = resolveReferences(result.graph, viewOf([]));
  for (const { span, summary } of [...result.diagnostics, ...diagnostics]) {
    expect(summary).not.toBe('');
    expect(span?.line).toBeGreaterThanOrEqual(1);
    expect(span?.line).toBeLessThanOrEqual(lines);
    expect(span?.column).toBeGreaterThanOrEqual(1);
  }
  for (const { nodes } of result.graph.stacks) {
    for (const node of nodes.values()) expect(node.spanOf().line).toBeLessThanOrEqual(lines);
  }
}

const lines = GOOD_PLAN.split('\n');
const junk = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ': ',
    '- ',
    '\t',
    '"',
    "'",
    '#',
    '---\n',
    '${',
    '${n}',
    '*a',
    '&a ',
    '!x ',
    '| ',
    '? ',
    '\r',
  ),
  fc.constantFrom(
    'null',
    '~',
    '[]',
    '{}',
    '7',
    'true',
    '{1..3}',
    '1TB',
    '__proto__: 1',
    'constructor',
    '<<: *a',
    '\u0000',
    '\ud800',
  ),
  fc.string({ maxLength: 8 }),
);
const mutation = fc.record({
  at: fc.nat(GOOD_PLAN.length),
  remove: fc.nat(12),
  insert: junk,
});

describe('any text', () => {
  it('made from a good plan by edits gives complaints, not exceptions', () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (edits) => {
        let text = GOOD_PLAN;
        for (const { at, remove, insert } of edits) text = text.slice(0, at) + insert + text.slice(at + remove);
        check(load(text), text);
      }),
      { numRuns: 400 },
    );
  });

  it('made from a good plan by losing and doubling lines gives complaints, not exceptions', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(lines.length - 1), { minLength: 10, maxLength: 60 }), (picked) => {
        const text = picked.map((index) => lines[index]).join('\n');
        check(load(text), text);
      }),
      { numRuns: 200 },
    );
  });

  it('of any structure under the right kind gives complaints, not exceptions', () => {
    const collection = fc.constantFrom(
      'volumes',
      'exports',
      'hosts',
      'networks',
      'storageSystems',
      'virtualPools',
      'forget',
      'import',
      'variables',
    );
    const key = fc.constantFrom(
      'a',
      'size',
      'volumes',
      'volume',
      'hlu',
      'existing',
      'initiators',
      'iqn',
      'paths',
      'limits',
      'scope',
      'tags',
      'movedFrom',
      'credential',
      'toString',
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 0, -1, 1.5, 'x', '1GiB', '${n}', '${var.x}', 'a-{1..3}', '10..', ''),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(key, tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    const document = fc.record({
      kind: fc.constantFrom('stack', 'infrastructure'),
      stack: fc.constantFrom('s', 7),
      project: fc.constantFrom('p', null),
    });
    fc.assert(
      fc.property(document, fc.dictionary(collection, value, { maxKeys: 4 }), (header, maps) => {
        const text = JSON.stringify({ ...header, ...maps });
        check(load([{ file: 'plan.json', text }]), text);
      }),
      { numRuns: 600 },
    );
  });
});

describe('bounds', () => {
  it('hold for nesting', () => {
    const deep = `${'['.repeat(LIMITS.documentNestingMax + 1)}${']'.repeat(LIMITS.documentNestingMax + 1)}`;
    expect(brief(load(`kind: ${deep}`).diagnostics)[0]).toMatch(/^001 .*nesting/);
  });

  it('hold for file size', () => {
    const text = `#${'x'.repeat(LIMITS.planFileBytesMax)}`;
    expect(brief(load(text).diagnostics)).toEqual(['013 1:1 "plan.yaml" is larger than 64 MiB']);
  });

  it('let ordinary aliases through', () => {
    const text = stackText(`volumes:
  a: &body { size: 1GiB, virtualPool: gold, virtualArray: dc1 }
${Array.from({ length: 300 }, (_, index) => `  b-${index}: *body`).join('\n')}`);
    expect(load(text).diagnostics).toEqual([]);
    expect(load(text).graph.stacks[0]?.nodes.size).toBe(301);
  });
});

describe('speed', () => {
  it('is printed for 10,000 volumes written one by one', () => {
    const volume = (index: number) =>
      `  v-${index}: { size: 10GiB, virtualPool: gold, virtualArray: dc1, protect: false }`;
    const text = stackText(`volumes:\n${Array.from({ length: 10_000 }, (_, index) => volume(index)).join('\n')}\n`);
    const startMs = performance.now();
    const result = load(text);
    const loadedMs = performance.now();
    const { diagnostics } = resolveReferences(result.graph, viewOf([]));
    const resolvedMs = performance.now();
    console.info(
      `10,000 volumes: loaded in ${Math.round(loadedMs - startMs)} ms, 30,000 unresolved names in ${Math.round(resolvedMs - loadedMs)} ms`,
    );
    expect(result.graph.stacks[0]?.nodes.size).toBe(10_000);
    expect(diagnostics).toHaveLength(20_001);
  });
});
