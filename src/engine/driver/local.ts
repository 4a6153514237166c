/**
 * This machine, as drivers reach it: programs that are run here for devices that are here, and the secrets that plan
 * files refer to. The only place in the engine that spawns or reads the environment.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Redacted } from '../../lib/redacted.ts';
import { DriverError } from './errors.ts';
import type { CommandSession, RunRequest, RunResult } from './session.ts';

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export function createLocalSession(nowMs: () => number): CommandSession {
  return { type: 'command', run: (request) => runLocally(request, nowMs), close: async () => {} };
}

function runLocally(request: RunRequest, nowMs: () => number): Promise<RunResult> {
  const [program, ...args] = request.argv;
  if (program === undefined) throw new TypeError('empty argv');
  return new Promise((resolve, reject) => {
    const remainingMs = request.deadlineMs - nowMs();
    if (remainingMs <= 0) {
      reject(new DriverError({ class: 'transient', message: `no time left to run ${program}` }));
      return;
    }
    const child = spawn(program, args, {
      // A killed coprhd must not take a half-done device command with it: it ends by itself and is probed later.
      detached: true,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', ...request.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let bytes = 0;
    let ended: DriverError | undefined;
    const kill = (error: DriverError) => {
      ended ??= error;
      child.kill('SIGKILL');
    };
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > OUTPUT_BYTES_MAX)
        kill(new DriverError({ class: 'ambiguous', message: `${program} printed too much` }));
      else into.push(chunk);
    };
    const timer = setTimeout(
      () => kill(new DriverError({ class: 'ambiguous', message: `${program} did not answer in time` })),
      remainingMs,
    );
    const onAbort = () => kill(new DriverError({ class: 'ambiguous', message: `${program} was interrupted` }));
    request.signal?.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', collect(out));
    child.stderr.on('data', collect(err));
    child.stdin.on('error', () => {});
    child.stdin.end(request.input ?? '');
    const settle = () => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle();
      const missing = error.code === 'ENOENT';
      reject(
        new DriverError(
          {
            class: missing ? 'unsupported' : 'transient',
            message: missing ? `program ${program} is not installed` : `could not run ${program}: ${error.message}`,
            ...(missing ? { hint: `install the package that has ${program}` } : {}),
          },
          error,
        ),
      );
    });
    child.on('close', (code, signal) => {
      settle();
      if (ended) return reject(ended);
      if (code === null) {
        return reject(new DriverError({ class: 'ambiguous', message: `${program} was killed by ${signal}` }));
      }
      const text = (parts: Buffer[]) => Buffer.concat(parts).toString('utf8');
      resolve({ exitCode: code, stdout: text(out), stderr: text(err) });
    });
  });
}

/** Where the ssh-agent of whoever runs this process listens. */
export function agentSocket(): string {
  const socket = process.env.SSH_AUTH_SOCK;
  if (socket) return socket;
  throw new DriverError({
    class: 'auth',
    message: 'credential agent: no ssh-agent is running here (SSH_AUTH_SOCK is not set)',
    hint: 'start one with `eval $(ssh-agent)` and `ssh-add`, or refer to a key by file:PATH',
  });
}

/** Follows a reference (`env:NAME`, `file:PATH`) in the caller's own process. The reference may be shown, never the value. */
export function readCredential(reference: string): Redacted {
  const colon = reference.indexOf(':');
  const [scheme, rest] = [reference.slice(0, colon), reference.slice(colon + 1)];
  try {
    const value = scheme === 'env' ? process.env[rest] : readFileSync(rest, 'utf8').trimEnd();
    if (value !== undefined) return new Redacted(value);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new DriverError({ class: 'auth', message: `credential ${reference} can't be read: ${why}` });
  }
  throw new DriverError({ class: 'auth', message: `credential ${reference}: the variable is not set` });
}
