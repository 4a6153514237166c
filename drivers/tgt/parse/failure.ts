/**
 * Failures of tgtadm and of the driver's own scripts, mapped to the closed classes. The only place where message text
 * is matched. Texts are those of tgt 1.0.85 (usr/tgtadm.c, strings of the binary); exit codes: 22 = tgtd refused,
 * 107 = tgtd isn't there, 90-99 = our scripts, 75 = flock gave up.
 */
import { boundedTranscript, DriverError, type DriverErrorClass } from 'coprhd/driver';

/**
 * Exit codes of our scripts. Each has touched nothing when it is returned, but `halfDone`: there something was changed,
 * and then something failed. 97 (no rule): what tgtd runs could not be read whole.
 */
export const EXIT = {
  halfDone: 98,
  exists: 90,
  inUse: 91,
  changed: 92,
  unsupported: 93,
  poolMissing: 94,
  targetMoved: 95,
  inputCut: 99,
  locked: 75,
};

interface Rule {
  readonly text: RegExp;
  readonly class: DriverErrorClass;
  readonly hint?: string;
}

const RULES: readonly Rule[] = [
  { text: /tgtd closed the socket|can't get the response|failed to read from tgtd/, class: 'ambiguous' },
  { text: /failed to send request buf/, class: 'ambiguous' },
  {
    text: /failed to send request hdr|can't connect to tgt daemon|can't create a socket/,
    class: 'transient',
    hint: 'is tgtd running with this control port, and is TGT_IPC_SOCKET its socket?',
  },
  { text: /No space left on device|Disk quota exceeded/, class: 'capacity', hint: 'free space in the pool or grow it' },
  { text: /Permission denied|Operation not permitted|must be root/, class: 'auth', hint: 'the driver needs root' },
  { text: /this target is still active|this logical unit is still active/, class: 'busy' },
  { text: /(this|rule) .*already (exists|has)/, class: 'exists' },
  {
    text: /can't find the (target|logical unit|session|connection|binding|account)|does not exist/,
    class: 'not-found',
  },
  { text: /operation isn't supported|can't find the driver|Operation not supported/, class: 'unsupported' },
  { text: /invalid request|unknown parameter|option '.*' (is )?not|argument value '.*' invalid/, class: 'invalid' },
];

const BY_CODE: ReadonlyMap<number, Rule> = new Map([
  [EXIT.halfDone, { text: /./, class: 'ambiguous' }],
  [EXIT.exists, { text: /./, class: 'exists' }],
  [EXIT.inUse, { text: /./, class: 'conflict' }],
  [EXIT.changed, { text: /./, class: 'conflict' }],
  [EXIT.unsupported, { text: /./, class: 'unsupported' }],
  [EXIT.poolMissing, { text: /./, class: 'transient' }],
  [EXIT.targetMoved, { text: /./, class: 'transient' }],
  [EXIT.inputCut, { text: /./, class: 'transient' }],
  [EXIT.locked, { text: /./, class: 'busy' }],
]);

export interface Failure {
  readonly what: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Reading changes nothing, so that a failure of it is never ambiguous. */
  readonly readOnly: boolean;
}

export function failureError(failure: Failure): DriverError {
  const rule = BY_CODE.get(failure.exitCode) ?? RULES.find(({ text }) => text.test(failure.stderr));
  const said =
    failure.stderr
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^(coprhd|tgtadm): /, '') ?? '';
  const found = rule?.class ?? 'ambiguous';
  const missing = /(\S+): (command )?not found/.exec(failure.stderr);
  const hint = rule?.hint ?? (missing ? `install the package that has ${missing[1]}` : undefined);
  return new DriverError({
    class: found === 'ambiguous' && failure.readOnly ? 'transient' : found,
    message: `${failure.what}: ${said === '' ? `exit code ${failure.exitCode}` : said}`,
    ...(hint === undefined ? {} : { hint }),
    transcript: boundedTranscript(`${failure.what}\nexit ${failure.exitCode}\n${failure.stderr}${failure.stdout}`),
  });
}
