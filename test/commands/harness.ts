/**
 * Runs a command in this process against an engine of canned results. The engine's door is the only thing that is faked:
 * flags, files, prompts, output and exit codes are the real ones.
 */
import { fileURLToPath } from 'node:url';
import type { Config } from '@oclif/core/config';
import { Config as OclifConfig, Plugin } from '@oclif/core/config';
import type { EngineCommand } from '../../src/commands/_base/command.ts';
import type { CliContext } from '../../src/commands/_base/context.ts';
import type {
  EngineClient,
  EngineEvent,
  EventBody,
  InputOf,
  OperationName,
  ResultOf,
} from '../../src/engine/operations/types.ts';
import { type Clock, createVirtualClock } from '../../src/lib/clock.ts';
import { fail } from '../../src/lib/diagnostic.ts';
import { NOW_MS } from '../views/fixtures/plans.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Call {
  readonly name: OperationName;
  readonly input: unknown;
}

export interface Door {
  readonly emit: (event: EventBody) => void;
  readonly signal: AbortSignal | undefined;
}

/** What the engine answers, by operation. A list is used up call by call. */
export type Answers = {
  readonly [N in OperationName]?: ResultOf<N> | ((input: InputOf<N>, door: Door) => ResultOf<N> | Promise<ResultOf<N>>);
};

export interface Options {
  readonly answers?: Answers;
  readonly tty?: boolean;
  readonly env?: Record<string, string>;
  /** What the person types, in order; undefined = closes the input. */
  readonly typed?: readonly (string | undefined)[];
  /** What comes over standard input. */
  readonly input?: string;
  /** What the look at a saved plan finds, before anything is shown. Default: that it can be applied. */
  readonly checked?: ResultOf<'apply'>;
  /** An engine, in the place of canned answers. */
  readonly engine?: EngineClient;
  readonly clock?: Clock;
  /** What serves simulated fabrics. Default: nothing does. */
  readonly serveFabrics?: NonNullable<CliContext['serveFabrics']>;
  /** Called when a question is asked. */
  readonly onAsk?: (interrupt: () => void) => void;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order of writing: what somebody at a terminal sees. */
  readonly screen: string;
  readonly calls: readonly Call[];
  readonly exits: readonly number[];
  readonly questions: readonly string[];
  /** The client was closed as often as it was opened. */
  readonly closed: boolean;
}

type CommandClass = { readonly start: typeof EngineCommand.start; id: string };

export interface Running {
  readonly interrupt: () => void;
  readonly result: Promise<Ran>;
}

const noNetwork = async (): Promise<never> =>
  fail('error', { code: 'COPRHD-DAEMON-001', summary: 'no network in this test' });

export async function run(command: unknown, argv: readonly string[], options: Options = {}): Promise<Ran> {
  return start(command, argv, options).result;
}

export function start(command: unknown, argv: readonly string[], options: Options = {}): Running {
  const { answers = {}, tty = false, env = {}, typed = [] } = options;
  const text = { stdout: '', stderr: '', screen: '' };
  const calls: Call[] = [];
  const exits: number[] = [];
  const questions: string[] = [];
  const interrupts = new Set<() => void>();
  const interrupt = () => [...interrupts].forEach((callback) => void callback());
  let open = 0;
  const output = (name: 'stdout' | 'stderr') => ({
    isTTY: tty,
    columns: 100,
    write: (part: string) => {
      text[name] += part;
      text.screen += part;
    },
  });
  const context: CliContext = {
    env: tty ? { TERM: 'xterm', NO_COLOR: '1', ...env } : env,
    stdin: { isTTY: tty },
    stdout: output('stdout'),
    stderr: output('stderr'),
    clock: options.clock ?? createVirtualClock(NOW_MS),
    machine: { nodeVersion: 'v22.0.0', platform: 'linux' },
    openClient: async () => {
      open += 1;
      return options.engine ?? client(answers, calls, () => (open -= 1), options.checked);
    },
    ask: async (question, signal) => {
      questions.push(question);
      text.screen += `${question}${typed[questions.length - 1] ?? ''}\n`;
      options.onAsk?.(interrupt);
      return signal.aborted ? undefined : typed[questions.length - 1];
    },
    askSecret: async (question, signal) => {
      questions.push(question);
      options.onAsk?.(interrupt);
      return signal.aborted ? undefined : typed[questions.length - 1];
    },
    readInput: async () => options.input,
    onInterrupt: (callback) => {
      interrupts.add(callback);
      return () => interrupts.delete(callback);
    },
    // A daemon would wait for its end.
    startDaemon: noNetwork,
    serveFabrics: options.serveFabrics ?? noNetwork,
    exitNow: (code) => void exits.push(code),
  };
  const result = (async (): Promise<Ran> => {
    const code = await (command as CommandClass).start.call(command as never, [...argv], await config(), context);
    return { code, ...text, calls, exits, questions, closed: open === 0 };
  })();
  return { interrupt, result };
}

/** Nothing has a history, unless a test says so. */
const NO_FORECAST: ResultOf<'capacity.forecast'> = {
  ...{ outcome: 'ok', diagnostics: [], rows: [], counts: { amounts: 0, unknown: 0 } },
  minimum: { samples: 8, days: 14 },
};

function client(given: Answers, calls: Call[], onClose: () => void, checked = CAN_BE_APPLIED): EngineClient {
  const answers: Answers = { 'capacity.forecast': NO_FORECAST, ...given };
  return {
    call: async (name, input, options) => {
      if (name === 'apply' && (input as InputOf<'apply'>).onlyCheck) return checked as never;
      calls.push({ name, input });
      let seq = 0;
      const emit = (event: EventBody) => options?.onEvent?.({ seq: (seq += 1), atMs: NOW_MS, ...event } as EngineEvent);
      const answer: unknown = answers[name];
      if (answer === undefined) throw new Error(`the test has no answer for ${name}`);
      if (typeof answer !== 'function') return answer as never;
      return (await answer(input, { emit, signal: options?.signal })) as never;
    },
    close: async () => onClose(),
  };
}

const CAN_BE_APPLIED: ResultOf<'apply'> = {
  outcome: 'ok',
  diagnostics: [],
  units: [],
  counts: { done: 0, prepared: 0, undone: 0, failed: 0, unknown: 0, 'not-started': 0 },
  recovered: [],
  elapsedMs: 0,
};

let loaded: Promise<Config> | undefined;

/** oclif's configuration without its commands: the tests bring the class themselves. */
function config(): Promise<Config> {
  loaded ??= (async () => {
    const pjson = { name: 'coprhd', version: '0.0.0', oclif: { bin: 'coprhd', topicSeparator: ' ' } };
    const plugin = new Plugin({ root: ROOT, pjson: pjson as never, isRoot: true, ignoreManifest: true });
    await plugin.load();
    return OclifConfig.load({ root: ROOT, pjson: pjson as never, plugins: [plugin] as never });
  })();
  return loaded;
}

export const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
