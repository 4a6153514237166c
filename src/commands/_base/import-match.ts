/** `import --match`: asks the engine for plan text, and writes it to a file that is not there yet. Changes nothing else. */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { InputOf } from '../../engine/operations/types.ts';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { importMatchView } from '../../views/import-match.ts';
import type { Cli } from './cli.ts';
import { commandLine, usageError } from './usage.ts';
import { exists, writeText } from './write-text.ts';

export interface MatchFlags {
  readonly match: string;
  readonly hosts: boolean;
  readonly system: string;
  readonly project?: string | undefined;
  readonly 'virtual-pool'?: string | undefined;
  readonly 'virtual-array'?: string | undefined;
  readonly stack?: string | undefined;
  readonly as?: string | undefined;
  readonly out?: string | undefined;
  readonly force: boolean;
}

export async function importMatched(cli: Cli, flags: MatchFlags): Promise<OperationOutcome> {
  const input = inputOf(flags);
  const file = await fileOf(flags);
  if (!flags.force && (await exists(file)))
    usageError(`${file} exists already`, 'name another file with --out, or overwrite it with --force');
  const result = await cli.call('import.match', input);
  if (result.yaml === undefined) return cli.finish(result, importMatchView);
  await writeText(file, result.yaml, { replace: flags.force });
  return cli.finish({ ...result, written: file, next: commandLine('plan', file) }, importMatchView);
}

function inputOf(flags: MatchFlags): InputOf<'import.match'> {
  const { match: pattern, hosts, system, stack, as: nameTemplate, project } = flags;
  const virtualPool = flags['virtual-pool'];
  const virtualArray = flags['virtual-array'];
  const needed = { 'virtual-array': virtualArray, ...(hosts ? {} : { project, 'virtual-pool': virtualPool }) };
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [`--${name}`] : []));
  if (missing.length > 0) usageError(`${missing.join(', ')} missing`, 'see coprhd import --help');
  return {
    what: hosts ? 'hosts' : 'volumes',
    pattern,
    system,
    virtualArray: virtualArray!,
    ...(hosts ? {} : { project, virtualPool }),
    ...(stack === undefined ? {} : { stack }),
    ...(nameTemplate === undefined ? {} : { nameTemplate }),
  };
}

/** In a directory, or when nothing is said, a name that tells what it is. */
async function fileOf({ out = '.', hosts, system }: MatchFlags): Promise<string> {
  const name = `${hosts ? 'imported-hosts' : 'imported'}-${basename(system)}.yaml`;
  const isDirectory = await stat(out).then(
    (found) => found.isDirectory(),
    () => out.endsWith('/'),
  );
  return isDirectory ? join(out, name) : out;
}
