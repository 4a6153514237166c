import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, Plan } from '../../src/engine/planner/plan.ts';
import { MARKDOWN_CHARS_MAX, MARKDOWN_MARK, markdownCode, planMarkdown } from '../../src/views/plan-markdown.ts';
import { FORECAST_WITH_PLAN } from './fixtures/forecast.ts';
import { ADDING_PLAN, EMPTY_PLAN, REMOVING_PLAN } from './fixtures/plans.ts';
import { expectGolden } from './golden.ts';

const many = (count: number, change: Change): Change[] =>
  Array.from({ length: count }, (_, index) => ({ ...change, address: `${change.address}-${index}` }));

const of = (plan: Plan) => planMarkdown({ plan, diagnostics: [] });
const rows = (text: string) => text.split('\n').filter((line) => /^\| `/.test(line));

describe('a plan as markdown', () => {
  it.each([
    { name: 'adding', input: { plan: ADDING_PLAN, diagnostics: [], savedAs: 'ora.plan' } },
    { name: 'removing', input: { plan: REMOVING_PLAN, diagnostics: [] } },
    { name: 'empty', input: { plan: EMPTY_PLAN, diagnostics: [] } },
    {
      name: 'errors',
      input: {
        diagnostics: [
          {
            code: 'COPRHD-CONFIG-005',
            severity: 'error',
            summary: 'volume.data-01: there is no virtualPool "gld"',
            detail: 'There are: gold.',
            fix: 'Did you mean "gold"?',
            span: { file: 'plans/ora.yaml', line: 7, column: 18 },
          },
        ],
      },
    },
  ] as const)('looks as recorded: $name', ({ name, input }) => {
    expectGolden(`plan-markdown-${name}.md`, planMarkdown(input));
  });

  it('shows removals and what is held before all else, and says each check once', () => {
    const text = of(REMOVING_PLAN);
    const symbols = rows(text).map((row) => row[3]);
    expect(symbols).toEqual([...symbols].sort((a, b) => '-!~+>'.indexOf(a!) - '-!~+>'.indexOf(b!)));
    expect(symbols).toContain('-');
    expect(text.split('COPRHD-HELD-002').length - 1).toBe(1);
    expect(text).toContain(`--confirm-destroy=${REMOVING_PLAN.removals.volumes}`);
  });

  it('stays within its length, and counts what it leaves out', () => {
    const [change] = ADDING_PLAN.changes;
    const plan: Plan = {
      ...ADDING_PLAN,
      changes: [...many(5_000, change!), { ...change!, address: 'last/volume.removed', action: 'delete' }],
    };
    const text = of(plan);
    expect(text.length).toBeLessThanOrEqual(MARKDOWN_CHARS_MAX);
    expect(rows(text)[0]).toContain('removed');
    const left = Number(/\*\*(\d+) more are left out here\*\*/.exec(text)?.[1]);
    expect(left + rows(text).length).toBe(5_001);
    expect(text.split('<details').length).toBe(text.split('</details>').length);
    expect(text.startsWith(MARKDOWN_MARK)).toBe(true);
  });

  it('stays within its length with thousands of complaints', () => {
    const diagnostics = Array.from({ length: 3_000 }, (_, index) => ({
      code: 'COPRHD-CONFIG-005' as const,
      severity: 'error' as const,
      summary: `${index} ${'x'.repeat(2_000)}`,
    }));
    const text = planMarkdown({ diagnostics });
    expect(text.length).toBeLessThanOrEqual(MARKDOWN_CHARS_MAX);
    expect(text).toContain('no plan, 3000 errors');
    expect(text).toMatch(/\*\*\d+ more are left out here\*\*/);
  });

  it('leaves nothing of a name that has a meaning: no table, link, mention or tag', () => {
    expect(markdownCode('@ops #12 | <b> `x` [a](b)')).toBe(
      '<code>&#64;ops &#35;12 &#124; &#60;b&#62; &#96;x&#96; &#91;a&#93;(b)</code>',
    );
    const nasty = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(nasty, nasty, (address, reason) => {
        const [change] = ADDING_PLAN.changes;
        const plan = { ...ADDING_PLAN, stacks: [], changes: [{ ...change!, address, reason }], diagnostics: [] };
        const [row, ...others] = rows(of(plan));
        expect(others).toEqual([]);
        expect(row!.split('|').length).toBe(7);
        const inner = row!.replace(/<\/?code>/g, '').replace(/&#\d+;/g, '');
        expect(inner.slice(inner.indexOf('|', 2))).not.toMatch(/[@#<>`[\]\\&*_~$!\r\n]/);
      }),
    );
  });

  it('says under the capacity when pools are full', () => {
    const text = planMarkdown({ plan: ADDING_PLAN, diagnostics: [], forecast: FORECAST_WITH_PLAN });
    expect(text).toMatch(/Capacity[^#]*pmx-71\/SRP&#95;1 with this plan.*used is full in/s);
    expect(text).not.toContain('sim-1/new');
  });

  it('cuts a text that is too long', () => {
    expect(markdownCode('x'.repeat(1_000)).length).toBeLessThan(330);
  });
});
