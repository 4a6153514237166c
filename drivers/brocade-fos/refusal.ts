/** Why a switch refuses a change: the only place where its texts are matched to error classes. Both transports say them. */
import { boundedTranscript, DriverError, type DriverErrorClass } from 'coprhd/driver';
import { Surprise } from './surprise.ts';

interface Rule {
  readonly text: RegExp;
  readonly class: DriverErrorClass;
  readonly hint?: string;
}

const RULES: readonly Rule[] = [
  {
    text: /RBAC permission denied|permission denied|not authorized/i,
    class: 'auth',
    hint: 'the user needs a role that may change zoning: zoneadmin, fabricadmin or admin',
  },
  {
    text: /transaction is already|outstanding\s+(?:\w+ )?transaction|another (?:session|user|switch)|\bbusy\b|try again|in progress/i,
    class: 'busy',
  },
  { text: /checksum/i, class: 'conflict', hint: 'somebody else saved zoning at the same time' },
  {
    text: /too large|larger than|exceeds?\b|database (?:is )?full|no (?:more )?(?:room|space)|not enough/i,
    class: 'capacity',
  },
  { text: /duplicate name|already contains|already exists|already (?:a )?member/i, class: 'conflict' },
  { text: /command not found|not supported|unsupported/i, class: 'unsupported' },
  { text: /not found|does not exist|is not in|no configuration in effect/i, class: 'conflict' },
  { text: /should not be deleted|is in use|cannot be deleted/i, class: 'conflict' },
  { text: /invalid parameters|too long|invalid name|\binvalid\b/i, class: 'invalid' },
];

/**
 * Another switch of the fabric has a transaction open, which a commit here would discard. The switch warns so, and has done the
 * edit all the same (Fabric OS Administrator's Guide, "Concurrent zone transactions").
 */
export class OpenElsewhere extends DriverError {
  constructor(text: string) {
    super({
      class: 'busy',
      message: 'somebody has a zoning transaction open on another switch of the fabric',
      holders: ['a zoning transaction on another switch'],
      hint: 'cfgtransshow --opentrans lists the domains that have one; wait for it, or end it there: cfgtransabort',
      transcript: boundedTranscript(text),
    });
  }
}

/** The class of a refusal; a text that is none of these is a surprise. `line`: what of it to quote then. */
export function refusal(command: string, text: string, line = text.trim().split('\n', 1)[0]!): DriverError {
  if (/multiple open transactions/i.test(text)) return new OpenElsewhere(text);
  const rule = RULES.find((one) => one.text.test(text));
  if (rule === undefined) return new Surprise(command, text, line);
  const said = text.split('\n').find((one) => rule.text.test(one)) ?? line;
  return new DriverError({
    class: rule.class,
    message: `${command}: ${said.trim()}`,
    ...(rule.hint === undefined ? {} : { hint: rule.hint }),
    transcript: boundedTranscript(text),
  });
}
