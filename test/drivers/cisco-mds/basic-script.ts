/** What is said in basic mode while a zone is added: shared by the tests of it. */
import {
  type Answer,
  baseOf,
  delta,
  type Exchange,
  finding,
  port,
  reading,
  type State,
  status,
  VSAN,
} from './support.ts';

export const basic = (state: State): State => ({ ...state, mode: 'basic' });
export const CONFIG: Exchange = ['configure terminal'];
export const activation = (answer: Answer = 'Zoneset activation initiated. check zone status\n'): Exchange => [
  `zoneset activate name prod vsan ${VSAN}`,
  answer,
];
export const SAVE: Exchange = ['copy running-config startup-config', '[########] 100%\n'];

export const before = basic({ zones: { theirs: ['01', '02'], ours: ['11', '12'] } });
export const saved = basic({ zones: { ...before.zones, made: ['21', '22'] }, active: before.zones });
export const after = basic({ zones: saved.zones });
export const made = { name: 'made', members: [port('21'), port('22')] };
export const add = async (changes = {}) => delta({ base: await baseOf(before), add: [made], ...changes });

export const editing: readonly Exchange[] = [
  CONFIG,
  [`zone name made vsan ${VSAN}`],
  ['member pwwn 10:00:00:00:c9:00:00:21'],
  ['member pwwn 10:00:00:00:c9:00:00:22'],
  ['exit'],
  [`zoneset name prod vsan ${VSAN}`],
  ['member made'],
  ['end'],
];

/** The inverse edits of the delta. */
export const inverse: readonly Exchange[] = [
  CONFIG,
  [`zoneset name prod vsan ${VSAN}`],
  ['no member made'],
  ['exit'],
  [`no zone name made vsan ${VSAN}`],
  ['end'],
];

/** Looks at a status that tells of nothing, until it is believed. */
export const nothingComesOfIt = (state: State): Exchange[] =>
  Array.from({ length: 4 }, () => [status(state), ...reading(state)]).flat();

export const start: readonly Exchange[] = [...finding, ...reading(before), ...editing];
