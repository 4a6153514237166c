/** Sends edits, and says of every answer whether the switch took the line. */
import type { CallContext } from 'coprhd/driver';
import { rejectionOf } from '../cli/rejection.ts';
import { surprise } from '../cli/surprise.ts';
import type { Switch } from '../cli/switch.ts';
import type { Edit } from '../model/edits.ts';

/** Said by the line with which our session, and so the lock of the fabric, comes into being. */
export const SESSION_CREATED = /Enhanced zone session has been created/i;

/** What is no error: the session, and that a member is there already. */
const HARMLESS = /Enhanced zone session has been created|Duplicate member|already (?:a )?member/i;

/** What an activation says when it begins. */
export const ACTIVATED = /Zoneset activation initiated|Specified zoneset already active/i;

/** Up to a question that was answered with yes: only what is known is, and all that was said before was looked at with it. */
const ANSWERED = /^[\s\S]*[([](?:y\/n|yes\/no)[)\]][^\n]*\by$/im;

/** The answer to a line that changes something. Throws what the switch refused, and what isn't known. */
export function accepted(line: string, said: string, expected?: RegExp): string {
  const lines = said
    .replace(ANSWERED, '')
    .split('\n')
    .filter((one) => one.trim() !== '');
  const left = lines.filter((one) => !HARMLESS.test(one) && !expected?.test(one));
  if (left.length === 0) return said;
  throw rejectionOf(line, left.join('\n')) ?? surprise(line, said, left[0]);
}

export async function sendLine(ctx: CallContext, device: Switch, line: string, mode?: string): Promise<string> {
  return accepted(line, await device.configure(ctx, line, mode));
}

/** What the switch said to all of them. */
export async function sendEdits(ctx: CallContext, device: Switch, edits: readonly Edit[]): Promise<string> {
  let said = '';
  for (const { head, mode, lines } of edits) {
    said += await sendLine(ctx, device, head, mode);
    for (const line of lines) said += await sendLine(ctx, device, line, mode);
  }
  return said;
}
