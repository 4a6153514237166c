/**
 * A command line of the switch, from its text to what it prints. Pure: `startLine` gives an answer or a question,
 * `continueLine` goes on with the reply. Commands of a line run one after the other; the first question stops it.
 */
import type { Deed } from '../faults.ts';
import { type FosRole, type FosState, fabricOfFid, localSwitch, needFabric } from '../state/model.ts';
import { FosRefusal } from '../state/refusal.ts';
import type { Actor } from '../state/transaction.ts';
import { type CliAnswer, type CliCall, type CliCommand, printed, silent } from './command.ts';
import { COMMIT_COMMANDS } from './commit-commands.ts';
import { grepped, type Pipeline, pipelinesOf, type ShellCommand } from './shell-words.ts';
import { SHOW_COMMANDS } from './show-commands.ts';
import { FABRIC_BUSY, RBAC_DENIED } from './texts.ts';
import { ZONE_COMMANDS } from './zone-commands.ts';

export interface LineContext {
  readonly actor: Actor;
  readonly role: FosRole;
  /** Changes are answered with "busy". */
  readonly busy?: boolean;
  /** The fabric rejects activations. */
  readonly rejects?: boolean;
}

/** Where a line stands: what it printed, and with `ask` what is left of it. */
export interface LineProgress {
  readonly state: FosState;
  readonly output: string;
  readonly exitCode: number;
  readonly fid: number;
  readonly end: boolean;
  readonly waiting?: { readonly ask: string; readonly rest: readonly Pipeline[] };
}

export const promptOf = (state: FosState, fid: number, user: string): string => {
  const { name } = localSwitch(needFabric(state, fid));
  return state.virtualFabrics ? `${name}:FID${fid}:${user}> ` : `${name}:${user}> `;
};

const contextCommands: Readonly<Record<string, CliCommand>> = {
  setcontext: {
    run: (call) => {
      const fid = Number(call.args[0]);
      if (!call.state.virtualFabrics) return printed(call, ['setcontext: Virtual Fabric is not enabled.']);
      if (!fabricOfFid(call.state, fid))
        return printed(call, [`Logical switch with FID ${call.args[0]} does not exist.`]);
      return { ...silent(call.state), fid };
    },
  },
  help: {
    run: (call) => printed(call, ['For help on a command, type "help command".', ...[...COMMANDS.keys()].sort()]),
  },
  exit: { run: ({ state }) => ({ ...silent(state), end: true }) },
  logout: { run: ({ state }) => ({ ...silent(state), end: true }) },
};

const COMMANDS: ReadonlyMap<string, CliCommand> = new Map(
  Object.entries({ ...SHOW_COMMANDS, ...ZONE_COMMANDS, ...COMMIT_COMMANDS, ...contextCommands }),
);

/** A command by itself, or what `fosexec` runs. */
const isOne = (shell: ShellCommand, test: (command: ShellCommand) => boolean): boolean =>
  shell.name === 'fosexec'
    ? pipelinesOf(shell.args.at(-1) ?? '').some(({ command }) => isOne(command, test))
    : test(shell);

const needsRight = ({ name, args }: ShellCommand): boolean =>
  COMMANDS.get(name)?.changes === true || (name === 'defzone' && !args.includes('--show'));

const COMMITTING = /^cfg(save|enable|disable)$/;
const LISTING = /^(cfgshow|cfgactvshow|zoneshow|alishow|nsshow|nscamshow)$/;

/** What a line would do when it is confirmed. An abort changes no zoning. */
export function deedOf(pipelines: readonly Pipeline[]): Deed {
  const any = (test: (command: ShellCommand) => boolean) => pipelines.some(({ command }) => isOne(command, test));
  return {
    write: any((command) => needsRight(command) && command.name !== 'cfgtransabort'),
    commit: any(({ name }) => COMMITTING.test(name)),
    activation: any(({ name }) => name === 'cfgenable'),
    lists: any(({ name }) => LISTING.test(name)),
  };
}

const rejection = ({ actor, state }: CliCall): FosRefusal => {
  const others = needFabric(state, actor.fid).switches.slice(1);
  const domain = (others[0] ?? localSwitch(needFabric(state, actor.fid))).domain;
  const text = `error: cfgenable failed. Domain ${domain} rejected the request: State ACA, Application zone, returned 0x7`;
  return new FosRefusal('rejected', text);
};

function runPlain(call: CliCall, shell: ShellCommand, context: LineContext): CliAnswer {
  const command = COMMANDS.get(shell.name);
  if (!command) return printed(call, [`rbash: ${shell.name}: command not found`], 127);
  const changes = needsRight(shell);
  if (changes && context.role === 'user') return printed(call, [RBAC_DENIED]);
  if (changes && context.busy && shell.name !== 'cfgtransabort') return printed(call, [FABRIC_BUSY]);
  const answer = command.run(call);
  if (shell.name === 'cfgenable' && context.rejects && answer.state.commits !== call.state.commits)
    throw rejection(call);
  return answer;
}

/** `fosexec --fid N -cmd "..."`, and `fosexec --fid N "..."` of older versions. */
function runElsewhere(call: CliCall, shell: ShellCommand, context: LineContext): CliAnswer {
  const [option, fidText = '', ...rest] = shell.args;
  const words = rest[0] === '-cmd' ? rest.slice(1) : rest;
  const fid = Number(fidText);
  if (option !== '--fid' || words.length === 0) return printed(call, ['Usage: fosexec --fid <fid> -cmd "<cmd>"']);
  if (!call.state.virtualFabrics) return printed(call, ['fosexec: Virtual Fabric is not enabled.']);
  if (!fabricOfFid(call.state, fid)) return printed(call, [`Logical switch with FID ${fidText} does not exist.`]);
  const [line] = pipelinesOf(words.join(' '));
  if (!line) return printed(call, []);
  return filtered(
    runCommand({ ...call, args: [], actor: { ...call.actor, fid } }, line.command, context),
    line.filters,
  );
}

function filtered(answer: CliAnswer, filters: readonly ShellCommand[]): CliAnswer {
  const greps = filters.filter(({ name }) => name === 'grep' || name === 'egrep');
  return { ...answer, output: greps.reduce(grepped, answer.output) };
}

function runCommand(call: CliCall, shell: ShellCommand, context: LineContext): CliAnswer {
  try {
    if (shell.name === 'fosexec') return runElsewhere(call, shell, context);
    return runPlain({ ...call, args: shell.args }, shell, context);
  } catch (error) {
    if (!(error instanceof FosRefusal)) throw error;
    return printed(call, [error.message]);
  }
}

function runPipelines(
  start: FosState,
  pipelines: readonly Pipeline[],
  context: LineContext,
  firstReply?: string,
): LineProgress {
  let progress: LineProgress = { state: start, output: '', exitCode: 0, fid: context.actor.fid, end: false };
  for (const [index, pipeline] of pipelines.entries()) {
    if (pipeline.onlyAfterSuccess && progress.exitCode !== 0) continue;
    const actor = { ...context.actor, fid: progress.fid };
    const typed = index === 0 ? firstReply : undefined;
    const call = { state: progress.state, actor, args: [] };
    const first = runCommand(typed === undefined ? call : { ...call, reply: typed }, pipeline.command, context);
    const piped = pipeline.input[0];
    const answer =
      first.ask !== undefined && piped !== undefined
        ? { ...runCommand({ ...call, reply: piped }, pipeline.command, context), asked: first.ask }
        : first;
    const asked = 'asked' in answer ? `${answer.asked}\n` : '';
    const { output } = filtered({ ...answer, output: asked + answer.output }, pipeline.filters);
    progress = {
      state: answer.state,
      output: progress.output + output,
      exitCode: answer.exitCode,
      fid: answer.fid ?? progress.fid,
      end: answer.end === true,
    };
    if (answer.ask !== undefined) return { ...progress, waiting: { ask: answer.ask, rest: pipelines.slice(index) } };
    if (progress.end) return progress;
  }
  return progress;
}

export const startLine = (state: FosState, line: string, context: LineContext): LineProgress =>
  runPipelines(state, pipelinesOf(line), context);

/** `rest` of the progress that waits, and what was typed. */
export const continueLine = (
  state: FosState,
  rest: readonly Pipeline[],
  reply: string,
  context: LineContext,
): LineProgress => runPipelines(state, rest, context, reply);
