/** Whether somebody is logged in to a volume that is to be overwritten. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { ResourceRecord } from '../model/record.ts';
import { addressOf } from '../observe/addresses.ts';
import type { Draft } from './draft.ts';

/** The initiators that are logged in to it, for people; undefined = none. */
export function usersOf(draft: Draft, nativeId: string, system: ResourceRecord<'storageSystem'>): string | undefined {
  const users = draft
    .observation(system)!
    .observation.masks.filter(({ mappings }) => mappings.some(({ volume }) => volume === nativeId))
    .flatMap(({ name, loggedIn }) => loggedIn.map((initiator) => `${initiator} (mask ${name})`));
  if (users.length === 0) return undefined;
  return `${users.slice(0, 3).join(', ')}${users.length > 3 ? ` and ${users.length - 3} more` : ''}`;
}

/** Of a volume that must not be in use. `users`: who is logged in, for people. */
export function usedDiagnostic(
  record: ResourceRecord<'volume'>,
  users: string,
  { detail, fix }: { readonly detail: string; readonly fix: string },
): Diagnostic {
  const address = addressOf(record);
  const summary = `${address} is in use: ${users} logged in`;
  return { code: 'COPRHD-HELD-004', severity: 'error', address, summary, detail, fix };
}

/** Hosts would go on with what they remember of it, over what is there then. */
export function inUse(
  draft: Draft,
  to: ResourceRecord<'volume'>,
  system: ResourceRecord<'storageSystem'>,
  verb: string,
): Diagnostic | undefined {
  const users = usersOf(draft, to.status.device!.nativeId, system);
  if (users === undefined) return undefined;
  return usedDiagnostic(to, users, {
    detail: `a host goes on with what it remembers of the volume and destroys what ${verb} puts there`,
    fix: 'unmount it and log out, or say who has seen to it that no host uses it: --attest-offline WHO',
  });
}
