/**
 * `complete`: names that begin as typed, for the completion of shells. Bounded, from keys alone and each range cut by its
 * prefix, so that it takes as long on a large state as on a small one.
 */
import { foldName } from '../model/address.ts';
import { DEVICE_KINDS, isDeviceKind } from '../model/device-kinds.ts';
import { KIND_NAMES } from '../model/kinds.ts';
import { ZONE } from '../model/unique-names.ts';
import { keys } from '../state/keys.ts';
import type { StateStore } from '../state/store.ts';
import { readOpenTasks } from '../workflow/tasks.ts';
import type { Call } from './engine.ts';
import { isOpen } from './task-finding.ts';
import type { InputOf, ResultOf } from './types.ts';
import { readerOf } from './workflow-env.ts';

/** Open workflows whose plans are read for the addresses of their tasks. */
const WORKFLOWS_READ_MAX = 8;

/** Tenants looked through for addresses. */
const TENANTS_MAX = 20;

interface KeyRange {
  /** Cut off before a key is shown. */
  readonly base: string;
  readonly prefix: string;
}

export async function complete(call: Call, input: InputOf<'complete'>): Promise<ResultOf<'complete'>> {
  const { engine } = call;
  const { what, prefix, limit } = input;
  const typed = foldName(prefix);
  const values = what === 'task' ? await addressesOfTasks(call) : [];
  for (const range of await rangesFor(engine.store, what, typed)) {
    const { items } = await engine.store.range({ prefix: range.prefix, limit, keysOnly: true });
    const rest = items.map(({ key }) => key.slice(range.base.length));
    values.push(...(what === 'address' ? rest.map(toAddress) : rest));
  }
  const fitting = values.filter((value) => foldName(value).startsWith(typed));
  return { outcome: 'ok', diagnostics: [], values: fitting.sort().slice(0, limit) };
}

/** Of what is open. Only so many workflows are looked into; a workflow's id does for all of its tasks. */
async function addressesOfTasks(call: Call): Promise<string[]> {
  const reader = readerOf(call);
  const { items } = await reader.store.range({ prefix: keys.workflows, limit: WORKFLOWS_READ_MAX, keysOnly: true });
  const all = items.map(({ key }) => readOpenTasks(reader, key.slice(keys.workflows.length)));
  const open = (await Promise.all(all)).flatMap((tasks) => tasks ?? []).filter(isOpen);
  return [...new Set(open.map(({ resource }) => resource.address))];
}

async function rangesFor(store: StateStore, what: InputOf<'complete'>['what'], typed: string): Promise<KeyRange[]> {
  if (what === 'task' || what === 'workflow') {
    return [{ base: keys.workflows, prefix: `${keys.workflows}${typed}` }];
  }
  if (what === 'secret') return [{ base: keys.secrets, prefix: `${keys.secrets}${typed}` }];
  if (what === 'device' || isDeviceKind(what)) {
    return (what === 'device' ? DEVICE_KINDS : [what]).map((kind) => {
      const base = keys.uniqueIn(kind, ZONE);
      return { base, prefix: `${base}${typed}` };
    });
  }
  const tenants = keys.recordsOf('tenant');
  const { items } = await store.range({ prefix: tenants, limit: TENANTS_MAX, keysOnly: true });
  return items.flatMap(({ key }) => {
    const base = `${keys.addresses}${key.slice(tenants.length)}/`;
    return addressPrefixes(typed).map((prefix) => ({ base, prefix: `${base}${prefix}` }));
  });
}

/** `stack/kind.name` is `stack/kind/name` in keys, where stacks and names are folded, and kinds are not. */
function addressPrefixes(typed: string): string[] {
  const slash = typed.indexOf('/');
  if (slash < 0) return [typed];
  const [stack, local] = [typed.slice(0, slash), typed.slice(slash + 1)];
  const dot = local.indexOf('.');
  const kinds = KIND_NAMES.filter((kind) =>
    dot < 0 ? foldName(kind).startsWith(local) : foldName(kind) === local.slice(0, dot),
  );
  return kinds.map((kind) => `${stack}/${kind}/${dot < 0 ? '' : local.slice(dot + 1)}`);
}

function toAddress(rest: string): string {
  const [stack = '', kind = '', ...name] = rest.split('/');
  return `${stack}/${kind}.${name.join('/')}`;
}
