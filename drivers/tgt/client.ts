/**
 * The only way from this driver to the machine: programs and short shell scripts through the session, with the
 * deadline of the call, errors as classes. Values go into scripts as positional parameters, never into their text, so
 * that no name can become a command. Nothing secret is ever an argument.
 */
import { type CallContext, CERTAINLY_NOT_DONE, type CommandSession, DriverError } from 'coprhd/driver';
import type { TgtConfiguration } from './configuration.ts';
import { failureError } from './parse/failure.ts';
import { SHELL_LIBRARY } from './scripts.ts';
import { TARGET_LIBRARY } from './target-scripts.ts';

export interface ScriptOptions {
  readonly input?: string;
  readonly readOnly?: boolean;
  readonly detach?: boolean;
}

export interface TgtClient {
  readonly configuration: TgtConfiguration;
  /** Runs a script of scripts.ts and returns its output; throws a DriverError when it ends with another code than 0. */
  script(
    ctx: CallContext,
    what: string,
    script: string,
    args: readonly (string | number)[],
    options?: ScriptOptions,
  ): Promise<string>;
}

/** What each script may call. */
export const SCRIPT_LIBRARY = SHELL_LIBRARY + TARGET_LIBRARY;

export function createTgtClient(session: CommandSession, configuration: TgtConfiguration): TgtClient {
  const env = { TGT_IPC_SOCKET: configuration.socket };
  return {
    configuration,
    script: async (ctx, what, script, args, options = {}) => {
      const { exitCode, stdout, stderr } = await session.run({
        // So that scripts can call tgtadm by the function `adm`, and know whether their input came whole.
        argv: [
          'sh',
          '-eu',
          '-c',
          SCRIPT_LIBRARY + script,
          'coprhd',
          String(configuration.controlPort),
          String(Buffer.byteLength(options.input ?? '')),
          ...args.map(String),
        ],
        env,
        deadlineMs: ctx.deadlineMs,
        signal: ctx.signal,
        ...(options.input === undefined ? {} : { input: options.input }),
        ...(options.detach ? { detach: true } : {}),
      });
      ctx.log.debug(`tgt: ${what}`, { exitCode });
      if (exitCode === 0) return stdout;
      throw failureError({ what, exitCode, stdout, stderr, readOnly: options.readOnly ?? false });
    },
  };
}

/**
 * Runs one call that changes things. Once a command of it has had its effect, no failure after it may say that nothing
 * happened: such an error becomes `ambiguous`, so that the caller probes.
 */
export async function changing<T>(client: TgtClient, call: (client: TgtClient) => Promise<T>): Promise<T> {
  let touched = false;
  const watched: TgtClient = {
    configuration: client.configuration,
    script: async (ctx, what, script, args, options) => {
      const output = await client.script(ctx, what, script, args, options);
      if (!options?.readOnly) touched = true;
      return output;
    },
  };
  try {
    return await call(watched);
  } catch (error) {
    if (!touched || !(error instanceof DriverError) || !CERTAINLY_NOT_DONE.has(error.class)) throw error;
    const { message, hint, holders, transcript } = error;
    const fields = { ...(hint === undefined ? {} : { hint }), ...(transcript === undefined ? {} : { transcript }) };
    throw new DriverError({ class: 'ambiguous', message: `cut short: ${message}`, holders, ...fields }, error);
  }
}
