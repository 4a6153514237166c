/**
 * What a view is: a result as lines for people and as rows for scripts. JSON needs no view, it is the result itself in an
 * envelope (json.ts). Views are pure; the command line's shell writes what they return.
 */
import type { Style } from './style.ts';

/** `undefined` prints as an empty cell, so that a column never moves. */
export type Cell = string | number | boolean | undefined;

/** The first cell says what kind of row it is. Columns are only ever added, at the end. */
export type Row = readonly Cell[];

export interface View<R> {
  human(result: R, style: Style): readonly string[];
  plain(result: R): readonly Row[];
}
