/** A session at the command line of a switch, and what its commands get and give. */
import type { Actor, MdsState, MdsSwitch, Role } from '../state/types.ts';

/** Where the prompt is. */
export type Mode =
  | { readonly in: 'exec' }
  | { readonly in: 'config' }
  | { readonly in: 'config-zone'; readonly vsan: number; readonly name: string }
  | { readonly in: 'config-zoneset'; readonly vsan: number; readonly name: string }
  /** A zone of a zone set, made from within it. */
  | { readonly in: 'config-zoneset-zone'; readonly vsan: number; readonly name: string; readonly zoneset: string }
  | { readonly in: 'config-fcalias'; readonly vsan: number; readonly name: string }
  | { readonly in: 'config-device-alias-db' };

/** The switch waits for an answer; anything but yes is no. */
export interface Question {
  readonly text: string;
  /** Time has passed since it was asked. */
  readonly yes: (context: Context) => Reply;
}

export interface CliSession {
  readonly user: string;
  readonly role: Role;
  /** Name of the switch. */
  readonly switch: string;
  mode: Mode;
  /** Lines to a page; 0 = no pages. */
  terminalLength: number;
  /** `terminal dont-ask`: every question is answered with yes. */
  dontAsk: boolean;
  question?: Question;
  /** Commands after `;` that wait for the answer. */
  waiting: string[];
}

export interface Reply {
  /** Lines without their ends; one may hold several. */
  readonly lines: readonly string[];
  readonly question?: Question;
  /** How long the switch works on it. */
  readonly delayMs?: number;
  /** The session ends. */
  readonly ends?: boolean;
}

export interface Context {
  readonly state: MdsState;
  readonly session: CliSession;
  readonly at: MdsSwitch;
  readonly actor: Actor;
  readonly nowMs: number;
}

export const say = (...lines: string[]): Reply => ({ lines });

export const openCli = (user: string, role: Role, on: string): CliSession => ({
  user,
  role,
  switch: on,
  mode: { in: 'exec' },
  terminalLength: 24,
  dontAsk: false,
  waiting: [],
});

export const promptOf = ({ mode, switch: name }: CliSession): string =>
  mode.in === 'exec' ? `${name}# ` : `${name}(${mode.in})# `;
