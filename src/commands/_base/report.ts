/** Failures before there is a command to report them: unknown commands, broken installations. */
import { exitCode } from '../../views/exit-code.ts';
import { Cli } from './cli.ts';
import { rawModeFlags } from './command.ts';
import type { CliContext } from './context.ts';
import { failureOf } from './failure.ts';

export async function reportFailure(error: unknown, argv: readonly string[], context: CliContext): Promise<number> {
  const cli = new Cli(context, { ...rawModeFlags(argv), state: '', command: '', stream: false });
  const outcome = cli.finish(
    failureOf(error, { debug: context.env.COPRHD_DEBUG === '1', interrupted: false, command: '' }),
  );
  await cli.close();
  return exitCode(outcome);
}
