import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import Fmt from '../../src/commands/fmt.ts';
import Schema from '../../src/commands/schema.ts';
import { fmt, schema } from '../../src/engine/operations/formatting.ts';
import { run } from './harness.ts';

const UNTIDY = 'project: p\nkind: stack\nstack:   s # why\n';
const TIDY = 'kind: stack\nstack: s # why\nproject: p\n';
const answers = { fmt, schema };

function files(texts: Record<string, string>) {
  const directory = mkdtempSync(join(tmpdir(), 'coprhd-fmt-'));
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, name), text);
  return { directory, read: (name: string) => readFileSync(join(directory, name), 'utf8') };
}

describe('fmt', () => {
  it('rewrites what is not in its form, and names it', async () => {
    const { directory, read } = files({ 'a.yaml': UNTIDY, 'b.yaml': TIDY });
    const ran = await run(Fmt, [directory, '--human'], { answers });
    expect([ran.code, ran.stdout]).toEqual([0, `${join(directory, 'a.yaml')}\n`]);
    expect([read('a.yaml'), read('b.yaml')]).toEqual([TIDY, TIDY]);
    expect((await run(Fmt, [directory, '--human'], { answers })).stdout).toBe('');
  });

  it('with --check writes nothing and ends with 2 when something would change', async () => {
    const { directory, read } = files({ 'a.yaml': UNTIDY });
    const file = join(directory, 'a.yaml');
    const ran = await run(Fmt, [file, '--check', '--diff', '--human'], { answers });
    expect(ran.code).toBe(2);
    expect(ran.stdout.split('\n').slice(2)).toEqual([
      '@@ -1,3 +1,3 @@',
      '-project: p',
      ' kind: stack',
      '-stack:   s # why',
      '+stack: s # why',
      '+project: p',
      '',
    ]);
    expect(read('a.yaml')).toBe(UNTIDY);
    writeFileSync(file, TIDY);
    expect((await run(Fmt, [file, '--check'], { answers })).code).toBe(0);
  });

  it('leaves a file that can not be read alone, formats the others, and ends with 1', async () => {
    const { directory, read } = files({ 'a.yaml': 'a: [1\n', 'b.yaml': UNTIDY });
    const ran = await run(Fmt, [directory, '--human'], { answers });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('COPRHD-CONFIG-001');
    expect([read('a.yaml'), read('b.yaml')]).toEqual(['a: [1\n', TIDY]);
  });

  it('reads standard input and writes standard output', async () => {
    const ran = await run(Fmt, ['-'], { answers, input: UNTIDY });
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([0, TIDY, '']);
    expect((await run(Fmt, ['-', '--check'], { answers, input: UNTIDY })).code).toBe(2);
  });

  it('needs a path', async () => {
    expect((await run(Fmt, [], { answers })).code).toBe(64);
    expect((await run(Fmt, ['-', 'a.yaml'], { answers })).code).toBe(64);
  });
});

describe('schema', () => {
  it('is printed, or written to a file', async () => {
    const golden: unknown = JSON.parse(readFileSync(new URL('../../docs/plan.schema.json', import.meta.url), 'utf8'));
    const ran = await run(Schema, [], { answers });
    expect(JSON.parse(ran.stdout)).toEqual(golden);
    const { directory, read } = files({});
    expect((await run(Schema, ['--out', join(directory, 's.json')], { answers })).code).toBe(0);
    expect(JSON.parse(read('s.json'))).toEqual(golden);
  });
});
