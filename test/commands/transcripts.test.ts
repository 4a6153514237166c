import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectGolden } from '../views/golden.ts';
import { ensureBuilt, spawnCli } from './built.ts';
import { ROOT } from './harness.ts';

beforeAll(ensureBuilt);

/** `state/list.ts` as `state list`. */
function commandsInSource(): string[] {
  return readdirSync(`${ROOT}src/commands`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('_base'))
    .map((file) => file.replace(/\.ts$/, '').replaceAll('/', ' '))
    .sort();
}

const NO_STACK = /^\s+at .+:\d+:\d+/m;

describe('bin/run.js without a terminal', () => {
  it('knows every command of the sources and no other', () => {
    const { commands } = JSON.parse(readFileSync(`${ROOT}oclif.manifest.json`, 'utf8')) as {
      commands: Record<string, { summary?: string; examples?: unknown[] }>;
    };
    expect(
      Object.keys(commands)
        .map((id) => id.replaceAll(':', ' '))
        .sort(),
    ).toEqual(commandsInSource());
    for (const [id, command] of Object.entries(commands)) {
      expect(command.summary, id).toMatch(/^[A-Z].*\.$/);
      expect(command.examples?.length, id).toBeGreaterThan(0);
    }
  });

  it.concurrent.each(commandsInSource())('%s with an unknown flag ends with 64 and no stack', async (command) => {
    const { code, stdout, stderr } = await spawnCli([...command.split(' '), '--bogus']);
    expect(code).toBe(64);
    expect(stdout).toBe('');
    expect(stderr).toContain('COPRHD-USAGE-001');
    expect(stderr).toContain('--bogus');
    expect(stderr).not.toMatch(NO_STACK);
  });

  it.concurrent.each([
    { name: 'unknown-command', argv: ['plann', '--human'] },
    { name: 'unknown-command-json', argv: ['plann', '--json'] },
    { name: 'unknown-in-topic', argv: ['state', 'lst', '--human'] },
    { name: 'missing-argument', argv: ['explain', '--human'] },
    { name: 'too-many-arguments', argv: ['explain', 'a', 'b', '--human'] },
    { name: 'unknown-in-task', argv: ['task', 'resum', 'x', '--human'] },
    { name: 'bad-attestation', argv: ['resolve', 'web/volume.x', '--as', 'gone', '--human'] },
    { name: 'bad-value', argv: ['plan', 'x', '--detail', 'much', '--human'] },
    { name: 'bad-duration', argv: ['apply', 'x', '--claim-wait', 'soon', '--human'] },
    { name: 'two-formats', argv: ['show', '--json', '--plain'] },
    { name: 'flag-without-command', argv: ['--bogus', '--human'] },
    { name: 'flag-plain', argv: ['plan', '--bogus'] },
  ])('wrong usage: $name', async ({ name, argv }) => {
    const { code, stdout, stderr } = await spawnCli(argv);
    expect(code).toBe(64);
    expectGolden(`transcripts/${name}.txt`, `$ coprhd ${argv.join(' ')}\n${stdout}${stderr}[${code}]\n`);
  });

  it.concurrent.each([
    { name: 'help', argv: ['--help'] },
    { name: 'help-topic', argv: ['state'] },
    { name: 'help-apply', argv: ['apply', '--help'] },
    { name: 'help-task', argv: ['task'] },
    { name: 'help-task-rollback', argv: ['task', 'rollback', '--help'] },
    { name: 'help-task-cancel', argv: ['task', 'cancel', '--help'] },
    { name: 'help-claim-break', argv: ['claim', 'break', '--help'] },
    { name: 'help-resolve', argv: ['resolve', '--help'] },
    { name: 'help-snapshot-create', argv: ['snapshot', 'create', '--help'] },
    { name: 'help-freeze', argv: ['freeze', '--help'] },
    { name: 'help-history', argv: ['history', '--help'] },
    { name: 'help-word', argv: ['help', 'state', 'list'] },
  ])('$name', async ({ name, argv }) => {
    const { code, stdout, stderr } = await spawnCli(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const text = stdout.replace(/coprhd\/\S+ \S+ \S+/, 'coprhd/VERSION');
    expectGolden(`transcripts/${name}.txt`, `$ coprhd ${argv.join(' ')}\n${text}[0]\n`);
  });

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };
    expect(await spawnCli(['--version'])).toEqual({ code: 0, stdout: `coprhd ${version}\n`, stderr: '' });
  });

  it('loads for --help only what is needed for it', async () => {
    const coverage = mkdtempSync(join(tmpdir(), 'coprhd-modules-'));
    await spawnCli(['--help'], [], { NODE_V8_COVERAGE: coverage });
    expect(existsSync(coverage)).toBe(true);
    expectGolden('help-modules.txt', `${loadedModules(coverage).join('\n')}\n`);
  });
});

/** What V8 saw: files of ours by the sources that were bundled into them, everything else by package. */
function loadedModules(coverage: string): string[] {
  const sources = JSON.parse(readFileSync(`${ROOT}dist/modules.json`, 'utf8')) as Record<string, string[]>;
  const names = readdirSync(coverage).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { result: { url: string }[] };
    return result.filter(({ url }) => url.startsWith('file:')).map(({ url }) => fileURLToPath(url));
  });
  const short = names.flatMap((path) => {
    const found = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path);
    if (found) return [`node_modules/${found[1]}`];
    return sources[path.replace(`${ROOT}dist/`, '')] ?? [path.replace(ROOT, '')];
  });
  return [...new Set(short)].sort();
}

it('no usage line has an empty alternative', async () => {
  for (const id of ['apply', 'import', 'recover', 'show', 'device:add']) {
    const { stdout } = await spawnCli([...id.split(':'), '--help']);
    const usage = /USAGE\n(.*?)\n\n/s.exec(stdout)?.[1];
    expect(usage, id).toBeDefined();
    expect(usage, id).not.toMatch(/\|\s*(?:\||\])|\[\s*\|/);
  }
});
