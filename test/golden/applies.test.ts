/**
 * Whole applies as people, scripts and programs see them: the real commands and the real engine, on simulated arrays with a
 * fixed seed and clock. UPDATE_GOLDEN=1 rewrites the files under test/golden/cli/applies.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import Apply from '../../src/commands/apply.ts';
import Destroy from '../../src/commands/destroy.ts';
import Plan from '../../src/commands/plan.ts';
import Recover from '../../src/commands/recover.ts';
import type { EngineClient, EngineEvent } from '../../src/engine/operations/types.ts';
import { run } from '../commands/harness.ts';
import { createEstate, type Estate } from '../engine/planner/estate.ts';
import { expectGolden } from '../views/golden.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const read = (name: string) => readFileSync(path(`../../plans/quickstart/${name}`), 'utf8');
const COMMANDS = { plan: Plan, apply: Apply, destroy: Destroy, recover: Recover };
// As the dispatcher names them when it loads them.
for (const [name, command] of Object.entries(COMMANDS)) command.id = name;

/** The engine of the estate behind the door that commands use. */
function clientOf(estate: Estate): EngineClient {
  let seq = 0;
  return {
    call: async (name, input, options) => {
      estate.onEvent = (event) => {
        seq += 1;
        options?.onEvent?.({ seq, atMs: estate.clock.nowMs(), ...event } as EngineEvent);
      };
      return (await estate.run(name as never, input as never)) as never;
    },
    close: async () => {},
  };
}

/** A directory with the quickstart's plan files, and a transcript of what is typed there. */
async function session() {
  // Lines are broken by the length of its path, which must be the same everywhere.
  const directory = mkdtempSync('/tmp/coprhd-applies-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const estate = await createEstate({ arrays: [{}] });
  const infrastructure = read('simulator/infrastructure.simulator.yaml').replace(/default: \S+,/, 'default: /arrays,');
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  write('infrastructure.yaml', infrastructure);
  write('stack.yaml', read('stack.yaml'));
  let transcript = '';
  /** `coprhd ...` as typed in that directory; `typed` is what the person answers at a terminal. */
  const type = async (line: string, code: number, typed?: readonly string[]) => {
    const [name, ...argv] = line.split(' ');
    const ran = await run(
      COMMANDS[name as keyof typeof COMMANDS],
      [
        ...argv.map((word) => (word === '.' || word.endsWith('.yaml') ? join(directory, word) : word)),
        // What is recorded of files is relative to where the state is.
        ...['--state', join(directory, '.coprhd')],
      ],
      { engine: clientOf(estate), clock: estate.clock, ...(typed ? { tty: true, typed } : {}) },
    );
    const text = ran.screen.replaceAll(`${directory}/.`, '.').replaceAll(`${directory}/`, '').replaceAll(directory, '.');
    transcript += `$ coprhd ${line}\n${text}[${ran.code}]\n\n`;
    expect(ran.code, transcript).toBe(code);
  };
  return { estate, write, type, expectTranscript: (name: string) => expectGolden(`applies/${name}.txt`, transcript) };
}

it.each(['--human', '--plain', '--json'])('an apply that goes well, and the plan after it, %s', async (mode) => {
  const { type, expectTranscript } = await session();
  await type(`apply . --yes ${mode}`, 0);
  await type(`plan . ${mode}`, 0);
  await type(`destroy . --confirm-destroy=2 ${mode}`, 0);
  expectTranscript(`whole${mode.replace('--', '.')}`);
});

it('an apply at a terminal, with its questions', async () => {
  const { type, expectTranscript } = await session();
  await type('apply . --no-tui', 3, ['no']);
  await type('apply . --no-tui', 0, ['yes']);
  await type('destroy . --no-tui', 3, ['1']);
  await type('destroy . --no-tui', 0, ['2']);
  expectTranscript('terminal');
});

it('a step that fails for good, what is undone, and the apply after it', async () => {
  const { estate, type, expectTranscript } = await session();
  estate.fault({ operation: 'ensureVolume', before: 'invalid' }, 'sim-1');
  await type('apply . --yes --human', 6);
  await type('recover --human', 0);
  estate.clearFaults('sim-1');
  await type('apply . --yes --human', 0);
  expectTranscript('failed');
});

it('growth, and removals that are held', async () => {
  const { write, type, expectTranscript } = await session();
  await type('apply . --yes --plain', 0);
  const grown = read('stack.yaml').replace('256MiB', '512MiB').replace('protect: false', 'protect: true');
  write('stack.yaml', grown);
  await type('apply . --yes --human', 0);
  write('stack.yaml', grown.replace('data-{01..02}:', 'data-01:').replace('["data-{01..02}"]', '["data-01"]'));
  await type('apply . --yes --human', 3);
  expectTranscript('held');
});
