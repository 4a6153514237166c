/**
 * The command line of a switch: a line goes in, lines come out, and state and session have changed. Time passes only by
 * what it is told. Everything else (echo, pages, connections) is of the terminal, see ssh/shell.ts.
 */
import { findFault, strike } from '../state/faults.ts';
import { settle } from '../state/operations.ts';
import { type MdsState, switchOf } from '../state/types.ts';
import type { Command, Table } from './command.ts';
import { ALIAS_ENTRIES, CONFIG_ALIASES } from './commands-alias.ts';
import { EXEC } from './commands-exec.ts';
import { MEMBERS, ZONESET_MEMBERS } from './commands-member.ts';
import { SHOW } from './commands-show.ts';
import { CONFIG_ZONES } from './commands-zone.ts';
import { type CliSession, type Context, type Mode, promptOf, type Reply } from './context.ts';
import { splitPipes } from './filters.ts';
import { type Parsed, parse, type Rule, rulesOf } from './grammar.ts';

const rules = (...tables: Table[]): Rule<Command>[] => rulesOf(tables.flat());

const EXEC_RULES = rules(SHOW, EXEC);
const CONFIG_RULES = rules(CONFIG_ZONES, CONFIG_ALIASES);
const OWN_RULES: Record<Mode['in'], Rule<Command>[] | undefined> = {
  exec: undefined,
  config: undefined,
  'config-zone': rules(MEMBERS),
  'config-zoneset': rules(ZONESET_MEMBERS),
  'config-zoneset-zone': rules(MEMBERS),
  'config-fcalias': rules(MEMBERS),
  'config-device-alias-db': rules(ALIAS_ENTRIES),
};

export interface LogEntry {
  readonly atMs: number;
  readonly switch: string;
  readonly user: string;
  readonly line: string;
  /** With the keywords in full. Undefined: it was no command. */
  readonly command?: string;
  /** What was said, before it went through pipes and pages. */
  readonly said: readonly string[];
}

export interface Output {
  readonly lines: readonly string[];
  /** `| no-more`. */
  readonly noMore: boolean;
  /** What the switch waits for instead of the next command. */
  readonly question?: string;
  readonly delayMs: number;
  /** The connection goes when these lines were seen. */
  readonly drops: boolean;
  /** The user has left. */
  readonly ends: boolean;
}

export interface Machine {
  readonly state: MdsState;
  readonly log: (entry: LogEntry) => void;
}

const NOTHING: Output = { lines: [], noMore: false, delayMs: 0, drops: false, ends: false };
const DENIED = '% Permission denied for the role';

type Found = Parsed<Command> & { readonly isConfig?: boolean };

/** The prompt's own commands first, then those of the config prompt, then those of exec. */
function find(mode: Mode, line: string): Found {
  const levels = [OWN_RULES[mode.in], mode.in === 'exec' ? undefined : CONFIG_RULES, EXEC_RULES];
  const tries = levels.flatMap((level): Found[] =>
    level ? [{ ...parse(level, line), isConfig: level === CONFIG_RULES }] : [],
  );
  const reached = (one: Found) => ('error' in one ? (one.at ?? line.length) : Number.POSITIVE_INFINITY);
  return tries.reduce((best, one) => (reached(one) > reached(best) ? one : best));
}

const caret = (column: number, error: string): string[] => [`${' '.repeat(column)}^`, error];

function contextOf({ state }: Machine, session: CliSession, nowMs: number): Context {
  const { user, role, switch: name } = session;
  return { state, session, at: switchOf(state, name), actor: { user, role, switch: name }, nowMs };
}

/** A question that needs no asking is answered. */
function answered(reply: Reply, context: Context, always: boolean): Reply {
  const { question, lines } = reply;
  if (!question || !(context.session.dontAsk || always)) return reply;
  const next = answered(question.yes(context), context, always);
  return { ...next, lines: [...lines, ...next.lines] };
}

interface Ran {
  readonly reply: Reply;
  readonly latencyMs: number;
  readonly drops: boolean;
  /** Before the connection drops. */
  readonly linesSeen?: number;
  readonly canonical?: string;
}

function execute(machine: Machine, session: CliSession, command: string, column: number, nowMs: number): Ran {
  const found = find(session.mode, command);
  const only = (lines: string[]): Ran => ({ reply: { lines }, latencyMs: 0, drops: false });
  if ('error' in found) return only(found.at === undefined ? [found.error] : caret(column + found.at, found.error));
  const { canonical, args } = found;
  const { access, run } = found.command;
  const { dropsBefore, dropsAfter, linesSeen, latencyMs } = strike(
    machine.state,
    session.switch,
    canonical,
    access === 'write' && !canonical.startsWith('configure'),
  );
  if (dropsBefore) return { reply: { lines: [] }, latencyMs, drops: true, canonical };
  if (access === 'write' && session.role === 'network-operator') return { ...only([DENIED]), canonical };
  if (found.isConfig && session.mode.in !== 'config') session.mode = { in: 'config' };
  const context = contextOf(machine, session, nowMs);
  const reply = answered(run(context, args), context, dropsAfter);
  return { reply, latencyMs, drops: dropsAfter, linesSeen, canonical };
}

function one(machine: Machine, session: CliSession, text: string, column: number, nowMs: number): Output {
  const line = session.mode.in === 'exec' ? text : text.replace(/^(\s*)do\s+/, '$1');
  if (line.trim() === '' || /^\s*!/.test(line)) return NOTHING;
  const piped = splitPipes(line);
  const ran: Ran = piped
    ? execute(machine, session, piped.command, column, nowMs)
    : {
        reply: { lines: caret(column + line.indexOf('|'), "% Invalid command at '^' marker.") },
        latencyMs: 0,
        drops: false,
      };
  const { reply, canonical, latencyMs, drops, linesSeen = 0 } = ran;
  const said = reply.lines.flatMap((part) => part.split('\n'));
  machine.log({
    atMs: nowMs,
    switch: session.switch,
    user: session.user,
    line: text.trim(),
    ...(canonical === undefined ? {} : { command: canonical }),
    said,
  });
  if (reply.question) session.question = reply.question;
  const shown = piped ? piped.filter(said) : said;
  return {
    lines: drops ? shown.slice(0, linesSeen) : shown,
    noMore: piped?.noMore ?? false,
    ...(reply.question ? { question: reply.question.text } : {}),
    delayMs: latencyMs + (reply.delayMs ?? 0),
    drops,
    ends: reply.ends ?? false,
  };
}

/** Several outputs as one. */
function joined(a: Output, b: Output): Output {
  return {
    ...b,
    lines: [...a.lines, ...b.lines],
    noMore: a.noMore || b.noMore,
    delayMs: a.delayMs + b.delayMs,
  };
}

function chain(machine: Machine, session: CliSession, texts: readonly string[], column: number, nowMs: number): Output {
  let output = NOTHING;
  for (const [index, text] of texts.entries()) {
    output = joined(output, one(machine, session, text, column, nowMs));
    if (output.drops || output.ends) return output;
    if (output.question !== undefined) {
      session.waiting = texts.slice(index + 1);
      return output;
    }
  }
  return output;
}

function answer(machine: Machine, session: CliSession, text: string, column: number, nowMs: number): Output {
  const { question, waiting } = session;
  delete session.question;
  session.waiting = [];
  const context = contextOf(machine, session, nowMs);
  const reply = /^\s*y(es)?\s*$/i.test(text) && question ? question.yes(context) : { lines: [] };
  const next = answered(reply, context, false);
  if (next.question) session.question = next.question;
  const latencyMs = findFault(machine.state, 'slow', session.switch)?.latencyMs ?? 0;
  const said: Output = { ...NOTHING, lines: next.lines, delayMs: latencyMs + (next.delayMs ?? 0) };
  if (next.question) return { ...said, question: next.question.text };
  return joined(said, chain(machine, session, waiting, column, nowMs));
}

/** Runs a line, which is a command, several with ` ; ` between them, or the answer to a question. */
export function runLine(machine: Machine, session: CliSession, line: string, nowMs: number): Output {
  settle(machine.state, nowMs);
  const column = promptOf(session).length;
  if (session.question) return answer(machine, session, line, column, nowMs);
  return chain(machine, session, line.split(/\s;\s/), column, nowMs);
}

/** As `ssh SWITCH COMMAND` does: nobody is there to answer, so every question is answered with no. */
export function runOnce(machine: Machine, session: CliSession, line: string, nowMs: number): Output {
  settle(machine.state, nowMs);
  const output = chain(machine, session, line.split(/\s;\s/), 0, nowMs);
  delete session.question;
  return output;
}
