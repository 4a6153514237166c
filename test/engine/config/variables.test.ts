import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasPlaceholder, substitute } from '../../../src/engine/config/placeholders.ts';
import type { Variable } from '../../../src/engine/config/variables.ts';
import { brief, load, nodeOf, stackOf, stackText } from './support.ts';

const body = 'virtualPool: gold, virtualArray: dc1';

describe('variables', () => {
  it('take their default, or what is given', () => {
    const text = stackText(`variables: { size: { default: 1GiB } }\nvolumes: { a: { size: "\${var.size}", ${body} } }`);
    expect(nodeOf(load(text), 'volume.a').spec).toMatchObject({ sizeBytes: 1024 ** 3 });
    expect(nodeOf(load(text, { size: '2GiB' }), 'volume.a').spec).toMatchObject({ sizeBytes: 2 * 1024 ** 3 });
  });

  it('keep their type where they are the whole value, and are text inside of text', () => {
    const text = stackText(
      `variables: { keep: { default: false }, n: { default: 7 } }\nvolumes: { a: { size: 1GiB, ${body} } }`,
    ).replace('n: {', 'number: {');
    const volumes = `volumes: { "v-\${var.number}": { size: "\${var.number}GiB", ${body}, protect: "\${var.keep}" } }`;
    const result = load(text.replace(/volumes:.*/, volumes));
    expect(result.diagnostics).toEqual([]);
    expect(nodeOf(result, 'volume.v-7')).toMatchObject({
      spec: { sizeBytes: 7 * 1024 ** 3 },
      policy: { protect: false },
    });
    const given = load(text.replace(/volumes:.*/, volumes), { keep: 'true', number: '8' });
    expect(nodeOf(given, 'volume.v-8')).toMatchObject({ policy: { protect: true } });
  });

  it('are replaced in the names of stacks and projects, and in ranges', () => {
    const text = `kind: stack\nstack: "s-\${var.x}"\nproject: "\${var.x}"\nvariables: { x: { default: p } }\n`;
    const result = load(`${text}volumes: { "v-\${var.x}-{1..2}": { size: 1GiB, ${body}, tags: ["\${name}"] } }`);
    expect(result.diagnostics).toEqual([]);
    expect(stackOf(result, 's-p').project).toBe('p');
    expect(nodeOf(result, 'volume.v-p-2').tags).toEqual(['v-p-2']);
  });

  it('are seen in all files, and may be declared twice alike', () => {
    const declaring = { file: 'a.yaml', text: 'kind: infrastructure\nvariables: { size: { default: 1GiB } }' };
    const using = { file: 'b.yaml', text: stackText(`volumes: { a: { size: "\${var.size}", ${body} } }`) };
    expect(load([using, declaring]).diagnostics).toEqual([]);
    expect(load([using, declaring, { ...declaring, file: 'c.yaml' }]).diagnostics).toEqual([]);
  });

  it('that are given must be declared, and be of the type', () => {
    const text = stackText('variables: { size: { default: 1GiB }, count: { type: number }, on: { default: true } }');
    expect(brief(load(text, { sise: 'x', count: 'many', on: 'yes' }).diagnostics)).toEqual([
      '008 - --var sise names a variable that no plan file declares',
      '004 4:39 --var count is not a number, as its declaration says',
      '004 4:64 --var on is not a boolean, as its declaration says',
    ]);
    expect(load(text, { sise: 'x', count: '1', on: 'true' }).diagnostics[0]?.fix).toBe('Did you mean "size"?');
  });

  it('never become part of a message where a secret may be given', () => {
    const text =
      'kind: infrastructure\nvariables: { s: {} }\nstorageSystems: { a: { driver: x, credential: "${var.s}" } }';
    const said = JSON.stringify(load(text, { s: 'hunter2' }).diagnostics);
    expect(said).toContain('not a reference');
    expect(said).not.toContain('hunter2');
  });
});

describe('substitution', () => {
  const variables = new Map<string, Variable>([['x', { type: 'string', value: 'X' }]]);

  it('leaves what has no placeholder as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!hasPlaceholder(value));
        expect(substitute(value, { variables }, () => expect.unreachable())).toEqual(value);
      }),
    );
  });

  it('leaves no placeholder or says why', () => {
    const piece = fc.constantFrom('${var.x}', '${var.y}', '${n}', '${name}', '${', '}', '{', '$', 'a', '${each.key}');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        let complaints = 0;
        const value = substitute(pieces.join(''), { variables, resource: { name: 'r' } }, () => {
          complaints += 1;
        });
        if (hasPlaceholder(value)) expect(complaints).toBeGreaterThan(0);
      }),
    );
  });
});
