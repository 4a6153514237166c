import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readPlanFiles } from '../../src/commands/_base/plan-files.ts';

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
