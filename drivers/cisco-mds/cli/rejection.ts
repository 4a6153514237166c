/**
 * Errors that the switch prints, mapped to the closed classes. The only place where their text is matched. Texts are those
 * that CoprHD, OpenStack's driver and Cisco's own SDK wait for (README.md, "Evidence").
 */
import { boundedTranscript, DriverError, type DriverErrorClass } from 'coprhd/driver';

interface Rule {
  readonly text: RegExp;
  readonly class: DriverErrorClass;
  readonly hint?: string;
}

const RULES: readonly Rule[] = [
  { text: /lock is currently busy|pending action|already locked|another (?:session|user)/i, class: 'busy' },
  {
    text: /permission denied|not authorized|authorization failed/i,
    class: 'auth',
    hint: 'the user needs the role network-admin, or one that may change zones',
  },
  { text: /exceeded max length|illegal|invalid (?:wwn|name|member)/i, class: 'invalid' },
  {
    text: /database (?:is )?full|exceed|size limit|maximum (?:number|size)|no (?:space|memory)|out of memory/i,
    class: 'capacity',
  },
  { text: /invalid command|incomplete command|ambiguous command|unknown command/i, class: 'unsupported' },
  { text: /vsan .*(?:not|does not|doesn't) (?:exist|configured|present)|invalid vsan/i, class: 'not-found' },
  { text: /non[- ]existing|not (?:present|found|exist)|does not exist/i, class: 'conflict' },
  { text: /already (?:in use|present|exists?)/i, class: 'conflict' },
  { text: /% ?Invalid|fail|rejected|denied|error|aborted|cannot|can't/i, class: 'transient' },
];

/** Undefined: the text is no error that is known. */
export function rejectionOf(what: string, text: string): DriverError | undefined {
  const rule = RULES.find((one) => one.text.test(text));
  if (!rule) return undefined;
  const line = text.split('\n').find((one) => rule.text.test(one)) ?? text;
  return new DriverError({
    class: rule.class,
    message: `${what}: ${line.trim().slice(0, 300)}`,
    ...(rule.hint === undefined ? {} : { hint: rule.hint }),
    transcript: boundedTranscript(text),
  });
}

/** An answer to `show`: only what begins with a percent sign, or is a known error and nothing else, is one. */
export function readRejection(what: string, body: string): DriverError | undefined {
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  const marked = lines.find((line) => /^\s*%/.test(line));
  if (marked === undefined) return undefined;
  return rejectionOf(what, body) ?? rejectionOf(what, `error: ${marked.trim()}`);
}
