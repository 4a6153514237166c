/** The context of a real process. The one place of the command line that touches process. */
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { ServedFabrics, ServeFabrics } from '../../engine/operations/simulating.ts';
import type { EngineClient, OperationContext } from '../../engine/operations/types.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Live, LiveOptions } from '../../views/tui/live.ts';
import type { CliContext, DaemonStart, Output, StartedDaemon } from './context.ts';

const isServer = (state: string): boolean => /^https:\/\//i.test(state);

/** The OS user. A uid without an entry in the user database has no name. */
function localActor(): OperationContext['actor'] {
  const uid = process.getuid?.();
  const withUid = uid === undefined ? {} : { uid };
  try {
    return { type: 'local', name: userInfo().username, ...withUid };
  } catch {
    return { type: 'local', name: `uid-${uid ?? 'unknown'}`, ...withUid };
  }
}

function output(stream: NodeJS.WriteStream): Output {
  // A reader that went away (`| head`) is no error of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return { isTTY: stream.isTTY === true, columns: stream.columns, write: (text) => void stream.write(text) };
}

const stateHome = (): string => process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state');

async function openClient(state: string): Promise<EngineClient> {
  if (isServer(state)) {
    const { openRemoteClient } = await import('../../client/remote-client.ts');
    return openRemoteClient((await import('./servers.ts')).knownServer(process.env, state));
  }
  const [{ openLocalClient }, { keySourceOf }] = await Promise.all([
    import('../../engine/operations/local-client.ts'),
    import('./key-source.ts'),
  ]);
  const { env } = process;
  return openLocalClient({
    state,
    surroundings: { env, stateHome: stateHome() },
    actor: localActor(),
    keySource: keySourceOf(env),
  });
}

async function startDaemonHere(options: DaemonStart): Promise<StartedDaemon> {
  const [{ openLocalClient }, { keySourceOf }, { serve, servingOf }] = await Promise.all([
    import('../../engine/operations/local-client.ts'),
    import('./key-source.ts'),
    import('../../daemon/serve.ts'),
  ]);
  const { env } = process;
  const { state, how, version, onError } = options;
  const keyEnv = 'node' in how ? { COPRHD_KEY_FILE: how.keyFile } : env;
  const open = (allowLocal: boolean) =>
    openLocalClient({
      ...{ state, surroundings: { env, stateHome: stateHome() }, actor: { type: 'system', name: 'daemon' } as const },
      ...{ keySource: keySourceOf(keyEnv), allowLocal },
    });
  const told = 'node' in how ? await servingOf(await open(false), how.node) : how;
  return serve(await open(told.allowLocal), { ...told, version, onError });
}

async function serveFabricsHere(options: ServeFabrics): Promise<ServedFabrics> {
  const [{ serveFabrics }, { keyPairIn }] = await Promise.all([
    import('../../engine/operations/simulating.ts'),
    import('../../daemon/tls.ts'),
  ]);
  return serveFabrics(options, () => keyPairIn(join(options.directory, '.served'), systemClock.nowMs()));
}

async function openLive(options: LiveOptions): Promise<Live> {
  // React's other build is slower and keeps a mark of every drawing for ever.
  process.env.NODE_ENV ??= 'production';
  const { openLiveOn } = await import('../../views/tui/live.ts');
  return openLiveOn(process.stderr, options);
}

async function ask(question: string, signal: AbortSignal): Promise<string | undefined> {
  const { createInterface } = await import('node:readline');
  return new Promise((resolve) => {
    const reader = createInterface({ input: process.stdin, output: process.stderr });
    const end = (answer: string | undefined) => {
      resolve(answer);
      reader.close();
    };
    // In raw mode readline sees Ctrl-C itself; it is handed on as the signal that it is.
    reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    reader.on('close', () => end(undefined));
    signal.addEventListener('abort', () => end(undefined), { once: true });
    reader.question(question, end);
  });
}

const INTERRUPTS = ['SIGINT', 'SIGTERM'] as const;

export function processContext(): CliContext {
  return {
    env: process.env,
    stdin: { isTTY: process.stdin.isTTY === true },
    readInput: async (bytesMax, signal) => (await import('./secret-input.ts')).readAll(process.stdin, bytesMax, signal),
    askSecret: async (question, signal) =>
      (await import('./secret-input.ts')).askSecret(process.stdin, process.stderr, question, signal),
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    clock: systemClock,
    machine: { nodeVersion: process.version, platform: process.platform },
    openClient,
    ask,
    openLive,
    startDaemon: startDaemonHere,
    serveFabrics: serveFabricsHere,
    onInterrupt: (callback) => {
      for (const name of INTERRUPTS) process.on(name, callback);
      return () => {
        for (const name of INTERRUPTS) process.off(name, callback);
      };
    },
    exitNow: (code) => process.exit(code),
  };
}

/** Waits until both streams have been taken, so that nothing is cut off. */
export async function flushed(): Promise<void> {
  const flush = (stream: NodeJS.WriteStream) =>
    new Promise<void>((resolve) => {
      if (stream.writableLength === 0 || stream.destroyed) resolve();
      else stream.write('', () => resolve());
    });
  await Promise.all([flush(process.stdout), flush(process.stderr)]);
}
