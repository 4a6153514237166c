import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readPlanFiles } from '../../src/commands/_base/plan-files.ts';
import type { OperationError } from '../../src/lib/diagnostic.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'coprhd-files-'));
  mkdirSync(join(root, 'plans', 'web'), { recursive: true });
  writeFileSync(join(root, 'plans', 'web', 'stack.yaml'), 'kind: stack\n');
  writeFileSync(join(root, 'top.yaml'), 'kind: infrastructure\n');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

describe('what is recorded as the source of a resource', () => {
  const from = async (directory: string, state: string, paths: readonly string[]) => {
    vi.spyOn(process, 'cwd').mockReturnValue(join(root, directory));
    return (
      await readPlanFiles(
        paths.map((path) => join(root, path)),
        state,
      )
    ).map(({ source }) => source);
  };
  const files = ['plans/web/stack.yaml', 'top.yaml'];

  it('is the path from beside the state, wherever the command is run from', async () => {
    expect(await from('', '.coprhd', files)).toEqual(files);
    expect(await from('plans/web', '../../.coprhd', files)).toEqual(files);
    expect(await from('plans', join(root, '.coprhd'), files)).toEqual(files);
    expect(await from('', 'plans/state', files)).toEqual(['web/stack.yaml', '../top.yaml']);
  });

  it('is one for a file that is named twice in different ways', async () => {
    expect(await from('', '.coprhd', ['top.yaml', 'plans/../top.yaml', 'plans/web', 'plans/web/stack.yaml'])).toEqual([
      'top.yaml',
      'plans/web/stack.yaml',
    ]);
  });
});

describe('a file that is not UTF-8', () => {
  it('is refused with the place of the first byte that is not, all of them at once', async () => {
    const file = join(root, 'latin-1.yaml');
    writeFileSync(
      file,
      Buffer.concat([Buffer.from('# Größe\nkind: stack # 😀 gr'), Buffer.from('\xf6\xdfer\n', 'latin1')]),
    );
    const other = join(root, 'utf-16.yaml');
    writeFileSync(other, Buffer.from('\ufeffkind: stack\n', 'utf16le'));
    const error = await readPlanFiles([file, other], '.coprhd').catch((thrown: unknown) => thrown);
    expect((error as OperationError).diagnostics).toMatchObject([
      { code: 'COPRHD-CONFIG-001', span: { file, line: 2, column: 20 }, summary: expect.stringContaining('0xf6') },
      { code: 'COPRHD-CONFIG-001', span: { file: other, line: 1, column: 1 } },
    ]);
  });

  it('is told from one with U+FFFD in it', async () => {
    const file = join(root, 'replacement.yaml');
    writeFileSync(file, 'kind: stack # \ufffd\n');
    expect((await readPlanFiles([file], '.coprhd'))[0]!.text).toContain('\ufffd');
  });
});
