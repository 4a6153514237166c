/**
 * What could follow on a command line that is being typed: `coprhd __complete WORD...`, the last word being the one under
 * the cursor. It knows commands and flags from the manifest alone and asks the state for names only where one is wanted.
 * A line each, `value<TAB>what it is`; the line `:files` hands over to the shell's own completion of files. Whatever goes
 * wrong, it says nothing.
 */
import { readFileSync } from 'node:fs';
import type { InputOf } from '../../engine/operations/types.ts';
import type { CliContext } from './context.ts';

const VALUES_MAX = 200;
export const FILES = ':files';
const STATE_DEFAULT = '.coprhd';

export interface ManifestFlag {
  readonly name: string;
  readonly char?: string;
  readonly type: 'boolean' | 'option';
  readonly summary?: string;
  readonly options?: readonly string[];
  readonly helpValue?: string;
  readonly allowNo?: boolean;
  readonly hidden?: boolean;
  readonly multiple?: boolean;
}

export interface ManifestCommand {
  readonly summary?: string;
  readonly hidden?: boolean;
  readonly flags: Readonly<Record<string, ManifestFlag>>;
  readonly args: Readonly<
    Record<string, { readonly name: string; readonly options?: readonly string[]; readonly hidden?: boolean }>
  >;
}

/** By id: `state:list`. */
export type Commands = Readonly<Record<string, ManifestCommand>>;

export interface Candidate {
  readonly value: string;
  readonly what?: string;
}

export type Wanted =
  | { readonly type: 'candidates'; readonly candidates: readonly Candidate[] }
  | { readonly type: 'files' }
  | {
      readonly type: 'names';
      readonly what: InputOf<'complete'>['what'];
      readonly prefix: string;
      readonly orFiles?: boolean;
    };

export async function printCompletions(root: string, typed: readonly string[], context: CliContext): Promise<void> {
  try {
    const text = readFileSync(`${root}/oclif.manifest.json`, 'utf8');
    const { commands } = JSON.parse(text) as { commands: Commands };
    const words = joinValues(typed);
    const lines = await linesFor(wantedAfter(commands, words), words, context);
    if (lines.length > 0) context.stdout.write(`${lines.slice(0, VALUES_MAX).join('\n')}\n`);
  } catch {
    // Nothing is better than a message in the middle of what somebody types.
  }
}

async function linesFor(wanted: Wanted, words: readonly string[], context: CliContext): Promise<string[]> {
  if (wanted.type === 'files') return [FILES];
  if (wanted.type === 'candidates') {
    return wanted.candidates.map(({ value, what }) => (what === undefined ? value : `${value}\t${what}`));
  }
  const client = await context.openClient(stateIn(words, context));
  try {
    const { what, prefix, orFiles = false } = wanted;
    const { values } = await client.call('complete', { what, prefix, limit: VALUES_MAX });
    return values.length === 0 && orFiles ? [FILES] : [...values];
  } finally {
    await client.close();
  }
}

function stateIn(words: readonly string[], { env }: CliContext): string {
  const at = words.indexOf('--state');
  const given = at >= 0 ? words[at + 1] : words.find((word) => word.startsWith('--state='))?.slice('--state='.length);
  return given ?? env.COPRHD_STATE ?? STATE_DEFAULT;
}

/** bash cuts words at `=`: `--detail` `=` `full` is one. */
export function joinValues(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const [index, word] of words.entries()) {
    const before = joined.at(-1);
    const isFlag = before?.startsWith('--') ?? false;
    if (word === '=' && isFlag) joined[joined.length - 1] = `${before}=`;
    else if (isFlag && before!.endsWith('=') && words[index - 1] === '=') joined[joined.length - 1] = before! + word;
    else joined.push(word);
  }
  return joined;
}

/** Pure. The last word is the one being typed; it may be empty. */
export function wantedAfter(commands: Commands, words: readonly string[]): Wanted {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const { id, rest } = commandOf(commands, before);
  const command = commands[id];
  if (command === undefined) return rest.length > 0 ? NOTHING : among(subcommands(commands, id), current);
  if (rest.includes('--')) return argument(id, command, rest, current);
  const equals = current.startsWith('--') ? current.indexOf('=') : -1;
  if (equals > 0) {
    const flag = command.flags[current.slice(2, equals)];
    return flag?.type === 'option' ? flagValue(flag, current.slice(equals + 1)) : NOTHING;
  }
  const open = openFlag(command, rest.at(-1));
  if (open) return flagValue(open, current);
  if (current.startsWith('-')) return among(flagsOf(command, rest), current);
  const nested = among(subcommands(commands, id), current);
  if (rest.length === 0 && nested.type === 'candidates' && nested.candidates.length > 0) return nested;
  return argument(id, command, rest, current);
}

const NOTHING: Wanted = { type: 'candidates', candidates: [] };

const among = (candidates: readonly Candidate[], typed: string): Wanted => ({
  type: 'candidates',
  candidates: candidates.filter(({ value }) => value.startsWith(typed)),
});

/** The longest run of leading words that is a command or the beginning of one. */
function commandOf(commands: Commands, words: readonly string[]): { id: string; rest: readonly string[] } {
  const ids = Object.keys(commands);
  let id = '';
  let count = 0;
  for (const word of words) {
    const longer = id === '' ? word : `${id}:${word}`;
    if (!ids.some((each) => each === longer || each.startsWith(`${longer}:`))) break;
    id = longer;
    count += 1;
  }
  return { id, rest: words.slice(count) };
}

function subcommands(commands: Commands, id: string): Candidate[] {
  const prefix = id === '' ? '' : `${id}:`;
  const found = new Map<string, Candidate>();
  for (const [each, { summary, hidden }] of Object.entries(commands)) {
    if (hidden || !each.startsWith(prefix)) continue;
    const [value = '', ...deeper] = each.slice(prefix.length).split(':');
    if (deeper.length > 0) found.set(value, found.get(value) ?? { value });
    else found.set(value, summary === undefined ? { value } : { value, what: summary });
  }
  return [...found.values()].sort((a, b) => (a.value < b.value ? -1 : 1));
}

function flagsOf(command: ManifestCommand, given: readonly string[]): Candidate[] {
  const used = new Set(given.map((word) => word.replace(/=.*$/s, '')));
  return Object.values(command.flags)
    .filter(({ hidden, name, multiple }) => !hidden && (multiple || !used.has(`--${name}`)))
    .flatMap(({ name, summary, allowNo }) => {
      const what = summary === undefined ? {} : { what: summary };
      return [{ value: `--${name}`, ...what }, ...(allowNo ? [{ value: `--no-${name}`, ...what }] : [])];
    })
    .concat([{ value: '--help', what: 'Show help.' }])
    .sort((a, b) => (a.value < b.value ? -1 : 1));
}

/** The flag whose value comes next. */
function openFlag({ flags }: ManifestCommand, word: string | undefined): ManifestFlag | undefined {
  if (word === undefined || !word.startsWith('-') || word.includes('=')) return undefined;
  const flag = word.startsWith('--')
    ? flags[word.slice(2)]
    : Object.values(flags).find(({ char }) => char === word.slice(1));
  return flag?.type === 'option' ? flag : undefined;
}

const FILE_VALUES = /^(?:FILE|DIR|DIRECTORY|PATH|STATE)$/;

function flagValue(flag: ManifestFlag, typed: string): Wanted {
  if (flag.options) {
    return among(
      flag.options.map((value) => ({ value })),
      typed,
    );
  }
  if (flag.name === 'system' || flag.helpValue === 'SYSTEM')
    return { type: 'names', what: 'storageSystem', prefix: typed };
  if (flag.helpValue?.startsWith('ADDRESS')) return { type: 'names', what: 'address', prefix: typed };
  if (flag.helpValue === 'WORKFLOW') return { type: 'names', what: 'workflow', prefix: typed };
  return FILE_VALUES.test(flag.helpValue ?? '') ? { type: 'files' } : NOTHING;
}

/** Arguments by what they are called, and where `name` is one of several things by the command. */
function argument(id: string, command: ManifestCommand, rest: readonly string[], typed: string): Wanted {
  const all = Object.values(command.args).filter(({ hidden }) => !hidden);
  const arg = all[Math.min(positionals(command, rest), all.length - 1)];
  if (arg === undefined) return NOTHING;
  if (arg.options) {
    return among(
      arg.options.map((value) => ({ value })),
      typed,
    );
  }
  if (arg.name === 'what') return { type: 'names', what: 'address', prefix: typed, orFiles: true };
  if (arg.name === 'address') return { type: 'names', what: 'address', prefix: typed };
  if (arg.name === 'system')
    return { type: 'names', what: id === 'discover' ? 'device' : 'storageSystem', prefix: typed };
  if (arg.name === 'networkSystem') return { type: 'names', what: 'networkSystem', prefix: typed };
  if (arg.name === 'task') return { type: 'names', what: 'task', prefix: typed };
  // What has ended is in no key that begins as typed.
  if (arg.name === 'workflow') return id === 'history' ? NOTHING : { type: 'names', what: 'workflow', prefix: typed };
  if (arg.name === 'path' || arg.name === 'file') return { type: 'files' };
  if (arg.name !== 'name') return NOTHING;
  if (id.startsWith('secret:')) return { type: 'names', what: 'secret', prefix: typed };
  return id === 'device:add' || !id.startsWith('device:') ? NOTHING : { type: 'names', what: 'device', prefix: typed };
}

function positionals(command: ManifestCommand, rest: readonly string[]): number {
  return rest.filter((word, index) => !word.startsWith('-') && !openFlag(command, rest[index - 1])).length;
}
