/**
 * Dialogues with one switch. Each call has one of its own while it runs; one that ended well is kept for the next call, one in
 * which anything went wrong is closed, so that no answer is ever taken for that to another line.
 */
import { type CallContext, type CommandSession, DriverError } from 'coprhd/driver';
import { hostOf, PROMPT } from './cli/answer.ts';
import { createDialog, type Dialog } from './cli/dialog.ts';
import { readRejection } from './cli/rejection.ts';
import { createSwitch, DIALOG, type Switch } from './cli/switch.ts';
import type { MdsConfiguration } from './configuration.ts';

export interface MdsClient {
  readonly configuration: MdsConfiguration;
  /** VSANs with an activation that isn't saved yet. */
  readonly unsaved: Set<number>;
  use<T>(ctx: CallContext, work: (device: Switch, host: string) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** With pages no prompt would come. */
const NO_PAGING = 'terminal length 0';

interface Line {
  readonly dialog: Dialog;
  readonly device: Switch;
  readonly host: string;
}

export function createMdsClient(session: CommandSession, configuration: MdsConfiguration): MdsClient {
  if (!session.openShell) {
    throw new DriverError({
      class: 'invalid',
      message: 'a switch is reached over SSH only',
      hint: 'give it an endpoint such as ssh://user@10.0.0.1',
    });
  }
  const openShell = session.openShell.bind(session);
  let idle: Line | undefined;
  let closed = false;

  const open = async (ctx: CallContext): Promise<Line> => {
    const { deadlineMs, signal } = ctx;
    const shell = await openShell({ prompt: PROMPT, deadlineMs, signal });
    try {
      const said = await createDialog(shell, DIALOG).say(ctx, NO_PAGING);
      const rejected = readRejection(NO_PAGING, said);
      if (rejected) throw rejected;
      const host = hostOf(said);
      const dialog = createDialog(shell, { ...DIALOG, prompt: promptOf(host) });
      return { dialog, device: createSwitch(dialog), host };
    } catch (error) {
      await shell.close();
      throw error;
    }
  };

  const run = async <T>(ctx: CallContext, line: Line, work: (device: Switch, host: string) => Promise<T>) => {
    let result: T;
    try {
      result = await work(line.device, line.host);
      await line.device.leave(ctx);
    } catch (error) {
      await line.dialog.close();
      throw error;
    }
    if (closed || idle) await line.dialog.close();
    else idle = line;
    return result;
  };

  return {
    configuration,
    unsaved: new Set(),
    use: async (ctx, work) => {
      if (closed) throw new DriverError({ class: 'transient', message: 'the session was closed' });
      if (ctx.nowMs() >= ctx.deadlineMs) throw new DriverError({ class: 'transient', message: 'no time left' });
      const kept = idle;
      idle = undefined;
      if (!kept) return run(ctx, await open(ctx), work);
      const before = kept.dialog.answered();
      try {
        return await run(ctx, kept, work);
      } catch (error) {
        // The switch had ended it. The first line of every call only reads, so that it may be said again.
        const isStale = kept.dialog.answered() === before && isConnection(error) && ctx.nowMs() < ctx.deadlineMs;
        if (!isStale || ctx.signal.aborted) throw error;
      }
      return run(ctx, await open(ctx), work);
    },
    close: async () => {
      closed = true;
      await idle?.dialog.close();
      idle = undefined;
      await session.close();
    },
  };
}

const isConnection = (error: unknown): boolean =>
  error instanceof DriverError && (error.class === 'transient' || error.class === 'ambiguous');

/** That of this switch alone, in whatever mode. */
function promptOf(host: string): RegExp {
  return new RegExp(`^${host.replaceAll('.', '\\.')}(?:\\([\\w.-]+\\))?# ?$`);
}
