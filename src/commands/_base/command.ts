/**
 * Base of every command: global flags, one way from flags to outcome, one way from errors to exit codes. A command only
 * declares its flags and says, in `perform`, which operation to call and which view shows the result.
 */
import { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';
import type * as Interfaces from '@oclif/core/interfaces';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { exitCode } from '../../views/exit-code.ts';
import { Cli } from './cli.ts';
import type { CliContext } from './context.ts';
import { checkOutputFlags, globalFlags } from './flags.ts';
import { hasServers } from './server-file.ts';

type FlagsOf<T extends typeof Command> = Interfaces.InferredFlags<(typeof EngineCommand)['baseFlags'] & T['flags']>;
type CommonFlags = Interfaces.InferredFlags<typeof globalFlags> & { readonly tui?: boolean };
type ArgsOf<T extends typeof Command> = Interfaces.InferredArgs<T['args']>;

export abstract class EngineCommand<T extends typeof Command> extends Command {
  static override baseFlags = globalFlags;
  /** JSON output is a stream of lines: commands that change something. */
  static stream = false;

  protected flags!: FlagsOf<T>;
  protected args!: ArgsOf<T>;
  protected cli!: Cli;
  #context!: CliContext;
  /** By flag or environment. */
  #stateGiven = true;

  /** Runs the command and answers with the exit code. Never throws. */
  static async start(this: EngineCommandClass, argv: string[], config: Config, context: CliContext): Promise<number> {
    const command = new this(argv, config);
    command.#context = context;
    return command.#start();
  }

  protected abstract perform(): Promise<OperationOutcome>;

  /** oclif's entry; ours is `start`. */
  override async run(): Promise<OperationOutcome> {
    return this.perform();
  }

  /** As typed: `state list`. */
  get #name(): string {
    return (this.ctor.id ?? '').replaceAll(':', ' ');
  }

  async #start(): Promise<number> {
    const common = { command: this.#name, stream: (this.ctor as typeof EngineCommand).stream };
    // Until the flags are known, errors are printed in the mode that the raw arguments ask for.
    this.cli = new Cli(this.#context, { ...common, ...rawModeFlags(this.argv), state: '' });
    try {
      await this.#parseFlags();
      await this.cli.close();
      const { state, timeout, tui, ...mode } = this.flags as CommonFlags;
      this.cli = new Cli(this.#context, {
        ...common,
        ...mode,
        state: this.#stateGiven ? state : ((await this.#server()) ?? state),
        jsonTo: mode['json-to'],
        timeoutMs: timeout,
        tui,
      });
      const outcome = await this.perform();
      return await this.#end(this.cli.interrupted && outcome === 'error' ? 'interrupted' : outcome);
    } catch (error) {
      return await this.#end(await this.#fail(error));
    }
  }

  /** Closes everything; what can't be written then is a failure too. */
  async #end(outcome: OperationOutcome): Promise<number> {
    try {
      await this.cli.close();
      return exitCode(outcome);
    } catch (error) {
      return exitCode(await this.#fail(error));
    }
  }

  async #parseFlags(): Promise<void> {
    const { flags, args, metadata } = await this.parse({
      flags: this.ctor.flags,
      baseFlags: (this.ctor as typeof EngineCommand).baseFlags,
      args: this.ctor.args,
      strict: this.ctor.strict,
    });
    checkOutputFlags(flags as CommonFlags);
    this.#stateGiven = !metadata.flags.state?.setFromDefault;
    this.flags = flags as FlagsOf<T>;
    this.args = args as ArgsOf<T>;
  }

  /** Who has logged in to a daemon means that one. */
  async #server(): Promise<string | undefined> {
    const { env } = this.#context;
    if (!hasServers(env)) return undefined;
    return (await import('./servers.ts')).currentServer(env);
  }

  async #fail(error: unknown): Promise<OperationOutcome> {
    // Loaded only now: runs that succeed start faster without it.
    const { failureOf } = await import('./failure.ts');
    const { env } = this.#context;
    const { interrupted } = this.cli;
    const failure = failureOf(error, { debug: env.COPRHD_DEBUG === '1', interrupted, command: this.#name });
    return this.cli.finish(failure);
  }
}

type EngineCommandClass = new (argv: string[], config: Config) => EngineCommand<typeof Command>;

export function rawModeFlags(argv: readonly string[]): {
  json: boolean;
  plain: boolean;
  human: boolean;
  color: boolean;
} {
  const end = argv.indexOf('--');
  const given = end < 0 ? argv : argv.slice(0, end);
  const has = (flag: string) => given.includes(flag);
  return { json: has('--json'), plain: has('--plain'), human: has('--human'), color: !has('--no-color') };
}
