/** A fabric with a zone of ours and one of theirs, a delta that adds one, and the dialogue of it in parts. */
import type { DriverError, ZoneDelta } from 'coprhd/driver';
import {
  type Answer,
  atFabric,
  connected,
  context,
  delta,
  fence,
  fingerprint,
  looks,
  members,
  refusal,
  type Scripted,
  type State,
  type Step,
  scripted,
  wwpn,
} from './support.ts';

export const [a, b, c] = [wwpn(1), wwpn(2), wwpn(3)];
export const BEFORE: State = {
  zones: { theirs: [a, b], ours: [a, c] },
  cfgs: { prod: ['ours', 'theirs'] },
  effective: { name: 'prod', zones: { ours: [a, c], theirs: [a, b] } },
};
export const withNew = (transaction?: string): State => ({
  ...BEFORE,
  zones: { ...BEFORE.zones, new1: [a, b] },
  cfgs: { prod: ['new1', 'ours', 'theirs'] },
  ...(transaction === undefined ? {} : { transaction }),
});
export const onlyZone = (transaction: string): State => ({
  ...BEFORE,
  zones: { ...BEFORE.zones, new1: [a, b] },
  transaction,
});
export const ENABLED: State = {
  ...withNew(),
  effective: { name: 'prod', zones: { new1: [a, b], ...BEFORE.effective!.zones } },
};
export const open: Step = fence({ transaction: '0x4814' });
export const none: Step = fence({});
export const CREATE: Step = ['zonecreate "new1","10:00:00:00:c9:00:00:01;10:00:00:00:c9:00:00:02"', ''];
export const JOIN: Step = ['cfgadd "prod","new1"', ''];
export const EDITS: Step[] = [none, CREATE, open, open, JOIN];
export const CHECKED: Step[] = [...EDITS, ...looks(withNew('0x4814')), open];

export const ENABLE_QUESTION: Answer = {
  text: 'You are about to enable a new zoning configuration.\nThis action will replace the old zoning configuration with the\ncurrent configuration selected.\n',
  prompt: "Do you want to enable 'prod' configuration  (yes, y, no, n): [no] ",
};
export const SAVE_QUESTION: Answer = {
  text: 'You are about to save the Defined zoning configuration. This\naction will only save the changes on Defined configuration.\n',
  prompt: 'Do you want to save the Defined zoning configuration only?  (yes, y, no, n): [no] ',
};
export const ENABLE = (answer: Answer = 'zone config "prod" is in effect\nUpdating flash ...\n'): Step[] => [
  ['cfgenable "prod"', ENABLE_QUESTION],
  ['y', answer],
];
export const SAVE = (answer: Answer = 'Updating flash ...\n'): Step[] => [
  ['cfgsave', SAVE_QUESTION],
  ['y', answer],
];
export const ABORT: Step = ['cfgtransabort', ''];

export const add = { add: [{ name: 'new1', members: members(1, 2) }] };

export async function run(steps: readonly Step[], changes: Partial<ZoneDelta>, base: State = BEFORE) {
  const session = scripted([...atFabric, ...steps]);
  const network = await connected(session);
  return { session, call: network.applyZoneDelta(context(), delta(await fingerprint(base), changes)) };
}
export async function applied(steps: readonly Step[], changes: Partial<ZoneDelta>, base: State = BEFORE) {
  const { session, call } = await run(steps, changes, base);
  const result = await call;
  session.finished();
  return result;
}
export async function refused(
  steps: readonly Step[],
  changes: Partial<ZoneDelta>,
  base: State = BEFORE,
): Promise<DriverError> {
  const { session, call } = await run(steps, changes, base);
  const error = await refusal(call);
  session.finished();
  return error;
}
export const NEVER = /^(?:cfgdisable|cfgclear|cfgdelete)/;
export const writes = (session: Scripted) =>
  session.sent.filter((line) => /^(?:ali|zone|cfg)(?!show|actv|trans|size)/.test(line));
