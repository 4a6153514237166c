/** Device aliases: one database for the whole fabric, with a lock, a pending database and a commit of its own. */

import type { Actor, AliasContent, DeviceAliasDb, MdsState, ZoneMode } from './types.ts';
import type { Refusal } from './zone-db.ts';
import { copyOf } from './zone-db.ts';

const LOCKED = 'Fabric is already locked';
const NOT_PRESENT = 'Device Alias not present';

/** The first change opens a session. */
function opened(aliases: DeviceAliasDb, { user, switch: on }: Actor): AliasContent | undefined {
  const { session } = aliases;
  if (session) return session.user === user && session.switch === on ? session.pending : undefined;
  const pending: AliasContent = copyOf({ mode: aliases.mode, entries: aliases.entries });
  aliases.session = { user, switch: on, pending };
  return pending;
}

export function editAliases({ aliases }: MdsState, actor: Actor, change: (pending: AliasContent) => Refusal): Refusal {
  const pending = opened(aliases, actor);
  return pending ? change(pending) : LOCKED;
}

export function addAlias(content: AliasContent, name: string, wwn: string): Refusal {
  if (content.entries.some((one) => one.name === name)) return 'Device Alias already present';
  if (content.entries.some((one) => one.wwn === wwn)) return 'Another device-alias already present with the same pwwn';
  content.entries.push({ name, wwn });
  return undefined;
}

export function removeAlias(content: AliasContent, name: string): Refusal {
  if (!content.entries.some((one) => one.name === name)) return NOT_PRESENT;
  content.entries = content.entries.filter((one) => one.name !== name);
  return undefined;
}

export function renameAlias(content: AliasContent, from: string, to: string): Refusal {
  if (!content.entries.some((one) => one.name === from)) return NOT_PRESENT;
  if (content.entries.some((one) => one.name === to)) return 'Device Alias already present';
  content.entries = content.entries.map((one) => (one.name === from ? { ...one, name: to } : one));
  return undefined;
}

export function setAliasMode(content: AliasContent, mode: ZoneMode): Refusal {
  content.mode = mode;
  return undefined;
}

/** Undefined: it is done. */
export function commitAliases({ aliases }: MdsState, { user, switch: on }: Actor): Refusal {
  const { session } = aliases;
  if (!session) return 'There are no pending changes';
  if (session.user !== user || session.switch !== on) return LOCKED;
  aliases.mode = session.pending.mode;
  aliases.entries = session.pending.entries;
  delete aliases.session;
  return undefined;
}

export function abortAliases({ aliases }: MdsState, { user, switch: on }: Actor): Refusal {
  const { session } = aliases;
  if (!session) return 'There are no pending changes';
  if (session.user !== user || session.switch !== on) return LOCKED;
  delete aliases.session;
  return undefined;
}
