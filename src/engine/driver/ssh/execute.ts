/**
 * One command on a connection that is up. The line has the whole difference between "certainly not done" and "not
 * known" in it: until the server has opened a channel nothing was sent, and from then on only an exit status together
 * with the end of the output says how it ended.
 */
import type { ClientChannel } from 'ssh2';
import type { Clock } from '../../../lib/clock.ts';
import { DriverError, type DriverErrorClass } from '../errors.ts';
import type { RunResult } from '../session.ts';
import type { ConnectedHop } from './hop.ts';

export const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
/** How long a command that was killed is waited for. */
const KILL_GRACE_MS = 300;

export interface ExecuteRequest {
  /** For messages: the program, never its arguments. */
  readonly what: string;
  readonly line: string;
  readonly input: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Executed extends RunResult {
  /** Ended by a signal: then there is no exit code. */
  readonly killedBy?: string;
}

/** The server has no channel left for us; nothing was sent. */
export class ChannelRefused extends DriverError {}

/** The channel could not be opened because the connection is gone; nothing was sent. */
export class NotSent extends DriverError {}

/** `onStuck`: the channel didn't close although it was asked to, so the connection is of doubtful use. */
export function execute(
  hop: ConnectedHop,
  clock: Clock,
  request: ExecuteRequest,
  onStuck: () => void,
): Promise<Executed> {
  const { what, line, input, deadlineMs, signal } = request;
  return new Promise((resolve, reject) => {
    const timer = new AbortController();
    let channel: ClientChannel | undefined;
    let failure: DriverError | undefined;
    let settled = false;
    const settle = (end: () => void) => {
      if (settled) return;
      settled = true;
      timer.abort();
      signal?.removeEventListener('abort', onAbort);
      end();
    };
    const fail = (error: DriverError) => settle(() => reject(error));
    /** Asks the server to end the command, and gives the channel up. */
    const cancel = (message: string) => {
      failure ??= ambiguous(message);
      const why = failure;
      if (channel === undefined) {
        onStuck();
        return fail(why);
      }
      end(channel);
      clock.sleep(KILL_GRACE_MS).then(() => {
        if (settled) return;
        onStuck();
        fail(why);
      });
    };
    const onAbort = () => cancel(`${what} was interrupted`);
    signal?.addEventListener('abort', onAbort, { once: true });
    clock.sleep(Math.max(0, deadlineMs - clock.nowMs()), timer.signal).then(
      () => cancel(`${what} did not answer in time`),
      () => {},
    );
    const opened = (error: Error | undefined, stream: ClientChannel) => {
      if (error) return fail(openError(error, hop, what));
      channel = stream;
      if (settled) return end(stream);
      collect(stream, hop, what, cancel).then(
        (result) => settle(() => (failure ? reject(failure) : resolve(result))),
        (why: DriverError) => fail(failure ?? why),
      );
      stream.end(input);
    };
    try {
      hop.client.exec(line, opened);
    } catch (error) {
      fail(new NotSent({ class: 'transient', message: `the connection is gone before ${what} was sent` }, error));
    }
  });
}

function end(channel: ClientChannel): void {
  channel.signal('KILL');
  channel.close();
}

const ambiguous = (message: string) => new DriverError({ class: 'ambiguous', message });

/** ssh2 tells these apart by the reason that the server gave, and by its own texts. */
function openError(error: Error & { reason?: unknown }, hop: ConnectedHop, what: string): DriverError {
  if ('reason' in error) {
    const message = `the device opens no more channels: ${error.message}`;
    return new ChannelRefused({ class: 'busy', message }, error);
  }
  if (error.message === 'No response from server' || error.message === 'Channel is not open') {
    return new NotSent({ class: 'transient', message: `the connection was cut before ${what} was sent` }, error);
  }
  const refused = hop.isAlive() && error.message === 'Unable to exec';
  const [type, message]: [DriverErrorClass, string] = refused
    ? ['unsupported', `the device does not run commands: ${error.message}`]
    : ['ambiguous', `the connection was cut while ${what} was being sent`];
  return new DriverError({ class: type, message }, error);
}

function collect(
  stream: ClientChannel,
  hop: ConnectedHop,
  what: string,
  cancel: (message: string) => void,
): Promise<Executed> {
  return new Promise((resolve, reject) => {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let bytes = 0;
    let exit: { readonly code: number | null; readonly signal?: string } | undefined;
    const into = (parts: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > OUTPUT_BYTES_MAX) cancel(`${what} printed too much`);
      else parts.push(chunk);
    };
    stream.on('data', into(out));
    stream.stderr.on('data', into(err));
    stream.on('error', () => {});
    stream.on('exit', (code: number | null, name?: string) => {
      exit = { code, ...(name === undefined ? {} : { signal: name }) };
    });
    stream.on('close', () => {
      if (exit === undefined || !hop.isAlive()) return reject(ambiguous(`the connection was cut while ${what} ran`));
      const text = (parts: Buffer[]) => Buffer.concat(parts).toString('utf8');
      const result = { stdout: text(out), stderr: text(err) };
      if (exit.code !== null) return resolve({ ...result, exitCode: exit.code });
      resolve({ ...result, exitCode: -1, killedBy: exit.signal ?? 'a signal' });
    });
  });
}
