import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandName } from '../../../src/engine/config/ranges.ts';
import { NAME_PATTERN } from '../../../src/engine/model/address.ts';
import { LIMITS } from '../../../src/lib/limits.ts';

const expand = (text: string) => {
  const expansion = expandName(text);
  return expansion.ok ? expansion.names.map(({ name }) => name) : expansion.summary;
};

describe('a name range', () => {
  it('counts with the zeros as written', () => {
    expect(expand('data-{08..11}')).toEqual(['data-08', 'data-09', 'data-10', 'data-11']);
    expect(expand('{9..11}-x')).toEqual(['9-x', '10-x', '11-x']);
    expect(expand('x{0..1}')).toEqual(['x0', 'x1']);
    expect(expand('x{5..5}')).toEqual(['x5']);
  });

  it('is refused when it counts down, is padded unevenly, is one of several, or is too long', () => {
    expect(expand('x{2..1}')).toMatch(/counts down/);
    expect(expand('x{01..100}')).toMatch(/different width/);
    expect(expand('x{1..2}{1..2}')).toMatch(/several braces/);
    expect(expand(`x{1..${LIMITS.rangeExpansionMax + 1}}`)).toMatch(/too long/);
    expect(expand(`x{1..${LIMITS.rangeExpansionMax}}`)).toHaveLength(LIMITS.rangeExpansionMax);
    expect(expand('x{1..99999999999999999999999}')).toMatch(/too long/);
    expect(expand(`${'x'.repeat(127)}{1..20}`)).toMatch(/not valid/);
  });

  it('expands to distinct valid names, as many as it says, in order', () => {
    const bounds = fc.tuple(fc.nat(5000), fc.nat(300), fc.boolean());
    fc.assert(
      fc.property(bounds, ([from, count, padded]) => {
        const to = from + count;
        const width = padded ? String(to).length + 1 : 0;
        const names = expand(`v-{${String(from).padStart(width, '0')}..${String(to).padStart(width, '0')}}`);
        if (typeof names === 'string') throw new Error(names);
        expect(new Set(names).size).toBe(count + 1);
        expect(names.every((name) => NAME_PATTERN.test(name))).toBe(true);
        expect(names.map((name) => Number(name.slice(2)))).toEqual(
          Array.from({ length: count + 1 }, (_, i) => from + i),
        );
        if (padded) expect(new Set(names.map(({ length }) => length)).size).toBe(1);
      }),
    );
  });

  it('gives valid names or a reason for any text', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z{}.0-9 ]{0,20}$/), (text) => {
        const expansion = expandName(text);
        if (expansion.ok) expect(expansion.names.every(({ name }) => NAME_PATTERN.test(name))).toBe(true);
        else expect(expansion.fix).not.toBe('');
      }),
    );
  });
});
