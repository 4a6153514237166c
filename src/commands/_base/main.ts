/**
 * The way from the command line to a command: version, help, command or suggestion. oclif supplies flags, help and the
 * manifest of commands; running and failing are ours, so that exit codes hold and no stack trace reaches anybody.
 */
import type { CliContext } from './context.ts';

export interface MainOptions {
  /** Directory of package.json. */
  readonly root: string;
  readonly argv: readonly string[];
  readonly context: CliContext;
  /** Run the sources instead of dist/. */
  readonly fromSource?: boolean;
}

/** Exit code. Never throws. */
export async function main(options: MainOptions): Promise<number> {
  const { argv, context } = options;
  try {
    if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
      const { readFileSync } = await import('node:fs');
      const { version } = JSON.parse(readFileSync(`${options.root}/package.json`, 'utf8')) as { version: string };
      context.stdout.write(`coprhd ${version}\n`);
      return 0;
    }
    if (argv[0] === '__complete') {
      const { printCompletions } = await import('./complete.ts');
      await printCompletions(options.root, argv.slice(1), context);
      return 0;
    }
    const { dispatch } = await import('./dispatch.ts');
    return await dispatch(options);
  } catch (error) {
    const { reportFailure } = await import('./report.ts');
    return reportFailure(error, argv, context);
  }
}
