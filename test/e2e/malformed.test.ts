/** What a person gets who runs the command line on plans that can't be right (test/golden/malformed). */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/lib/diagnostic.ts';
import { render } from '../engine/config/support.ts';
import { EVERYTHING } from '../long-only.ts';
import { type Cli, cliIn, ensureBuilt, ROOT } from './cli.ts';

const MALFORMED = `${ROOT}test/golden/malformed`;
const CASES = readdirSync(MALFORMED, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

const home = mkdtempSync(join(tmpdir(), 'coprhd-e2e-'));
let cli: Cli;
let before: string;

beforeAll(async () => {
  ensureBuilt();
  cli = cliIn(MALFORMED, join(home, 'state'));
  await cli.expect(0, 'init');
  before = (await cli.expect(0, 'state', 'export')).stdout;
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** What drivers say of their configuration, and what is not in the vault, isn't part of the plan language. */
const ofEngine = ({ code }: Diagnostic) => /^COPRHD-(?:DEVICE|SECRET)-/.test(code);

/** As the golden files have it: files by their name in the directory. */
function said(diagnostics: readonly Diagnostic[], name: string): string {
  return render(diagnostics).replaceAll(`${name}/`, '');
}

/** Whatever else is said has a golden file too: `expected.validate.txt`; without one there is nothing else. */
function expectedOfEngine(name: string, command: string, actual: string): string {
  const file = join(MALFORMED, name, `expected.${command}.txt`);
  if (process.env.UPDATE_GOLDEN === '1' && actual !== '') writeFileSync(file, actual);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

describe.runIf(EVERYTHING).each(['validate', 'plan'])('coprhd %s', (command) => {
  it.concurrent.each(CASES)('%s: says what is wrong, ends with 1 and changes nothing', async (name) => {
    const ran = await cli.run(command, name, '--json');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toBe('');
    const { outcome, diagnostics } = JSON.parse(ran.stdout) as { outcome: string; diagnostics: Diagnostic[] };
    expect(outcome).toBe('error');
    const expected = readFileSync(join(MALFORMED, name, 'expected.txt'), 'utf8');
    expect(
      said(
        diagnostics.filter((each) => !ofEngine(each)),
        name,
      ),
    ).toBe(expected);
    const other = said(diagnostics.filter(ofEngine), name);
    expect(other).toBe(expectedOfEngine(name, command, other));
  });
});

describe('for people', () => {
  it.concurrent.each(CASES)('%s: says the same in words, with file, line and column, and no stack', async (name) => {
    const ran = await cli.expect(1, 'plan', name, '--human');
    expect(ran.stdout).toBe('');
    expect(ran.stderr).not.toMatch(/^\s+at .+:\d+:\d+/m);
    expect(ran.stderr).not.toContain('COPRHD-INTERNAL');
    const heads = readFileSync(join(MALFORMED, name, 'expected.txt'), 'utf8').matchAll(/^(\S+:\d+:\d+) (COPRHD-\S+)/gm);
    const wanted = [...heads].map(([, place, code]) => `${name}/${place}: ${code}`);
    const lines = ran.stderr.split('\n').filter((line) => line.includes(': COPRHD-CONFIG-'));
    expect(lines.map((line) => line.trim().split(' ').slice(0, 2).join(' ')).sort()).toEqual(wanted.sort());
  });

  it('leave the state the same to the byte and the revision', async () => {
    expect((await cli.expect(0, 'state', 'export')).stdout).toBe(before);
  });

  it.each([
    { what: 'apply', argv: ['apply', '28-everything-at-once', '--yes'] },
    { what: 'destroy', argv: ['destroy', '28-everything-at-once', '--yes'] },
  ])('$what does not start', async ({ argv }) => {
    await cli.expect(1, ...argv);
  });

  it.each([
    { what: 'a file that is not there', argv: ['plan', 'no-such-file.yaml'] },
    { what: 'an empty directory', argv: ['plan', home] },
  ])('$what is said as such', async ({ argv }) => {
    const ran = await cli.expect(1, ...argv, '--human');
    expect(ran.stderr).toContain('COPRHD-CONFIG-013');
  });
});
