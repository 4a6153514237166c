/**
 * From what zod finds to what people read: each issue becomes a complaint with the place in the document, what is allowed
 * there and the nearest right name. No value of a credential is ever repeated (the leaf schemas see to that).
 */
import type { z } from 'zod';
import { type Complaint, didYouMean, listed, type Path, shown, withFix } from './complaints.ts';
import { keysAt } from './schema/keys.ts';
import { NOT_A_CREDENTIAL, type SchemaComplaint } from './schema/leaves.ts';
import { isNotBuiltYet, VALUES_NOT_BUILT_YET, VERBS } from './words.ts';

/** A complaint at a path of what was checked; `on` says whether its key or its value is to be pointed at. */
export interface Finding {
  readonly path: Path;
  readonly on: 'key' | 'value';
  readonly complaint: Omit<Complaint, 'span'>;
}

export interface Checked {
  readonly schema: z.ZodType;
  readonly value: unknown;
  /** For words.ts: `document` or a kind. */
  readonly place: string;
  /** `volume.data-01`, `this document`. */
  readonly what: string;
  /** Keys that are right elsewhere: what to say instead of "unknown key". */
  readonly unknownKey?: (key: string, path: Path) => Omit<Complaint, 'span'> | undefined;
}

type Issue = z.core.$ZodIssue;

export function explainIssues(issues: readonly Issue[], checked: Checked): Finding[] {
  return issues.flatMap((issue) => explain(issue, issue.path as Path, checked));
}

function explain(issue: Issue, path: Path, checked: Checked): Finding[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, checked));
    case 'invalid_union': {
      const fitting = issue.errors.find(
        (errors) => !errors.some((e) => e.code === 'invalid_type' && e.path.length === 0),
      );
      if (fitting === undefined) return [wrongType(typesOf(issue.errors), path, checked)];
      return fitting.flatMap((inner) => explain(inner, [...path, ...(inner.path as Path)], checked));
    }
    case 'invalid_type':
      return [wrongType(TYPE_WORDS[issue.expected] ?? issue.expected, path, checked)];
    case 'invalid_value':
      return [wrongValue(issue.values.map(String), path, checked)];
    case 'custom': {
      const complaint = issue.params?.complaint as SchemaComplaint | undefined;
      return [valueFinding(path, checked, complaint ?? { code: 'COPRHD-CONFIG-004', summary: issue.message })];
    }
    case 'too_small':
    case 'too_big':
      return [outOfBounds(issue, path, checked)];
    default:
      return [valueFinding(path, checked, { code: 'COPRHD-CONFIG-004', summary: issue.message })];
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
};

/** `text or a map`: what the forms of a union begin with. */
function typesOf(forms: readonly (readonly Issue[])[]): string {
  const words = forms.flatMap((errors) =>
    errors.flatMap((e) =>
      e.code === 'invalid_type' && e.path.length === 0 ? [TYPE_WORDS[e.expected] ?? e.expected] : [],
    ),
  );
  return [...new Set(words)].join(' or ');
}

function isMatch(value: unknown): boolean {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, 'match');
}

/** What a missing or mistyped key should look like; a key with its place where it means different things. */
const EXAMPLES: Readonly<Record<string, string>> = {
  size: '100GiB',
  virtualPool: 'NAME-OF-A-VIRTUAL-POOL',
  virtualArray: 'NAME-OF-A-VIRTUAL-ARRAY',
  virtualArrays: '[NAME-OF-A-VIRTUAL-ARRAY]',
  volumes: '[NAME-OF-A-VOLUME]',
  volume: 'NAME-OF-A-VOLUME',
  hosts: '[NAME-OF-A-HOST]',
  network: 'NAME-OF-A-NETWORK',
  protocols: '[iscsi] or [fc]',
  transport: 'ip or fc',
  'virtualPool.type': 'block',
  'host.type': 'linux',
  driver: 'NAME-OF-A-DRIVER',
  stack: 'NAME',
  project: 'NAME-OF-A-PROJECT',
  utilisation: '80%',
  subscription: '250%',
  address: 'volume.NAME',
  system: 'NAME-OF-A-STORAGE-SYSTEM',
  nativeId: 'what the storage system calls it',
};

function valueAt(value: unknown, path: Path): unknown {
  let inner = value;
  for (const part of path) {
    if (inner === null || typeof inner !== 'object' || !Object.hasOwn(inner, part)) return undefined;
    inner = (inner as Record<string | number, unknown>)[part];
  }
  return inner;
}

/** `paths.min`, `volumes[2].hlu`. */
function keyText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** For words.ts: `export.volumes[]`. */
function placeOf(place: string, path: Path): string {
  return path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[]` : `${text}.${part}`), place);
}

function valueFinding(path: Path, { what }: Checked, complaint: SchemaComplaint): Finding {
  const where = path.length === 0 ? what : `${what}, ${keyText(path)}`;
  return {
    path,
    on: path.length === 0 ? 'key' : 'value',
    complaint: { ...complaint, summary: `${where}: ${complaint.summary}` },
  };
}

function exampleOf(path: Path, { place }: Checked): string | undefined {
  if (path.length === 0) return undefined;
  return EXAMPLES[placeOf(place, path)] ?? EXAMPLES[String(path.at(-1))];
}

function missing(path: Path, checked: Checked): Finding {
  const { what } = checked;
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const where = parent.length === 0 ? what : `${what}, ${keyText(parent)}`;
  const example = exampleOf(path, checked);
  return {
    path: parent,
    on: typeof parent.at(-1) === 'number' ? 'value' : 'key',
    complaint: {
      code: 'COPRHD-CONFIG-003',
      summary: `${where}: the key "${key}" is missing`,
      ...withFix(example === undefined ? undefined : `Add it, such as ${key}: ${example}.`),
    },
  };
}

function wrongType(expected: string, path: Path, checked: Checked): Finding {
  const value = valueAt(checked.value, path);
  if (value === undefined && path.length > 0) return missing(path, checked);
  if (isMatch(value)) {
    const summary = `${expected} is wanted, not { match: ... }`;
    const fix = 'A pattern stands in lists of names only; write the name out.';
    return valueFinding(path, checked, { code: 'COPRHD-CONFIG-004', summary, fix });
  }
  if (path.at(-1) === 'credential') return valueFinding(path, checked, NOT_A_CREDENTIAL);
  const summary =
    value === null ? `${expected} is wanted, and nothing is written` : `${expected} is wanted, not ${shown(value)}`;
  return valueFinding(path, checked, {
    code: 'COPRHD-CONFIG-004',
    summary,
    ...withFix(typeFix(expected, value, path, exampleOf(path, checked))),
  });
}

function typeFix(expected: string, value: unknown, path: Path, example: string | undefined): string | undefined {
  const key = String(path.at(-1) ?? '');
  if (expected === 'a list' && typeof value === 'string') return `Write a list: [${JSON.stringify(value)}].`;
  if (example !== undefined) return `Write it as ${key}: ${example}.`;
  if (expected.split(' or ').includes('text') && (typeof value === 'number' || typeof value === 'boolean')) {
    return `Write it in quotes: "${value}".`;
  }
  if (expected === 'true or false') return 'Write true or false, without quotes.';
  return undefined;
}

function wrongValue(allowed: readonly string[], path: Path, checked: Checked): Finding {
  const value = valueAt(checked.value, path);
  if (value === undefined) return missing(path, checked);
  if (typeof value === 'string' && VALUES_NOT_BUILT_YET[placeOf(checked.place, path)]?.includes(value)) {
    const summary = `${shown(value)} is known to the plan language but not built yet`;
    return valueFinding(path, checked, {
      code: 'COPRHD-CONFIG-010',
      summary,
      fix: `Allowed today: ${listed(allowed)}.`,
    });
  }
  const near = typeof value === 'string' ? didYouMean(value, allowed) : undefined;
  return valueFinding(path, checked, {
    code: 'COPRHD-CONFIG-004',
    summary: `${shown(value)} is not allowed`,
    detail: `Allowed: ${listed(allowed)}.`,
    ...withFix(near),
  });
}

function outOfBounds(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>, path: Path, checked: Checked): Finding {
  const value = valueAt(checked.value, path);
  const bound = issue.code === 'too_small' ? issue.minimum : issue.maximum;
  const less = issue.code === 'too_small';
  const summary =
    issue.origin === 'array'
      ? `the list needs at least ${bound} ${Number(bound) === 1 ? 'entry' : 'entries'}`
      : issue.origin === 'string'
        ? `the text must have ${less ? 'at least' : 'at most'} ${bound} character${Number(bound) === 1 ? '' : 's'}`
        : `${shown(value)} is too ${less ? 'small' : 'large'}; ${less ? 'at least' : 'at most'} ${bound} is allowed`;
  return valueFinding(path, checked, { code: 'COPRHD-CONFIG-004', summary });
}

function unknownKey(key: string, path: Path, checked: Checked): Finding {
  const { place, what, schema } = checked;
  const here = [...path, key];
  const finding = (complaint: Omit<Complaint, 'span'>): Finding => ({ path: here, on: 'key', complaint });
  const special = checked.unknownKey?.(key, path);
  if (special) return finding(special);
  const where = path.length === 0 ? what : `${what}, ${keyText(path)}`;
  if (isNotBuiltYet(placeOf(place, path), key)) {
    const summary = `${where}: "${key}" is known to the plan language but not built yet`;
    return finding({ code: 'COPRHD-CONFIG-010', summary, fix: 'Remove it; it would have no effect.' });
  }
  if (path.length === 0 && Object.hasOwn(VERBS, key)) {
    return finding({
      code: 'COPRHD-CONFIG-009',
      summary: `${where}: "${key}" is a verb`,
      detail: 'Plan files hold what shall last; what shall happen once is a command.',
      fix: VERBS[key]!,
    });
  }
  const allowed = keysAt(schema, path);
  return finding({
    code: 'COPRHD-CONFIG-002',
    summary: `${where}: unknown key "${key}"`,
    ...(allowed.length === 0 ? {} : { detail: `Allowed: ${listed(allowed)}.` }),
    ...withFix(didYouMean(key, allowed)),
  });
}
