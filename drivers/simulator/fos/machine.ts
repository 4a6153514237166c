/**
 * The simulated switch as one thing that the servers share: its state, the faults that wait for it, and the log of what was
 * asked of it. Does no I/O; who serves it waits as long as it says, and drops the connection when it says so.
 */
import { continueLine, deedOf, type LineContext, type LineProgress, startLine } from './cli/run.ts';
import { type Pipeline, pipelinesOf } from './cli/shell-words.ts';
import { cutOff, type Deed, type Effect, type FosFault, NO_EFFECT, taken } from './faults.ts';
import { handleRest } from './rest/handle.ts';
import type { RestAnswer, RestRequest } from './rest/message.ts';
import type { FosState } from './state/model.ts';
import { type Actor, idleEnded } from './state/transaction.ts';

/** The log keeps this many, the newest. */
const LOG_MAX = 10_000;

export interface LoggedCommand {
  readonly via: 'ssh' | 'rest';
  readonly user: string;
  /** The line; `y` to a question; `PATCH /rest/running/...`. */
  readonly text: string;
  /** It was meant to change zoning. */
  readonly write: boolean;
}

export interface CliStep {
  readonly output: string;
  readonly exitCode: number;
  readonly fid: number;
  readonly end: boolean;
  readonly ask?: string;
  readonly effect: Effect;
}

/** A question that a session has to answer. */
export interface CliWaiting {
  readonly rest: readonly Pipeline[];
  readonly effect: Effect;
}

export interface FosMachine {
  state(): FosState;
  /** What a colleague does. Throws FosRefusal when the switch refuses it. */
  edit(change: (state: FosState) => FosState): void;
  addFault(fault: FosFault): void;
  clearFaults(): void;
  log(): readonly LoggedCommand[];
  /** A line of a session: what to print, or that the connection is to be dropped (`effect`). */
  line(text: string, actor: Actor): CliStep & { readonly waiting?: CliWaiting };
  reply(waiting: CliWaiting, text: string, actor: Actor): CliStep & { readonly waiting?: CliWaiting };
  rest(request: RestRequest, nowMs: number): { readonly answer: RestAnswer; readonly effect: Effect };
}

function restDeed({ method, path }: RestRequest): Deed {
  const aborts = /\/cfg-action(\/4|-v2\/transaction-abort)$/.test(path);
  const write = method !== 'GET' && path.includes('-configuration') && !aborts;
  const commit = write && path.includes('/effective-configuration');
  return { write, commit, activation: commit && path.includes('/cfg-name'), lists: method === 'GET' };
}

export function createMachine(initial: FosState): FosMachine {
  let state = initial;
  let faults: readonly FosFault[] = [];
  const log: LoggedCommand[] = [];
  const note = (entry: LoggedCommand) => {
    log.push(entry);
    if (log.length > LOG_MAX) log.shift();
  };
  const take = (deed: Deed): Effect => {
    const hit = taken(faults, deed);
    faults = hit.faults;
    return hit.effect;
  };
  const contextOf = (actor: Actor, effect: Effect): LineContext => ({
    actor,
    role: state.accounts.find(({ user }) => user === actor.user)?.role ?? 'user',
    busy: effect.busy,
    rejects: effect.rejects,
  });
  const stepOf = (progress: LineProgress, effect: Effect) => {
    state = progress.state;
    const { exitCode, fid, end, waiting } = progress;
    const output = effect.partial ? cutOff(progress.output) : progress.output;
    const step = { output, exitCode, fid, end, effect };
    return waiting ? { ...step, ask: waiting.ask, waiting: { rest: waiting.rest, effect } } : step;
  };
  const dropped = (actor: Actor, effect: Effect) => ({ output: '', exitCode: 0, fid: actor.fid, end: true, effect });

  return {
    state: () => state,
    edit: (change) => {
      state = change(state);
    },
    addFault: (fault) => {
      faults = [...faults, fault];
    },
    clearFaults: () => {
      faults = [];
    },
    log: () => [...log],
    line: (text, actor) => {
      const pipelines = pipelinesOf(text);
      if (pipelines.length === 0) return { output: '', exitCode: 0, fid: actor.fid, end: false, effect: NO_EFFECT };
      const deed = deedOf(pipelines);
      note({ via: 'ssh', user: actor.user, text, write: deed.write });
      const effect = take(deed);
      if (effect.loseRequest) return dropped(actor, effect);
      state = idleEnded(state, actor.nowMs);
      return stepOf(startLine(state, text, contextOf(actor, effect)), effect);
    },
    reply: ({ rest, effect }, text, actor) => {
      note({ via: 'ssh', user: actor.user, text, write: false });
      return stepOf(continueLine(state, rest, text, contextOf(actor, effect)), effect);
    },
    rest: (request, nowMs) => {
      const deed = restDeed(request);
      const user = state.restSessions.find(({ token }) => token === request.authorization)?.user ?? '';
      note({ via: 'rest', user, text: `${request.method} ${request.path}`, write: deed.write });
      const effect = take(deed);
      const { busy, rejects } = effect;
      const partial = effect.partial && !effect.torn;
      if (effect.loseRequest) return { answer: { status: 0, headers: {}, body: '' }, effect };
      const done = handleRest(idleEnded(state, nowMs), request, { nowMs, busy, rejects, partial });
      state = done.state;
      return { answer: done.answer, effect };
    },
  };
}
