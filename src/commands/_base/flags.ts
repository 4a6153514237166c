/** Flags that several commands share, each defined once. */
import * as Flags from '@oclif/core/flags';
import { LIMITS } from '../../lib/limits.ts';
import { usageError } from './usage.ts';

const GLOBAL = 'GLOBAL';

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/;
const FACTOR_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `30s`, `500ms`, `5m`, `1h`; a bare number is seconds. Milliseconds. */
export function parseDuration(text: string, flag: string): number {
  const match = DURATION.exec(text);
  if (!match) {
    usageError(`--${flag}: ${JSON.stringify(text)} is not a duration`, 'write a number with ms, s, m or h: 30s, 5m');
  }
  return Math.round(Number(match[1]) * FACTOR_MS[match[2] ?? 's']!);
}

export const durationFlag = Flags.custom<number, { flag: string }>({
  parse: async (text, _context, { flag }) => parseDuration(text, flag),
});

const SPAN = /^(\d+)(h|d|w)$/;
const SPAN_FACTOR_MS: Record<string, number> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** Of ages, and times ahead: `12h`, `90d`, `8w`. Milliseconds. */
export function parseSpan(text: string, flag: string): number {
  const match = SPAN.exec(text);
  const spanMs = match ? Number(match[1]) * SPAN_FACTOR_MS[match[2]!]! : 0;
  if (spanMs < 1 || spanMs > LIMITS.spanMaxMs) {
    usageError(`--${flag}: ${JSON.stringify(text)} is no time`, 'write a number with h, d or w: 12h, 90d, 8w');
  }
  return spanMs;
}

export const spanFlag = Flags.custom<number, { flag: string }>({
  parse: async (text, _context, { flag }) => parseSpan(text, flag),
});

export const globalFlags = {
  state: Flags.string({
    summary: 'The state: a directory, or etcd://HOST:PORT,.../PREFIX.',
    default: '.coprhd',
    env: 'COPRHD_STATE',
    helpValue: 'STATE',
    helpGroup: GLOBAL,
  }),
  json: Flags.boolean({
    summary: 'JSON: one document, or a line an event for commands that change something.',
    exclusive: ['plain', 'human'],
    helpGroup: GLOBAL,
  }),
  'json-to': Flags.string({
    summary: 'Write the JSON to this file, whatever is printed.',
    helpValue: 'FILE',
    helpGroup: GLOBAL,
  }),
  plain: Flags.boolean({
    summary: 'Tab-separated ASCII lines for scripts; the default without a terminal.',
    exclusive: ['json', 'human'],
    helpGroup: GLOBAL,
  }),
  human: Flags.boolean({
    summary: 'Output for people, also without a terminal.',
    exclusive: ['json', 'plain'],
    helpGroup: GLOBAL,
  }),
  color: Flags.boolean({
    summary: 'Colour; --no-color and NO_COLOR switch it off.',
    default: true,
    allowNo: true,
    helpGroup: GLOBAL,
  }),
  timeout: durationFlag({
    flag: 'timeout',
    summary: 'Start no new step after this time (30s, 5m).',
    helpValue: 'DURATION',
    helpGroup: GLOBAL,
  }),
};

interface OutputFlags {
  readonly json?: boolean;
  readonly plain?: boolean;
  readonly 'json-to'?: string | undefined;
  readonly tui?: boolean;
}

/** Not by the parser's `exclusive`: it makes nonsense of the usage line where flags exclude others than each other. */
export function checkOutputFlags({ json, plain, 'json-to': jsonTo, tui }: OutputFlags): void {
  if (json && jsonTo !== undefined) {
    usageError('--json-to is for output that is not JSON already', 'leave out --json, or redirect it: --json > FILE');
  }
  if (tui !== undefined && (json || plain)) {
    usageError(
      '--tui and --no-tui are for output for people',
      `leave out one of --tui and --${json ? 'json' : 'plain'}`,
    );
  }
}

export const variableFlag = Flags.string({
  summary: 'Value of a variable of the plan files; may be repeated.',
  helpValue: 'NAME=VALUE',
  multiple: true,
  multipleNonGreedy: true,
});

/** What a plan says of who may vouch can't know by which command it is shown: both names are understood by all of them. */
const attesting = (summary: string) =>
  Flags.string({ summary, helpValue: 'WHO', aliases: ['attest', 'attest-offline'] });

export const attestFlag = attesting(
  'Who attests that the hosts have let go of what is unexported or copied in full, and of LUN numbers freed before.',
);
export const attestOverwriteFlag = attesting('Who has seen to it that no host uses what is overwritten.');
export const attestSourceFlag = attesting(
  'Where snapshots are full copies: who has seen to it that no host uses what one is taken of.',
);

export const whyFlag = Flags.string({ summary: 'The reason: others see it.', helpValue: 'TEXT' });

export function reasonInput({ why }: { readonly why?: string | undefined }): { why?: string } {
  return why === undefined ? {} : { why };
}

export const waitIdleFlag = durationFlag({
  flag: 'wait-idle',
  summary: 'Wait for hosts to log out of what is unexported; fails after so long without a logout.',
  helpValue: 'DURATION',
});

export function waitIdleInput(flags: { readonly 'wait-idle'?: number | undefined }): { waitIdleMs?: number } {
  const waitIdleMs = flags['wait-idle'];
  return waitIdleMs === undefined ? {} : { waitIdleMs };
}

export const pendingFlag = Flags.boolean({
  summary: 'What others saved on a fabric and did not enable was reviewed: it may go into effect with our zones.',
  default: false,
});

export const removePathsFlag = Flags.boolean({
  summary: 'The hosts use the new paths: take away those that are replaced. Adds none.',
  default: false,
});

export function pendingInput(flags: { readonly 'activate-pending': boolean }): { activatePending?: true } {
  return flags['activate-pending'] ? { activatePending: true } : {};
}

const REFRESH = {
  summary:
    'Look at devices: full = now; none = take what was kept by the last apply or discover; auto = look unless that is fresh.',
  options: ['auto', 'none', 'full'] as const,
};

/** `full` unless somebody says otherwise: a plan sees what was changed on a device by hand. */
export const refreshFlag = Flags.option({ ...REFRESH, default: 'full' })();

/** For what is asked right after devices were looked at. */
export const kindlyRefreshFlag = Flags.option({ ...REFRESH, default: 'auto' })();

const addressFlag = (summary: string) =>
  Flags.string({ summary, helpValue: 'ADDRESS', multiple: true, multipleNonGreedy: true });

/** Which part to plan, apply or look at. */
export const partFlags = {
  target: addressFlag('Only this and what it needs; * is any text; may be repeated.'),
  exclude: addressFlag('Not this, nor what needs it; * is any text; may be repeated.'),
};

/** The same for what is only looked at: nothing comes along. */
export const seenPartFlags = {
  target: addressFlag('Only this; * is any text; may be repeated.'),
  exclude: addressFlag('Not this; * is any text; may be repeated.'),
};

export interface PartFlags {
  readonly target?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

export function partInput({ target = [], exclude = [] }: PartFlags): { targets?: string[]; excludes?: string[] } {
  return {
    ...(target.length === 0 ? {} : { targets: [...target] }),
    ...(exclude.length === 0 ? {} : { excludes: [...exclude] }),
  };
}

/** The same flags again, for the command line that goes on. */
export function partWords({ target = [], exclude = [] }: PartFlags): string[] {
  return [...target.flatMap((each) => ['--target', each]), ...exclude.flatMap((each) => ['--exclude', each])];
}

export const detailFlag = Flags.option({
  summary: 'How much of the plan to print.',
  options: ['summary', 'changes', 'full'] as const,
  default: 'changes',
})();

export const dryRunFlag = Flags.boolean({ summary: 'Only show the plan.', default: false });

/** For commands that work for a while. */
export const liveFlag = {
  tui: Flags.boolean({
    summary: 'Draw progress in one place of the terminal; the default for people, --no-tui prints lines instead.',
    allowNo: true,
  }),
};

/** What may be said in advance instead of being asked. */
export const approvalFlags = {
  yes: Flags.boolean({
    char: 'y',
    summary: "Don't ask. Never confirms removals.",
    default: false,
  }),
  'confirm-destroy': Flags.integer({
    summary: 'Confirms removals: the exact number of volumes that the plan removes.',
    helpValue: 'N',
    min: 0,
  }),
  'claim-wait': durationFlag({
    flag: 'claim-wait',
    summary: 'How long to wait for resources that another process has claimed.',
    helpValue: 'DURATION',
    default: LIMITS.claimWaitDefaultMs,
    defaultHelp: async () => `${LIMITS.claimWaitDefaultMs / 1_000}s`,
  }),
  parallel: Flags.integer({
    summary: 'How many resources are worked on at once.',
    helpValue: 'N',
    min: 1,
    max: LIMITS.unitsInFlightCeiling,
    default: LIMITS.unitsInFlightMax,
  }),
  'device-limit': Flags.integer({
    summary: 'How many calls run on one device at once; never more than its driver allows.',
    helpValue: 'N',
    min: 1,
  }),
  'on-error': Flags.option({
    summary: 'What failed is undone; or kept, and all stops; or kept, and the rest is done.',
    options: ['rollback', 'suspend', 'continue'] as const,
    default: 'rollback',
  })(),
  atomic: Flags.boolean({
    summary: 'All or nothing: when one fails, all are undone.',
    default: false,
  }),
  detail: detailFlag,
  ...liveFlag,
  'dry-run': dryRunFlag,
};

/** `name=value` pairs; the last one of a name wins. */
export function parsePairs(pairs: readonly string[], flag: string): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) usageError(`--${flag}: ${JSON.stringify(pair)} has no value`, `write --${flag} NAME=VALUE`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** JSON where it is JSON (`port=5989`, `pools=["fast"]`), else text. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A text that may be given several times, each with its flag. */
export const severalFlag = (summary: string, helpValue: string, exclusive: string[] = []) =>
  Flags.string({
    summary: `${summary}; may be repeated.`,
    helpValue,
    multiple: true,
    multipleNonGreedy: true,
    ...(exclusive.length === 0 ? {} : { exclusive }),
  });
