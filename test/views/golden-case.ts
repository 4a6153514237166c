/** One result in each form, as recorded under test/golden/cli. */
import { describe, it } from 'vitest';
import { jsonDocument } from '../../src/views/json.ts';
import { plainLine } from '../../src/views/plain.ts';
import type { Style } from '../../src/views/style.ts';
import type { View } from '../../src/views/view.ts';
import { NOW_MS } from './fixtures/plans.ts';
import { expectGolden } from './golden.ts';

export interface Case {
  readonly name: string;
  readonly human: (style: Style) => readonly string[];
  readonly plain: () => string[];
  readonly json: () => string;
}

export function view<R extends object>(
  name: string,
  of: View<R>,
  result: R,
  json: (result: R) => string = jsonDocument,
): Case {
  return {
    name,
    human: (style) => of.human(result, style),
    plain: () => of.plain(result).map(plainLine),
    json: () => json(result),
  };
}

export function describeGolden(cases: readonly Case[]): void {
  describe.each(cases)('$name looks as recorded', ({ name, human, plain, json }) => {
    it.each([80, 120])('for people, %i columns', (width) => {
      expectGolden(`${name}.human-${width}.txt`, `${human({ width, color: false, nowMs: NOW_MS }).join('\n')}\n`);
    });
    it('for scripts', () => expectGolden(`${name}.plain.txt`, `${plain().join('\n')}\n`));
    it('as JSON', () => expectGolden(`${name}.json`, `${json()}\n`));
  });
}
