/** Every example of every command's help is understood as it is written: flags, arguments, and the operation's schema. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import DeviceAdd from '../../src/commands/device/add.ts';
import { INPUTS, parseInput } from '../../src/engine/operations/inputs.ts';
import type { OperationName } from '../../src/engine/operations/types.ts';
import { fail } from '../../src/lib/diagnostic.ts';
import { ensureBuilt, spawnCli } from './built.ts';
import { type Answers, jsonLines, ROOT, run } from './harness.ts';

interface Example {
  readonly description?: string;
  readonly command: string;
}

const IDS = readdirSync(`${ROOT}src/commands`, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('_base'))
  .map((file) => file.replace(/\.ts$/, ''))
  .sort();

const scratch = mkdtempSync(join(tmpdir(), 'coprhd-examples-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** As a shell takes a line apart. What follows a pipe or a redirection is the shell's. */
function words(line: string): string[] {
  const all = [...line.replace(/\)$/, '').matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)];
  const plain = all.map(([word]) => word.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double));
  const end = plain.findIndex((word) => ['>', '|', '<', '&&'].includes(word) || /^<\(/.test(word));
  return end < 0 ? plain : plain.slice(0, end);
}

/** An engine that checks what it is asked, and stops there. */
const answers = Object.fromEntries(
  Object.keys(INPUTS).map((name) => [
    name,
    (input: unknown) => {
      const parsed = parseInput(name as OperationName, input);
      expect(parsed, name).toMatchObject({ ok: true });
      return fail('error', { code: 'COPRHD-STATE-001', summary: 'understood' });
    },
  ]),
) as Answers;

describe.each(IDS)('%s', (id) => {
  it('lists no choices in a line that help would break within a word', async () => {
    const { default: command } = (await import(/* @vite-ignore */ `${ROOT}src/commands/${id}.ts`)) as {
      default: { flags?: Record<string, { options?: readonly string[]; helpValue?: string }> };
    };
    const long = Object.entries(command.flags ?? {}).filter(
      ([, { options = [], helpValue }]) => helpValue === undefined && `<options: ${options.join('|')}>`.length > 74,
    );
    expect(long.map(([name]) => name)).toEqual([]);
  });

  it('has examples that are understood', async () => {
    const { default: command } = (await import(/* @vite-ignore */ `${ROOT}src/commands/${id}.ts`)) as {
      default: { examples: Example[] };
    };
    expect(command.examples.length).toBeGreaterThan(0);
    for (const example of command.examples) {
      const line = (typeof example === 'string' ? example : example.command).replaceAll('<%= config.bin %>', 'coprhd');
      const own = words(line.slice(line.indexOf(`coprhd ${id.replaceAll('/', ' ')}`)));
      expect(own.slice(0, 1 + id.split('/').length).join(' '), line).toBe(`coprhd ${id.replaceAll('/', ' ')}`);
      // What is written even without a state goes elsewhere.
      const given = own.map((word) => (word.endsWith('.tar.gz') ? join(scratch, word) : word));
      const ran = await run(command, given.slice(1 + id.split('/').length), {
        answers,
        tty: true,
        input: 'kind: stack\n',
      });
      expect({ line, code: ran.code, said: ran.stderr }).not.toMatchObject({ code: 64 });
      expect(ran.stderr, line).not.toContain('COPRHD-INTERNAL');
    }
  });
});

describe.each(IDS)('%s with an unknown flag', (id) => {
  it.each(['--human', '--plain', '--json'])('says so with 64, in the form of %s', async (form) => {
    const { default: command } = (await import(/* @vite-ignore */ `${ROOT}src/commands/${id}.ts`)) as {
      default: { stream: boolean };
    };
    const ran = await run(command, ['--bogus', form], { answers });
    expect([ran.code, ran.calls]).toEqual([64, []]);
    const [said, silent] = form === '--json' ? [ran.stdout, ran.stderr] : [ran.stderr, ran.stdout];
    expect(silent).toBe('');
    expect(said).toContain('--bogus');
    expect(said).not.toMatch(/^\s+at .+:\d+:\d+/m);
    if (form !== '--json') {
      expect(said.startsWith(form === '--plain' ? 'diagnostic\terror\tCOPRHD-USAGE-001' : 'COPRHD-USAGE-001')).toBe(
        true,
      );
      return;
    }
    const document = command.stream ? jsonLines(said).at(-1)! : (JSON.parse(said) as Record<string, unknown>);
    expect(document).toMatchObject({ outcome: 'usage', diagnostics: [{ code: 'COPRHD-USAGE-001' }] });
  });
});

describe('coprhd device add', () => {
  beforeAll(ensureBuilt);

  it('works as its first example says, from the directory with the data centre', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'coprhd-example-'));
    const [example] = DeviceAdd.examples;
    const typed = words(example!.command.replace('<%= config.bin %> ', ''));
    for (const argv of [['sim', 'up'], ['init'], [...typed, '--yes']]) {
      expect(await spawnCli(argv, [], {}, cwd), argv.join(' ')).toMatchObject({ code: 0 });
    }
    const { stdout } = await spawnCli(['state', 'show', 'storageSystem.sim-1', '--json'], [], {}, cwd);
    expect(stdout).toContain(`"directory": "${join(cwd, '.coprhd-sim')}"`);
  });
});
