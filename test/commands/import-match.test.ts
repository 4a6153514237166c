/** `import --match`: which file is written, what is refused before anything is asked, and what people and scripts see. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import Import from '../../src/commands/import.ts';
import type { ResultOf } from '../../src/engine/operations/types.ts';
import { run } from './harness.ts';

const made: string[] = [];
const directory = () => {
  const path = mkdtempSync(join(tmpdir(), 'coprhd-import-'));
  made.push(path);
  return path;
};
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

const FLAGS = ['--system', 'array-1', '--project', 'p', '--virtual-pool', 'gold', '--virtual-array', 'dc1'];
const ANSWER: ResultOf<'import.match'> = {
  outcome: 'ok',
  diagnostics: [],
  system: 'array-1',
  stack: 'imported',
  yaml: 'kind: stack\n',
  declared: [{ address: 'volume.a', nativeId: 'v1', name: 'a', sizeBytes: 1024 ** 3, pool: 'fast' }],
  skipped: [{ name: 'b', nativeId: 'v2', why: 'it is mapped by m1', fix: 'unmap it' }],
  recorded: 3,
};
const answers = { 'import.match': ANSWER };

describe('import --match', () => {
  it('writes the file and says what comes next and what is left out', async () => {
    const out = join(directory(), 'erp.yaml');
    const ran = await run(Import, ['--match', 'erp*', ...FLAGS, '--out', out, '--human'], { answers });
    expect(ran.code, ran.stderr).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe('kind: stack\n');
    expect(ran.calls).toEqual([
      {
        name: 'import.match',
        input: {
          what: 'volumes',
          pattern: 'erp*',
          system: 'array-1',
          project: 'p',
          virtualPool: 'gold',
          virtualArray: 'dc1',
        },
      },
    ]);
    expect(ran.stdout).toContain('volume.a  v1  1 GiB  fast');
    expect(ran.stdout).toContain('b (v2): it is mapped by m1');
    expect(ran.stdout).toContain('1 resource to take over, 1 not, 3 recorded already');
    expect(ran.stdout).toContain(`next: coprhd plan ${out}`);
  });

  it('has stable rows, and a JSON line with the text', async () => {
    const place = directory();
    const plain = await run(Import, ['--match', '*', ...FLAGS, '--out', place, '--plain'], { answers });
    const file = join(place, 'imported-array-1.yaml');
    expect(
      plain.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t')),
    ).toEqual([
      ['declared', 'volume.a', 'v1', 'a', String(1024 ** 3), 'fast', ''],
      ['skipped', 'v2', 'b', 'it is mapped by m1', 'unmap it'],
      ['recorded', '3'],
      ['written', file],
    ]);
    const json = await run(Import, ['--match', '*', ...FLAGS, '--out', place, '--force', '--json'], { answers });
    expect(JSON.parse(json.stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({
      type: 'result',
      outcome: 'ok',
      written: file,
      yaml: 'kind: stack\n',
      skipped: [{ nativeId: 'v2' }],
    });
  });

  it('overwrites nothing without --force, and asks no device then', async () => {
    const place = directory();
    const file = join(place, 'imported-hosts-array-1.yaml');
    writeFileSync(file, 'mine');
    const argv = [
      '--hosts',
      '--match',
      '*',
      '--system',
      'array-1',
      '--virtual-array',
      'dc1',
      '--out',
      place,
      '--human',
    ];
    const refused = await run(Import, argv, { answers });
    expect([refused.code, refused.calls, readFileSync(file, 'utf8')]).toEqual([64, [], 'mine']);
    expect(refused.stderr).toContain('--force');
    const forced = await run(Import, [...argv, '--force'], { answers });
    expect([forced.code, readFileSync(file, 'utf8')]).toEqual([0, 'kind: stack\n']);
    expect(forced.calls[0]!.input).toEqual({ what: 'hosts', pattern: '*', system: 'array-1', virtualArray: 'dc1' });
  });

  it('writes no file when nothing can be taken over', async () => {
    const out = join(directory(), 'new', 'a.yaml');
    mkdirSync(join(out, '..'));
    const { yaml: _yaml, ...rest } = ANSWER;
    const ran = await run(Import, ['--match', '*', ...FLAGS, '--out', out, '--human'], {
      answers: { 'import.match': { ...rest, outcome: 'error', declared: [] } },
    });
    expect([ran.code, existsSync(out)]).toEqual([1, false]);
    expect(ran.stdout).toContain('it is mapped by m1');
  });

  it.each([
    [['--match', '*', '--system', 's'], '--virtual-array, --project, --virtual-pool missing'],
    [['web/volume.a', '--match', '*', ...FLAGS], '--match writes a file'],
    [['web/volume.a', '--native-id', '1', '--out', 'x', ...FLAGS], '--out goes with --match'],
    [['--native-id', '1', ...FLAGS], 'the address, or --match is missing'],
    [['web/volume.a', ...FLAGS], '--native-id is missing'],
  ])('refuses %j', async (argv, what) => {
    const ran = await run(Import, [...argv, '--human'], { answers });
    expect([ran.code, ran.calls]).toEqual([64, []]);
    expect(ran.stderr).toContain(what);
  });
});
