/** `show device-alias database | pending | status`. */
import { sha256Hex } from 'coprhd/driver';
import { type AliasContent, type DeviceAliasDb, type MdsState, switchOf } from '../state/types.ts';

const entries = ({ entries: list }: AliasContent): string[] => [
  ...list.map(({ name, wwn }) => `device-alias name ${name} pwwn ${wwn}`),
  '',
  `Total number of entries = ${list.length}`,
];

export const showAliases = (aliases: DeviceAliasDb): string[] =>
  aliases.entries.length === 0 ? ['There are no entries in the database'] : entries(aliases);

export function showPendingAliases({ session }: DeviceAliasDb): string[] {
  if (!session) return ['There are no pending changes'];
  return session.pending.entries.length === 0 ? ['There are no entries in the database'] : entries(session.pending);
}

const modeText = ({ mode }: AliasContent): string => (mode === 'basic' ? 'Basic' : 'Enhanced');
const counted = (content: AliasContent): string =>
  `Device Aliases ${content.entries.length}  Mode: ${modeText(content)}`;

export function showAliasStatus(state: MdsState): string[] {
  const { aliases } = state;
  const { session } = aliases;
  const head = [
    'Fabric Distribution : Enabled',
    `Database:- ${counted(aliases)}`,
    `           Checksum: 0x${sha256Hex(JSON.stringify(aliases.entries)).slice(0, 32)}`,
  ];
  if (!session) return head;
  return [
    ...head,
    `Locked By:- User "CLI/SNMPv3:${session.user}" SWWN ${switchOf(state, session.switch).wwn}`,
    `Pending Database:- ${counted(session.pending)}`,
  ];
}
