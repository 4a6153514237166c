/** What is said in enhanced mode while a zone is added: shared by the tests of it. */
import { baseOf, CREATED, delta, type Exchange, finding, port, reading, type State, status, VSAN } from './support.ts';

export const COMMIT: Exchange = [`zone commit vsan ${VSAN}`, 'Commit operation initiated. Check zone status\n'];
export const SAVE: Exchange = ['copy running-config startup-config', '[########] 100%\nCopy complete.\n'];
export const DIFF = `show zone pending-diff vsan ${VSAN}`;
export const CONFIG: Exchange = ['configure terminal'];

export const before: State = { zones: { theirs: ['01', '02'], ours: ['11', '12'] } };
export const after: State = { zones: { theirs: ['01', '02'], ours: ['11', '12'], made: ['21', '22'] } };
export const made = { name: 'made', members: [port('21'), port('22')] };
export const add = async (changes = {}) => delta({ base: await baseOf(before), add: [made], ...changes });

/** Up to the point where the session is ours and everything was compared under it. */
export const opening = (state: State, session = 'cli [coprhd]'): Exchange[] => [
  ...finding,
  ...reading(state),
  CONFIG,
  [`zoneset name prod vsan ${VSAN}`, CREATED],
  ['end'],
  ...reading({ ...state, session }),
  CONFIG,
];

export const editing: readonly Exchange[] = [
  [`zone name made vsan ${VSAN}`],
  ['member pwwn 10:00:00:00:c9:00:00:21'],
  ['member pwwn 10:00:00:00:c9:00:00:22'],
  ['exit'],
  [`zoneset name prod vsan ${VSAN}`],
  ['member made'],
  ['exit'],
  [`zoneset activate name prod vsan ${VSAN}`],
  ['end'],
];

export const PENDING = `+zone name made vsan ${VSAN}
+  pwwn 10:00:00:00:c9:00:00:21
+  pwwn 10:00:00:00:c9:00:00:22
 zoneset name prod vsan ${VSAN}
+  member made
+zoneset activate name prod vsan ${VSAN}
`;

/** Until nothing is held any more: our session is dropped, and everything read again. */
export const abandoning = (state: State): Exchange[] => [
  status({ ...state, session: 'cli [coprhd]' }),
  CONFIG,
  [`no zone commit vsan ${VSAN}`],
  ['end'],
  ...reading(state),
];
