/** What a person gets who runs the command line on plans that can't be right (test/golden/malformed). */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/lib/diagnostic.ts';
import { render } from '../engine/config/support.ts';
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

/** As the golden files have it: files by their name in the directory. */
function said(diagnostics: readonly Diagnostic[], name: string): string {
  // What drivers say of their configuration, and what is in the vault, isn't part of the plan language.
  const ofPlans = diagnostics.filter(({ code }) => !/^COPRHD-(?:DEVICE|SECRET)-/.test(code));
  return render(ofPlans).replaceAll(`${name}/`, '');
}

describe.each(['validate', 'plan'])('coprhd %s', (command) => {
  it.concurrent.each(CASES)('%s: says what is wrong, ends with 1 and changes nothing', async (name) => {
    const ran = await cli.run(command, name, '--json');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toBe('');
    const { outcome, diagnostics } = JSON.parse(ran.stdout) as { outcome: string; diagnostics: Diagnostic[] };
    expect(outcome).toBe('error');
    const expected = readFileSync(join(MALFORMED, name, 'expected.txt'), 'utf8');
    expect(said(diagnostics, name)).toBe(expected);
  });
});

describe('after all of these', () => {
  it('the state is the same to the byte and the revision', async () => {
    expect((await cli.expect(0, 'state', 'export')).stdout).toBe(before);
  });
});

describe('for people', () => {
  it('says the same in words, with file, line and column, and no stack', async () => {
    const ran = await cli.expect(1, 'plan', '28-everything-at-once', '--human');
    expect(ran.stdout).toBe('');
    const places = (text: string) => [...text.matchAll(/\b\d\d-\w+\.yaml:\d+:\d+/g)].map(([place]) => place);
    const wanted = places(readFileSync(join(MALFORMED, '28-everything-at-once', 'expected.txt'), 'utf8'));
    for (const place of wanted) expect(ran.stderr).toContain(place);
    expect(ran.stderr).toMatch(/^28-everything-at-once\/10-infrastructure\.yaml:5:35: COPRHD-CONFIG-004$/m);
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
