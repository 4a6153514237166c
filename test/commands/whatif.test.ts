import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import WhatIf from '../../src/commands/whatif.ts';
import { ADDED, LOST_AND_GROWN } from '../views/fixtures/whatif.ts';
import { run } from './harness.ts';

const directory = mkdtempSync(join(tmpdir(), 'coprhd-whatif-'));
const [ADD, PLAN] = ['new.yaml', 'plan.yaml'].map((name) => join(directory, name)) as [string, string];
for (const file of [ADD, PLAN]) writeFileSync(file, '');

describe('whatif', () => {
  it.each([
    { answer: LOST_AND_GROWN, flags: [], code: 0 },
    { answer: LOST_AND_GROWN, flags: ['--exit-code'], code: 2 },
    { answer: ADDED, flags: ['--exit-code'], code: 0 },
    { answer: { outcome: 'error', diagnostics: [] } as const, flags: ['--exit-code'], code: 1 },
  ])('with $flags ends with $code: having an answer is enough, unless asked', async ({ answer, flags, code }) => {
    const ran = await run(WhatIf, ['--lose', 'pmx-71', '--json', ...flags], { answers: { whatif: answer } });
    expect(ran.code).toBe(code);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      schemaVersion: 1,
      outcome: code === 2 ? 'changes' : answer.outcome,
    });
  });

  it('hands on everything that is supposed, and where it is added, the file first', async () => {
    const flags = ['--lose', 'a', '--lose', 'b', '--grow', '12.5 %', '--project', 'p', '--virtual-pool', 'gold'];
    const more = ['--add', ADD, '--like', 'a', '--as', 'c', '--into', 'dc1', '--refresh', 'full'];
    const ran = await run(WhatIf, [...flags, ...more, PLAN], { answers: { whatif: ADDED } });
    expect(ran.calls[0]!.input).toMatchObject({
      lose: ['a', 'b'],
      grow: { percent: 12.5, project: 'p', virtualPool: 'gold' },
      like: { system: 'a', name: 'c' },
      into: ['dc1'],
      adds: [ADD],
      refresh: 'full',
      source: { texts: [{ file: ADD }, { file: PLAN }] },
    });
  });

  it.each([
    { argv: [], says: '--lose, --grow, --add or --like' },
    { argv: [PLAN], says: 'nothing is supposed' },
    { argv: ['--grow', 'much'], says: '"much" is not a percentage' },
    { argv: ['--grow', '0%'], says: 'is not a percentage' },
    { argv: ['--grow', '-5%'], says: 'is not a percentage' },
    { argv: ['--lose', 'a', '--project', 'p'], says: '--grow' },
    { argv: ['--lose', 'a', '--into', 'dc1'], says: '--into is for storage systems that are added' },
    { argv: ['--lose', 'a', '--as', 'b'], says: '--like' },
  ])('is refused with $argv', async ({ argv, says }) => {
    const ran = await run(WhatIf, [...argv, '--human'], { answers: { whatif: ADDED } });
    expect([ran.code, ran.calls]).toEqual([64, []]);
    expect(ran.stderr).toContain(says);
  });

  it('needs no quotes that a shell would take away: 30% and 30 are the same', async () => {
    for (const text of ['30%', '30']) {
      const ran = await run(WhatIf, ['--grow', text], { answers: { whatif: ADDED } });
      expect(ran.calls[0]!.input).toMatchObject({ grow: { percent: 30 } });
    }
  });
});
