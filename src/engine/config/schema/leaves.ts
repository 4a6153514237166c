/**
 * Schemas of the small things in plan files: names, references, sizes, percentages. Each checks text, says what is wrong in
 * people's words, and gives the value that the engine works with. Input forms are what editors see in the JSON Schema.
 */
import { z } from 'zod';
import type { DiagnosticCode } from '../../../lib/diagnostic-codes.ts';
import { parseEndpoint } from '../../../lib/endpoint.ts';
import { GLOB_CHARACTERS, isGlob } from '../../../lib/glob.ts';
import { readFingerprint } from '../../../lib/host-key.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { normaliseWwpn } from '../../../lib/wwpn.ts';
import { foldName, NAME_PATTERN } from '../../model/address.ts';
import { CREDENTIAL_FORMS, parseCredential } from '../../model/credential.ts';
import { normaliseIp } from '../../model/ip.ts';
import { parseSize, SIZE_UNITS } from '../../model/size.ts';
import { shown } from '../complaints.ts';
import { normaliseIqn, parseSubnet } from '../networks.ts';
import { expandName } from '../ranges.ts';

/** What a schema says in its own words; issues.ts adds whose it is and where it stands. */
export interface SchemaComplaint {
  readonly code: DiagnosticCode;
  readonly summary: string;
  readonly detail?: string;
  readonly fix?: string;
}

interface IssueSink {
  addIssue(issue: {
    code: 'custom';
    message: string;
    params: { complaint: SchemaComplaint };
    path?: (string | number)[];
    input?: unknown;
  }): void;
}

export function complain(sink: IssueSink, complaint: SchemaComplaint, path: (string | number)[] = []): void {
  sink.addIssue({ code: 'custom', message: complaint.summary, params: { complaint }, path });
}

/** Text that becomes `T`, or a complaint. */
function text<T>(json: { pattern?: string; description: string }, parse: (input: string) => T | SchemaComplaint) {
  return z
    .string()
    .meta(json)
    .transform((input, ctx): T => {
      const result = parse(input);
      if (!isComplaint(result)) return result;
      complain(ctx, result);
      return z.NEVER;
    });
}

function isComplaint(value: unknown): value is SchemaComplaint {
  return typeof value === 'object' && value !== null && 'summary' in value && 'code' in value;
}

/** In names and references; variables are replaced before the check. */
const NAME_PART = String.raw`(?:[A-Za-z0-9_.-]|\$\{[^{}]+\})`;
export const NAME_JSON_PATTERN = `^${NAME_PART}+$`;
const RANGE_END = String.raw`(?:[0-9]+|\$\{[^{}]+\})`;
export const NAME_OR_RANGE_JSON_PATTERN = `^(?:${NAME_PART}|\\{${RANGE_END}\\.\\.${RANGE_END}\\})+$`;

const wrong = (summary: string, fix?: string): SchemaComplaint => ({
  code: 'COPRHD-CONFIG-004',
  summary,
  ...(fix === undefined ? {} : { fix }),
});

/** A name by which one thing is meant: of a stack, or of what a field refers to. */
export const oneName = text<string>({ pattern: NAME_JSON_PATTERN, description: 'A name.' }, (input) => {
  if (NAME_PATTERN.test(input)) return input;
  const expansion = expandName(input);
  const code = 'COPRHD-CONFIG-007';
  if (!expansion.ok) return { code, summary: expansion.summary, fix: expansion.fix };
  return { code, summary: `one name is wanted here, and ${shown(input)} stands for ${expansion.names.length}` };
});

/** A name out of a list, with the index at which it is written (ranges stand for several), or a pattern. */
export interface Listed {
  readonly name: string;
  readonly from: number;
  readonly match?: string;
}

/** Names by a pattern; what it stands for is found when all files are read (matches.ts). */
export const pattern = text<string>(
  {
    pattern: String.raw`^(?:[A-Za-z0-9_.*?-]|\$\{[^{}]+\})+$`,
    description: 'Names by a pattern: "data-*". It stands for what this stack declares.',
  },
  (input) => {
    if (!GLOB_CHARACTERS.test(input) || input.length > LIMITS.nameLengthMax) {
      return wrong(`${shown(input)} is not a pattern`, 'A pattern has the characters of names, * and ?: "data-*".');
    }
    return isGlob(input) ? input : wrong(`"${input}" is a name, not a pattern`, 'Write the name alone, or add a *.');
  },
);

export const nameOrRange = text<string[]>(
  { pattern: NAME_OR_RANGE_JSON_PATTERN, description: 'A name or a range of names.' },
  (input) => {
    const expansion = expandName(input);
    if (expansion.ok) return expansion.names.map(({ name }) => name);
    return { code: 'COPRHD-CONFIG-007', summary: expansion.summary, fix: expansion.fix };
  },
);

const nameRangeOrMatch = z.union([nameOrRange, z.strictObject({ match: pattern })]);

/** Names of other resources; ranges are expanded, nothing may be named twice. */
export const nameList = z.array(nameRangeOrMatch).transform(listedOnce);

/** The same of what no pattern can mean: what is declared elsewhere. */
export const plainNameList = z.array(nameOrRange).transform(listedOnce);

function listedOnce(
  entries: readonly (string[] | { readonly match: string })[],
  ctx: z.RefinementCtx,
): readonly Listed[] {
  const list: Listed[] = [];
  const seen = new Set<string>();
  entries.forEach((entry, from) => {
    if (!Array.isArray(entry)) {
      list.push({ name: '', from, match: entry.match });
      return;
    }
    const twice = entry.find((name) => seen.has(foldName(name)));
    if (twice !== undefined) complain(ctx, wrong(`"${twice}" is in the list twice`, 'Remove one.'), [from]);
    for (const name of entry) {
      seen.add(foldName(name));
      list.push({ name, from });
    }
  });
  return list;
}

export const size = text<number>(
  {
    pattern: String.raw`^(?:\s*[0-9]+(?:\.[0-9]+)?\s*(?:B|KiB|MiB|GiB|TiB|PiB)\s*|.*\$\{.+)$`,
    description: 'A size: 100GiB.',
  },
  (input) => {
    const parsed = parseSize(input);
    if (parsed.ok) return parsed.bytes;
    const units = `Units are ${SIZE_UNITS.join(', ')}.`;
    if (parsed.reason === 'decimal-unit') {
      return {
        code: 'COPRHD-CONFIG-011',
        summary: `${shown(input)} has a decimal unit`,
        detail: 'Sizes are binary, as arrays count; a TB would be taken for a TiB by some and not by others.',
        fix: `Write "${parsed.suggestion}". ${units}`,
      };
    }
    const why = {
      malformed: 'is not a size',
      'not-whole-bytes': 'is not a whole number of bytes',
      'too-large': 'is too large',
      zero: 'is no size for a volume',
    }[parsed.reason];
    return wrong(`${shown(input)} ${why}`, `Write a number and a unit, such as 100GiB. ${units}`);
  },
);

/** `80%` to 0.8. */
export const percentage = text<number>(
  { pattern: String.raw`^(?:[0-9]+(?:\.[0-9]+)?%|.*\$\{.+)$`, description: 'A percentage: 80%.' },
  (input) => {
    const match = /^(\d+(?:\.\d+)?)\s*%$/.exec(input.trim());
    const fraction = match ? Number(match[1]) / 100 : 0;
    return fraction > 0
      ? fraction
      : wrong(`${shown(input)} is not a percentage`, 'Write it with the sign, such as 80%.');
  },
);

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `15m` to milliseconds. */
export const duration = text<number>(
  { pattern: String.raw`^(?:[0-9]+[smhd]|.*\$\{.+)$`, description: 'A time: 15m.' },
  (input) => {
    const match = /^(\d{1,9})\s*([smhd])$/.exec(input.trim());
    const count = Number(match?.[1]);
    if (match && count > 0) return count * UNITS_MS[match[2] as keyof typeof UNITS_MS];
    return wrong(`${shown(input)} is not a time`, 'Write a number and s, m, h or d, such as 15m.');
  },
);

/** `02:00` to milliseconds after midnight. */
export const timeOfDay = text<number>(
  { pattern: String.raw`^(?:[0-2][0-9]:[0-5][0-9]|.*\$\{.+)$`, description: 'A time of day.' },
  (input) => {
    const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(input.trim());
    if (match) return (Number(match[1]) * 60 + Number(match[2])) * 60_000;
    return wrong(`${shown(input)} is not a time of day`, 'Write hours and minutes in UTC, such as "02:00".');
  },
);

export const subnet = text<string>({ description: 'A subnet: 10.1.2.0/24 or fd00:1::/64.' }, (input) => {
  const parsed = parseSubnet(input);
  if (parsed.ok) return parsed.subnet;
  if (parsed.suggestion === undefined) {
    return wrong(`${shown(input)} is not a subnet`, 'Write an address and a prefix length, such as 10.1.2.0/24.');
  }
  return wrong(`${shown(input)} is an address in a subnet, not a subnet`, `Write "${parsed.suggestion}".`);
});

export const ipAddress = text<string>({ description: 'An IP address: 10.1.2.3 or fd00::1.' }, (input) => {
  const summary = `"${input}" is not an IP address`;
  return normaliseIp(input) ?? { code: 'COPRHD-CONFIG-004', summary, fix: 'Write 10.1.2.3 or fd00::1.' };
});

export const iqn = text<string>({ description: 'An iSCSI name: iqn., eui. or naa.' }, (input) => {
  const fix = 'The form is iqn.YYYY-MM.reversed-domain:anything, or eui. and 16 hex digits.';
  return normaliseIqn(input) ?? wrong(`${shown(input)} is not an iSCSI name`, fix);
});

export const wwpn = text<string>({ description: 'A Fibre Channel port name.' }, (input) => {
  const fix = 'The form is 16 hex digits, with colons or without: 10:00:00:90:fa:12:34:56.';
  return normaliseWwpn(input) ?? wrong(`${shown(input)} is not a WWPN`, fix);
});

export interface HluChoice {
  readonly first: number;
  /** `10..`: count up over the volumes of the entry. */
  readonly counting: boolean;
}

export const hlu = z
  .union([
    z.int().meta({ minimum: 0, maximum: LIMITS.hluMax }),
    z.string().meta({ pattern: String.raw`^(?:[0-9]+(?:\.\.)?|.*\$\{.+)$` }),
  ])
  .meta({ description: 'Host LUN number, or the first of them: "10.." counts up.' })
  .transform((input, ctx): HluChoice => {
    const match = /^(\d{1,9})(\.\.)?$/.exec(String(input));
    const first = Number(match?.[1]);
    const fix = `Write a number from 1 to ${LIMITS.hluMax}, or "10.." to count up from 10; without hlu one is chosen.`;
    if (match && first <= LIMITS.hluMax) return { first, counting: match[2] !== undefined };
    complain(ctx, wrong(`${shown(input)} is not a host LUN number`, fix));
    return z.NEVER;
  });

const CREDENTIAL_FIX =
  'Write env:NAME for an environment variable, file:PATH for a file, or vault:NAME for what coprhd secret set keeps.';

export const NOT_A_CREDENTIAL: SchemaComplaint = {
  code: 'COPRHD-CONFIG-004',
  summary: 'this is not a reference to a secret',
  detail: 'Plan files hold where a secret is, never the secret. If this was one, consider it known and change it.',
  fix: CREDENTIAL_FIX,
};

/** A reference to a secret. What was written is never repeated: it may be the secret. */
export const credential = text<string>(
  {
    pattern: String.raw`^(?:env|file|vault):.+|^agent$|\$\{`,
    description: `Where the secret is: ${CREDENTIAL_FORMS}. Never the secret itself.`,
  },
  (input) => (parseCredential(input) === undefined ? NOT_A_CREDENTIAL : input),
);

/** Where a device is. A password in a URL would be printed and stored. */
export const endpoint = text<string>(
  { description: 'Where the device is: local, ssh://user@host:port or https://host:port.' },
  (input) => {
    if (/\/\/[^/@]*:[^/]*@/.test(input)) {
      return wrong(
        'the endpoint holds a password',
        `Write it without; give the secret by credential: ${CREDENTIAL_FORMS}.`,
      );
    }
    if (parseEndpoint(input) !== undefined) return input;
    return wrong(`${shown(input)} is not an endpoint`, 'Write local, ssh://user@host:port or https://host:port.');
  },
);

/** Of the key that a machine shows; kept as ssh-keygen shows it. */
export const fingerprint = text<string>(
  { description: 'SHA-256 fingerprint of its host key, as `ssh-keygen -l` shows it there: SHA256:...' },
  (input) =>
    readFingerprint(input) ??
    wrong(
      `${shown(input)} is no fingerprint`,
      'Write what `ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub` shows there: SHA256:...',
    ),
);

/** Whether a snapshot wants applications at rest; try: else it is taken all the same. */
export const quiesceWish = z.union([z.boolean(), z.literal('try')]).meta({
  description: 'Bring the applications of its hosts to rest for it: true, or try, where it is taken in any case.',
});

export const sshEndpoint = text<string>({ description: 'ssh://user@host:port' }, (input) => {
  if (parseEndpoint(input)?.type === 'ssh') return input;
  return wrong('this is not a machine that is reached over SSH', 'Write ssh://user@host:port, without a password.');
});

export const tags = z.array(z.string().min(1).max(LIMITS.nameLengthMax)).meta({ description: 'Labels for selecting.' });

/** Pools by `SYSTEM/POOL`, with * and ?. */
/** SYSTEM/POOL with * and ?; none of them = no pools. */
export const someOrNoPools = z.array(
  z.string().superRefine((text, ctx) => {
    if (/^[^/\s]+\/[^/\s]+$/.test(text)) return;
    const summary = `${shown(text)} names no pools`;
    complain(ctx, {
      code: 'COPRHD-CONFIG-004',
      summary,
      fix: 'Write SYSTEM/POOL: array-1/fast, array-1/*, */ssd-*.',
    });
  }),
);
export const poolPatterns = someOrNoPools.min(1);

export const quotaSize = size.meta({
  description: 'What may be provisioned in all: 50TiB. What is written of it makes no difference.',
});

export const utilisation = percentage.superRefine((fraction, ctx) => {
  if (fraction <= 1) return;
  const summary = 'a pool can not be filled by more than 100%';
  complain(ctx, { code: 'COPRHD-CONFIG-004', summary, fix: 'Thin provisioning beyond 100% is limits.subscription.' });
});

const VSAN_MAX = 4_093;
export const vsan = z.int().min(1).max(VSAN_MAX).meta({ description: 'Number of a VSAN.' });

/** Order and repetition mean nothing, and make no difference. */
export const sortedSet = (values: readonly string[]): string[] => [...new Set(values)].sort();
