/** What a command of the switch is given and gives back. Pure: a question is an answer that ends with `ask`. */

import { type FirmwareTraits, traitsOf } from '../state/firmware.ts';
import type { FosFabric, FosState } from '../state/model.ts';
import { needFabric } from '../state/model.ts';
import type { Actor } from '../state/transaction.ts';

export interface CliCall {
  readonly state: FosState;
  readonly actor: Actor;
  readonly args: readonly string[];
  /** To the question that the command asked; undefined before it was asked. */
  readonly reply?: string;
}

export interface CliAnswer {
  readonly state: FosState;
  /** Lines end with \n. Empty is success, of a command that changes. */
  readonly output: string;
  readonly exitCode: number;
  /** The command waits for a line of input. */
  readonly ask?: string;
  /** The session works on this FID from now on. */
  readonly fid?: number;
  /** The session ends. */
  readonly end?: boolean;
}

export interface CliCommand {
  run(call: CliCall): CliAnswer;
  /** Roles other than `user` only. */
  readonly changes?: boolean;
}

export const fabricOfCall = ({ state, actor }: CliCall): FosFabric => needFabric(state, actor.fid);
export const traitsOfCall = ({ state }: CliCall): FirmwareTraits => traitsOf(state.firmware);

/** Lines without their ends. */
export const printed = ({ state }: CliCall, lines: readonly string[], exitCode = 0): CliAnswer => ({
  state,
  output: lines.map((line) => `${line}\n`).join(''),
  exitCode,
});

export const silent = (state: FosState): CliAnswer => ({ state, output: '', exitCode: 0 });

/** A command that only shows. */
export const shows = (lines: (call: CliCall) => readonly string[]): CliCommand => ({
  run: (call) => printed(call, lines(call)),
});
