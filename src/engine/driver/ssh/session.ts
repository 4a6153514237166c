/**
 * A device over SSH: one connection, kept and shared by all calls up to the device's limit of channels, and made again
 * when it is lost. A command whose connection is cut before it was sent is `transient`; cut afterwards it is `ambiguous`.
 *
 * A command never outlives its deadline by more than a second, whatever becomes of this process or the network: where
 * the machine has `timeout` (every Linux does) it runs under it. So a probe that comes after the deadline sees the end.
 */
import type { Clock } from '../../../lib/clock.ts';
import type { HostKey } from '../../../lib/host-key.ts';
import { before, interrupted } from '../before.ts';
import { DriverError } from '../errors.ts';
import type { CommandSession, RunRequest, RunResult } from '../session.ts';
import { ChannelRefused, type Executed, execute, NotSent } from './execute.ts';
import type { SshHop } from './hop.ts';
import { commandLine } from './quote.ts';
import { openRoute, type Route } from './route.ts';
import { openShell } from './shell.ts';
import { createSlots } from './slots.ts';

export const SSH_SESSIONS_MAX_DEFAULT = 8;

export interface SshSessionOptions {
  /** Name of the device, for messages. */
  readonly name: string;
  readonly hops: readonly SshHop[];
  /** Host keys that are known; of hops that have none the first one seen is taken. */
  readonly hostKeys: readonly HostKey[];
  readonly clock: Clock;
  readonly sessionsMax?: number;
}

export interface SshSession extends Required<CommandSession> {
  /** Of all hops, as pinned or as seen first. Empty until there was a connection. */
  hostKeys(): readonly HostKey[];
}

const CONNECT_LIMIT_MS = 10_000;
const CONNECT_ATTEMPTS_MAX = 4;
const BACKOFF_MS = 100;
const SEND_ATTEMPTS_MAX = 3;
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/** Says how the login shell quotes, then which `timeout` there is. */
const ASK_SHELL = `printf '%s\\n' 'a'\\''b $(x) \\ "!c"'; if timeout -s KILL 9 true; then echo whole; fi; if timeout -s KILL 8.5 true; then echo fractions; fi`;
const QUOTES_RIGHT = `a'b $(x) \\ "!c"\n`;

type Bounded = 'none' | 'whole' | 'fractions';

export function createSshSession(options: SshSessionOptions): SshSession {
  const { name, hops, clock } = options;
  const slots = createSlots(clock, options.sessionsMax ?? SSH_SESSIONS_MAX_DEFAULT);
  let pinned = options.hostKeys;
  let route: Route | undefined;
  let opening: Promise<Route> | undefined;
  let asked: { readonly route: Route; readonly answer: Promise<Bounded> } | undefined;
  let closed = false;

  const connectOnce = (): Promise<Route> => {
    if (route?.isAlive()) return Promise.resolve(route);
    opening ??= openRoute({ name, hops, pinned, clock, limitMs: CONNECT_LIMIT_MS })
      .then((made) => {
        if (closed) {
          made.close();
          throw gone();
        }
        pinned = made.hostKeys;
        route = made;
        return made;
      })
      .finally(() => {
        opening = undefined;
      });
    return opening;
  };

  const connect = async (deadlineMs: number, signal?: AbortSignal): Promise<Route> => {
    const startedAtMs = clock.nowMs();
    for (let attempt = 1; ; attempt++) {
      if (closed) throw gone();
      try {
        return await before(clock, deadlineMs, signal, connectOnce());
      } catch (error) {
        const again = error instanceof DriverError && error.class === 'transient' && attempt < CONNECT_ATTEMPTS_MAX;
        const backoffMs = BACKOFF_MS * 2 ** (attempt - 1);
        const nowMs = clock.nowMs();
        const late = nowMs + backoffMs >= deadlineMs || nowMs - startedAtMs > CONNECT_LIMIT_MS / 2;
        if (!again || late || signal?.aborted) throw error;
        await clock.sleep(backoffMs, signal).catch(() => {});
      }
    }
  };

  /** A connection that is in doubt serves nobody new; what runs on it comes to its own end. */
  const forget = (doubtful: Route) => () => {
    if (route === doubtful) route = undefined;
    if (slots.inUse() <= 1) doubtful.close();
  };

  /** Once a connection. */
  const askShell = (on: Route, deadlineMs: number): Promise<Bounded> => {
    if (asked?.route === on) return asked.answer;
    const answer = execute(
      on.device,
      clock,
      { what: 'a test of the shell', line: ASK_SHELL, input: '', deadlineMs },
      () => forget(on)(),
    ).then(readAnswer, (error: DriverError) => {
      throw error instanceof ChannelRefused || error instanceof NotSent || error.class !== 'ambiguous'
        ? error
        : new NotSent({ class: 'transient', message: error.message }, error);
    });
    asked = { route: on, answer };
    answer.catch(() => {
      if (asked?.answer === answer) asked = undefined;
    });
    return answer;
  };

  const attempt = async (request: RunRequest): Promise<Executed> => {
    const [program] = request.argv;
    const on = await connect(request.deadlineMs, request.signal);
    const bounded = await before(clock, request.deadlineMs, request.signal, askShell(on, request.deadlineMs));
    const remainingMs = request.deadlineMs - clock.nowMs();
    if (remainingMs <= 0) throw noTime(program!);
    const line = commandLine([...bound(bounded, remainingMs), ...request.argv], { ...ENVIRONMENT, ...request.env });
    const { input = '', deadlineMs, signal } = request;
    return execute(on.device, clock, { what: program!, line: `exec ${line}`, input, deadlineMs, signal }, forget(on));
  };

  const run = async (request: RunRequest): Promise<RunResult> => {
    const [program] = request.argv;
    if (program === undefined) throw new TypeError('empty argv');
    // Refuses what can't be a command before anything is opened for it.
    commandLine(request.argv, request.env);
    if (request.deadlineMs <= clock.nowMs()) throw noTime(program);
    if (request.signal?.aborted) throw interrupted();
    for (let tries = 1; ; tries++) {
      const release = await slots.acquire(request.deadlineMs, request.signal);
      try {
        return judged(program, await attempt(request));
      } catch (error) {
        const alone = slots.inUse() <= 1;
        if (error instanceof ChannelRefused && !alone) slots.refused();
        else if (!(error instanceof NotSent) || tries >= SEND_ATTEMPTS_MAX) throw error;
      } finally {
        release();
      }
    }
  };

  return {
    type: 'command',
    run,
    openShell: async (request) => {
      for (let tries = 1; ; tries++) {
        const release = await slots.acquire(request.deadlineMs, request.signal);
        let on: Route | undefined;
        try {
          on = await connect(request.deadlineMs, request.signal);
          return await openShell(on.device, clock, request, release);
        } catch (error) {
          release();
          // The device had ended the connection: nothing was said on it.
          const wasEnded = on !== undefined && !on.isAlive() && tries < SEND_ATTEMPTS_MAX;
          if (!wasEnded || closed || request.signal?.aborted || clock.nowMs() >= request.deadlineMs) throw error;
        }
      }
    },
    hostKeys: () => pinned,
    close: async () => {
      closed = true;
      route?.close();
      route = undefined;
    },
  };
}

const gone = () => new DriverError({ class: 'transient', message: 'the session was closed' });
const noTime = (program: string) => new DriverError({ class: 'transient', message: `no time left to run ${program}` });

function readAnswer({ exitCode, stdout, stderr }: Executed): Bounded {
  if (!stdout.startsWith(QUOTES_RIGHT)) {
    throw new DriverError({
      class: 'unsupported',
      message: 'the login shell of the user does not quote as POSIX shells do, or prints something of its own',
      hint: 'give the user /bin/sh as login shell, and start-up files that print nothing',
      transcript: `exit code ${exitCode}: ${(stdout + stderr).slice(0, 500)}`,
    });
  }
  const words = stdout.slice(QUOTES_RIGHT.length).split('\n');
  if (words.includes('fractions')) return 'fractions';
  return words.includes('whole') ? 'whole' : 'none';
}

function bound(bounded: Bounded, remainingMs: number): readonly string[] {
  if (bounded === 'none') return [];
  const seconds =
    bounded === 'fractions' ? Math.max(1, Math.ceil(remainingMs)) / 1_000 : Math.ceil(remainingMs / 1_000);
  return ['timeout', '-s', 'KILL', String(seconds)];
}

function judged(program: string, { killedBy, ...result }: Executed): RunResult {
  if (killedBy !== undefined) {
    throw new DriverError({ class: 'ambiguous', message: `${program} was killed by ${killedBy}` });
  }
  if (result.exitCode === 127 && /^(?:env|timeout): /.test(result.stderr) && result.stderr.includes(program)) {
    throw new DriverError({
      class: 'unsupported',
      message: `program ${program} is not installed`,
      hint: `install the package that has ${program} on the device`,
    });
  }
  return result;
}
