/**
 * What goes wrong on request. A fault waits for what it is about, and is used up unless it lasts until it is cleared. Pure:
 * the servers ask what hits a command before they run it.
 */

/** `write`: edits zoning or commits. `commit`: saves or activates. `any`: reads too. */
export type FaultPoint = 'write' | 'commit' | 'activation' | 'any';

export type FosFault =
  /** Changes are answered with the switch's words for busy. Lasts. */
  | { readonly fault: 'busy' }
  /** Every answer takes this long. Lasts. */
  | { readonly fault: 'slow'; readonly latencyMs: number }
  /** What it hits takes effect and the connection drops. */
  | { readonly fault: 'lose-reply'; readonly at?: FaultPoint }
  /** The connection drops, and nothing was done. */
  | { readonly fault: 'lose-request'; readonly at?: FaultPoint }
  /** The fabric rejects the next activation. */
  | { readonly fault: 'reject-activation' }
  /** The session ends at the n-th command from now, which isn't run; with `after` it is, and only its answer is lost. */
  | { readonly fault: 'drop-session'; readonly command: number; readonly after?: boolean }
  /** Commits are answered this much later. Lasts. */
  | { readonly fault: 'slow-flash'; readonly latencyMs: number }
  /**
   * Lists of zones and of the name server end early; with `tells` the session or the connection breaks there, without it
   * nothing says so. Lasts.
   */
  | { readonly fault: 'partial'; readonly tells?: boolean };

/** What a command does, for faults to find it. */
export interface Deed {
  readonly write: boolean;
  readonly commit: boolean;
  readonly activation: boolean;
  /** Lists zones or names. */
  readonly lists: boolean;
}

export interface Effect {
  readonly busy: boolean;
  readonly rejects: boolean;
  readonly loseRequest: boolean;
  readonly loseReply: boolean;
  readonly partial: boolean;
  /** The session ends where a partial answer does. */
  readonly torn: boolean;
  readonly delayMs: number;
  /** On top of it, for what a commit answers; not for its question. */
  readonly flashMs: number;
}

export const NO_EFFECT: Effect = {
  busy: false,
  rejects: false,
  loseRequest: false,
  loseReply: false,
  partial: false,
  torn: false,
  delayMs: 0,
  flashMs: 0,
};

const isAt = (deed: Deed, point: FaultPoint): boolean => point === 'any' || deed[point];

interface Hit {
  readonly effect: Partial<Effect>;
  /** What is left of it. Undefined = used up. */
  readonly left: FosFault | undefined;
}

/** Undefined = it isn't about this. */
function hitBy(fault: FosFault, deed: Deed): Hit | undefined {
  switch (fault.fault) {
    case 'busy':
      return deed.write ? { effect: { busy: true }, left: fault } : undefined;
    case 'slow':
      return { effect: { delayMs: fault.latencyMs }, left: fault };
    case 'slow-flash':
      return deed.commit ? { effect: { flashMs: fault.latencyMs }, left: fault } : undefined;
    case 'lose-reply':
      return isAt(deed, fault.at ?? 'commit') ? { effect: { loseReply: true }, left: undefined } : undefined;
    case 'lose-request':
      return isAt(deed, fault.at ?? 'write') ? { effect: { loseRequest: true }, left: undefined } : undefined;
    case 'reject-activation':
      return deed.activation ? { effect: { rejects: true }, left: undefined } : undefined;
    case 'drop-session':
      return fault.command > 1
        ? { effect: {}, left: { ...fault, command: fault.command - 1 } }
        : { effect: fault.after === true ? { loseReply: true } : { loseRequest: true }, left: undefined };
    case 'partial':
      return deed.lists ? { effect: { partial: true, torn: fault.tells === true }, left: fault } : undefined;
  }
}

/** What hits this, and the faults that are left. Delays add up. */
export function taken(
  faults: readonly FosFault[],
  deed: Deed,
): { readonly faults: readonly FosFault[]; readonly effect: Effect } {
  let effect = NO_EFFECT;
  const left: FosFault[] = [];
  for (const fault of faults) {
    const hit = hitBy(fault, deed);
    if (!hit) {
      left.push(fault);
      continue;
    }
    const delayMs = effect.delayMs + (hit.effect.delayMs ?? 0);
    const flashMs = effect.flashMs + (hit.effect.flashMs ?? 0);
    effect = { ...effect, ...hit.effect, delayMs, flashMs };
    if (hit.left) left.push(hit.left);
  }
  return { faults: left, effect };
}

/** Text without its second half, cut at a line. */
export function cutOff(output: string): string {
  const lines = output.split('\n');
  return lines
    .slice(0, Math.ceil(lines.length / 2))
    .map((line) => `${line}\n`)
    .join('');
}

export const firstHalf = <T>(items: readonly T[]): readonly T[] => items.slice(0, Math.floor(items.length / 2));
