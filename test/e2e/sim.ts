/** A simulated array, a state and plan files for one test: fast, needs nothing of the machine. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { simEdit, simShow } from '../../drivers/simulator/manage.ts';
import { type Cli, cliIn } from './cli.ts';
import { infrastructure } from './plans.ts';

export interface SimWorld extends Cli {
  /** Writes plans/stack.yaml beside plans/infrastructure.yaml. */
  writeStack(text: string): void;
  /** Everything on the array, read from its own files and not by the driver. */
  device(): ReturnType<typeof simShow>;
  /** Changes the array behind our back. */
  edit(edit: Parameters<typeof simEdit>[0]['edit']): Promise<void>;
}

/** Of one test file; goes with it. */
const home = mkdtempSync(join(tmpdir(), 'coprhd-e2e-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let made: Promise<string> | undefined;

/** A new array, an empty state and the infrastructure's file, made once and copied for each test. */
async function template(): Promise<string> {
  const directory = join(home, 'template');
  mkdirSync(join(directory, 'plans'), { recursive: true });
  const cli = cliIn(directory);
  await Promise.all([cli.expect(0, 'sim', 'up', '--arrays', '1'), cli.expect(0, 'init')]);
  const system = 'driver: simulator\n    configuration: { directory: ../sim, array: sim-1 }';
  writeFileSync(join(directory, 'plans', 'infrastructure.yaml'), infrastructure(system, '10.0.0.0/16'));
  return directory;
}

/** Commands run in its directory; plan files are in `plans`. */
export async function simWorld(stackText?: string): Promise<SimWorld> {
  made ??= template();
  const directory = mkdtempSync(join(home, 'world-'));
  cpSync(await made, directory, { recursive: true });
  const cli = cliIn(directory);
  const array = { directory: join(directory, 'sim'), array: 'sim-1' };
  const writeStack = (text: string) => writeFileSync(join(directory, 'plans', 'stack.yaml'), text);
  if (stackText !== undefined) writeStack(stackText);
  return {
    ...cli,
    writeStack,
    device: () => simShow(array),
    edit: async (edit) => void (await simEdit({ ...array, edit })),
  };
}
