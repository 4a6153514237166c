/** What goes wrong on demand. Faults are data in the state; each says how often it still strikes, or lasts until cleared. */
import { type MdsState, vsanOf } from './types.ts';

interface OnSwitch {
  /** Name; everywhere when left out. */
  readonly switch?: string;
}

interface Counted extends OnSwitch {
  /** How often it still strikes. Default 1. */
  times?: number;
}

interface OnCommand extends Counted {
  /**
   * A regular expression over the command with its keywords in full (`zoneset activate name Z vsan 10`). When left out, a
   * lost request is the next that writes, a lost reply the next that changes the fabric: `zone commit` in enhanced mode,
   * `zoneset activate` in basic mode.
   */
  readonly command?: string;
}

export type Fault =
  /** Somebody has the lock, until cleared. */
  | ({ readonly kind: 'busy'; readonly vsan?: number } & OnSwitch)
  /** Each answer takes this long, until cleared. */
  | ({ readonly kind: 'slow'; readonly latencyMs: number } & OnSwitch)
  /** The connection drops before the command is run. */
  | ({ readonly kind: 'lose-request' } & OnCommand)
  /** The command takes effect, and the connection drops instead of an answer. */
  | ({ readonly kind: 'lose-reply' } & OnCommand)
  /** The connection drops after at most so many lines of the answer; `command` defaults to any. */
  | ({ readonly kind: 'cut-output'; readonly afterLines: number } & OnCommand)
  /** The connection drops at the n-th command from now on, which isn't run. */
  | ({ readonly kind: 'drop-session'; atCommand: number } & OnSwitch)
  /** `refused`: the command says so; `failed`: it is begun, and the status says so later. */
  | ({ readonly kind: 'reject-activation'; readonly how: 'refused' | 'failed'; readonly reason?: string } & Counted)
  /** Lists of zones leave every second one out, until cleared. `silent`: and don't say so. */
  | ({ readonly kind: 'partial-zones'; readonly silent: boolean } & OnSwitch)
  /** The name server shows every second port. `silent`: its total says the same. */
  | ({ readonly kind: 'partial-logins'; readonly silent: boolean } & OnSwitch)
  | ({ readonly kind: 'copy-fails' } & Counted);

export type FaultKind = Fault['kind'];
export type FaultOf<K extends FaultKind> = Extract<Fault, { readonly kind: K }>;

export function findFault<K extends FaultKind>(
  { faults }: MdsState,
  kind: K,
  on: string,
  applies: (fault: FaultOf<K>) => boolean = () => true,
): FaultOf<K> | undefined {
  const isOf = (fault: Fault): fault is FaultOf<K> =>
    fault.kind === kind && (fault.switch === undefined || fault.switch === on);
  return faults.filter(isOf).find(applies);
}

function remove({ faults }: MdsState, fault: Fault): void {
  faults.splice(faults.indexOf(fault), 1);
}

type CountedKind = 'lose-request' | 'lose-reply' | 'cut-output' | 'reject-activation' | 'copy-fails';

/** Finds a fault that strikes a number of times, and counts this one. */
export function takeFault<K extends CountedKind>(
  state: MdsState,
  kind: K,
  on: string,
  applies?: (fault: FaultOf<K>) => boolean,
): FaultOf<K> | undefined {
  const found = findFault(state, kind, on, applies);
  if (!found) return undefined;
  const counted: Counted = found;
  counted.times = (counted.times ?? 1) - 1;
  if (counted.times <= 0) remove(state, found);
  return found;
}

/** It changes what the fabric has, not only what a session has staged. */
function isDecisive(state: MdsState, command: string): boolean {
  const [, verb, vsan] = /^(zone commit|(?:no )?zoneset activate)\b.* vsan (\d+)$/.exec(command) ?? [];
  if (verb === undefined) return false;
  return verb === 'zone commit' || vsanOf(state, Number(vsan))?.mode === 'basic';
}

export interface Strike {
  readonly dropsBefore: boolean;
  readonly dropsAfter: boolean;
  /** As dropsAfter, but this many lines are seen. */
  readonly linesSeen: number;
  readonly latencyMs: number;
}

/** What happens to a command. `command` has its keywords in full; `writes`: it changes a configuration. */
export function strike(state: MdsState, on: string, command: string, writes: boolean): Strike {
  const latencyMs = findFault(state, 'slow', on)?.latencyMs ?? 0;
  const drop = findFault(state, 'drop-session', on);
  if (drop && --drop.atCommand <= 0) {
    remove(state, drop);
    return { dropsBefore: true, dropsAfter: false, linesSeen: 0, latencyMs };
  }
  const matches = (pattern: string | undefined, otherwise: boolean) =>
    pattern === undefined ? otherwise : new RegExp(pattern).test(command);
  const dropsBefore = takeFault(state, 'lose-request', on, (fault) => matches(fault.command, writes)) !== undefined;
  const isLost = (fault: FaultOf<'lose-reply'>) => matches(fault.command, isDecisive(state, command));
  const isLostReply = !dropsBefore && takeFault(state, 'lose-reply', on, isLost) !== undefined;
  const isClear = !dropsBefore && !isLostReply;
  const cut = isClear ? takeFault(state, 'cut-output', on, (fault) => matches(fault.command, true)) : undefined;
  return { dropsBefore, dropsAfter: isLostReply || cut !== undefined, linesSeen: cut?.afterLines ?? 0, latencyMs };
}

/** Every second one, where such a fault is set. */
export const halfOf = <T>(list: readonly T[], isPartial: boolean): readonly T[] =>
  isPartial ? list.filter((_one, index) => index % 2 === 0) : list;
