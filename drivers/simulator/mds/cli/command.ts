/** What a command is, and what most of them need: their VSAN, or all of them. */
import { LOCK_BUSY, notConfigured, obstacle } from '../state/edits.ts';
import { type Vsan, vsanOf } from '../state/types.ts';
import { type Context, type Reply, say } from './context.ts';
import type { Arguments } from './grammar.ts';

export interface Command {
  /** `write` is refused to operators. */
  readonly access: 'read' | 'write';
  readonly run: (context: Context, args: Arguments) => Reply;
}

export type Table = readonly (readonly [string, Command])[];

export const reads = (run: Command['run']): Command => ({ access: 'read', run });
export const writes = (run: Command['run']): Command => ({ access: 'write', run });

/** The VSAN of a command that must name one. */
export function withVsan({ state }: Context, args: Arguments, run: (vsan: Vsan) => Reply): Reply {
  const id = args.number('vsan');
  const vsan = vsanOf(state, id);
  return vsan ? run(vsan) : say(notConfigured(id));
}

/** Somebody else has the session. */
export const isForeign = ({ actor }: Context, { session }: Vsan): boolean =>
  session !== undefined && (session.user !== actor.user || session.switch !== actor.switch);

/** A command that takes effect on the fabric: not while somebody is in the way. */
export const unlessBusy = (context: Context, vsan: Vsan, run: () => Reply): Reply => {
  const inTheWay = obstacle(context.state, context.actor, vsan) ?? (isForeign(context, vsan) ? LOCK_BUSY : undefined);
  return inTheWay === undefined ? run() : say(inTheWay);
};

/** The VSANs of a command that may name one: all, in order of their numbers, when it doesn't. */
export function overVsans(
  { state }: Context,
  args: Arguments,
  show: (vsan: Vsan) => readonly string[],
): string[] | Reply {
  const one = args.maybe('vsan');
  if (one === undefined) return [...state.vsans].sort((a, b) => a.id - b.id).flatMap(show);
  const vsan = vsanOf(state, Number(one));
  return vsan ? [...show(vsan)] : say(notConfigured(Number(one)));
}

/** The lines, or what is said when there are none. */
export const orNone = (lines: string[] | Reply, none: string): Reply =>
  Array.isArray(lines) ? say(...(lines.length === 0 ? [none] : lines)) : lines;

const NAME = /^[A-Za-z][A-Za-z0-9_$^-]*$/;

/** A refusal where a name is none. */
export const illegal = (name: string): string | undefined => (NAME.test(name) ? undefined : `Illegal name ${name}`);
