/**
 * What a caller with bounds may ask (tenancy/bounds.ts), and what of the answer is shown: the check is here, before and after
 * the operation, so that none of them has to know of it. What isn't named here is not asked by somebody of a tenant.
 */
import { fail, OperationError } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { COLLECTIONS } from '../config/schema/document.ts';
import { foldName } from '../model/address.ts';
import type { ResourceRecord } from '../model/record.ts';
import { kindOfUrn, type Urn } from '../model/urn.ts';
import type { RecordIndex } from '../state/record-index.ts';
import {
  type Bounds,
  type BoundsReader,
  isAdmin,
  isOfTenant,
  mayBackUp,
  mayChange,
  mayFill,
  mayMake,
  maySee,
} from '../tenancy/bounds.ts';
import type { Task } from '../workflow/tasks.ts';
import type { MoveCandidate } from './candidate-types.ts';
import type { Engine } from './engine.ts';
import { withoutForeign } from './foreign-names.ts';
import { ownersOf, sumOf } from './reclaim-sums.ts';
import type { ReclaimItem } from './reclaim-types.ts';
import { currentIndex } from './record-finding.ts';
import { TASKS_LISTED } from './tasks.ts';
import type { InputOf, OperationName, ResultOf } from './types.ts';

interface Asking {
  readonly bounds: Bounds;
  readonly index: RecordIndex;
  readonly reader: BoundsReader;
}

type Run<N extends OperationName> = (input: InputOf<N>) => Promise<ResultOf<N>>;
type Guard<N extends OperationName> = (asking: Asking, input: InputOf<N>, run: Run<N>) => Promise<ResultOf<N>>;

/** Plans that were made for somebody with bounds, and for whom: no other plan is applied for him. */
const madeFor = new WeakMap<object, Bounds>();

function forbid(summary: string, fix = 'ask an administrator of the tenant'): never {
  return fail('error', { code: 'COPRHD-ACCESS-001', summary, fix });
}

/** As if it weren't there: of what is another's nobody hears. */
function absent(what: string, code: 'COPRHD-STATE-005' | 'COPRHD-TASK-001' = 'COPRHD-STATE-005'): never {
  return fail('error', { code, summary: `there is no ${what}`, fix: 'look up its id' });
}

const noTask = (task: string): never => absent(`task ${task}`, 'COPRHD-TASK-001');

const sees = ({ bounds, reader }: Asking, record: ResourceRecord): boolean => maySee(bounds, record, reader);

function mine(asking: Asking, address: string): ResourceRecord {
  const record = kindOfUrn(address) === undefined ? undefined : asking.index.get(address as Urn)?.record;
  return record && sees(asking, record) ? record : absent(address);
}

function mayBeChanged(asking: Asking, address: string, set: Readonly<Record<string, unknown>> = {}): void {
  const { bounds, reader } = asking;
  const record = mine(asking, address);
  if (record.kind === 'snapshot' && mayBackUp(bounds, record, reader)) return;
  const limits = record.kind === 'project' && LIMITS_OF_PROJECTS.some((field) => Object.hasOwn(set, field));
  // Whose project it is would else give himself more.
  if (mayChange(bounds, record, reader) && (!limits || isAdmin(bounds))) return;
  forbid(`${bounds.user} may not change ${record.kind} ${record.name}`);
}

/** Whoever backs up takes snapshots; what a volume holds is for those to change who may change it. */
function mayBeCopied(asking: Asking, of: string, full: boolean): void {
  const { bounds, reader } = asking;
  const record = mine(asking, of);
  if ((full ? mayChange : mayBackUp)(bounds, record, reader)) return;
  forbid(`${bounds.user} may not copy ${record.kind} ${record.name}`);
}

function mayBeOverwritten(asking: Asking, address: string): void {
  const { bounds, reader } = asking;
  const record = mine(asking, address);
  if (mayChange(bounds, record, reader)) return;
  forbid(`${bounds.user} may not change what ${record.kind} ${record.name} is a copy of`);
}

type Copying = 'snapshot.take' | 'copy.make' | 'copy.invoke';

const LIMITS_OF_PROJECTS = ['quota', 'volumesPerSystem'] as const;

const FIXED_FIELDS = ['tenant', 'placement', 'existing', 'quiesce'] as const;

/** `quiesce.freeze` is a part of `quiesce`. */
const touches = (fields: Readonly<Record<string, unknown>> = {}, field: string): boolean =>
  Object.keys(fields).some((key) => key === field || key.startsWith(`${field}.`));

type Creation = InputOf<'resource.create'>;
type Body = Readonly<Record<string, unknown>>;

function mayBeMade(asking: Asking, { kind, project, resources }: Creation): void {
  const bodies = Object.values(resources) as Body[];
  const { declaredIn } = COLLECTIONS.find((each) => each.kind === kind)!;
  if (declaredIn === 'stack') mayBeMadeIn(asking, project ?? '', kind, bodies);
  else mayBeMadeInTenant(asking, kind, bodies);
}

function mayBeMadeIn(asking: Asking, name: string, kind: string, bodies: readonly Body[]): void {
  const { bounds, index, reader } = asking;
  const project = index.named('project', name).find(({ record }) => isName(record.name, name))?.record;
  if (!project || !sees(asking, project)) absent(`project ${name}`);
  else if (!mayFill(bounds, project, reader)) forbid(`${bounds.user} may not make a ${kind} in project ${name}`);
  if (bodies.some((body) => body?.placement !== undefined)) forbid('only administrators choose pools by name');
}

function mayBeMadeInTenant({ bounds, index }: Asking, kind: string, bodies: readonly Body[]): void {
  const isOfTenants = kind === 'host' || kind === 'cluster' || kind === 'project';
  if (!isOfTenants || !mayMake(bounds, kind)) forbid(`${bounds.user} may not make a ${kind}`);
  // It is run there, with what coprhd logs in as.
  if (bodies.some((body) => body?.quiesce !== undefined))
    forbid('only administrators of the installation say what is run on a host', 'ask one to declare its `quiesce`');
  const home = index.get(bounds.tenant)?.record.name;
  if (!bodies.every((body) => isName(String(body?.tenant ?? ''), home)))
    forbid(`${bounds.user} makes a ${kind} only in tenant ${home}`);
}

const isName = (name: string, wanted: string | undefined): boolean =>
  wanted !== undefined && foldName(name) === foldName(wanted);

/** A task of something that isn't recorded any more, or never was, is shown to who asked for it. */
function seesTask(asking: Asking, { resource, actor }: Task): boolean {
  const { bounds, index, reader } = asking;
  if (bounds.monitors) return true;
  const found = index.get(resource.urn)?.record;
  if (!found) return actor.type === 'user' && isName(actor.name, bounds.user);
  return sees(asking, found) && isOfTenant(bounds, found, reader);
}

/** Plans by name are handed out to be applied by the same caller. */
async function planned<N extends 'resource.create' | 'resource.change' | 'resource.remove' | Copying>(
  { bounds }: Asking,
  input: InputOf<N>,
  run: Run<N>,
): Promise<ResultOf<N>> {
  const result = await run(input);
  if (result.plan) madeFor.set(result.plan, bounds);
  return result;
}

const ofTask =
  <N extends 'task.watch' | 'task.resume' | 'task.rollback' | 'task.suspend' | 'task.cancel'>(changes: boolean) =>
  (show: (task: string) => Promise<Task | undefined>) =>
  async (asking: Asking, input: InputOf<N>, run: Run<N>): Promise<ResultOf<N>> => {
    const task = await show(input.task);
    if (!task || !seesTask(asking, task)) return noTask(input.task);
    if (changes) mayBeChanged(asking, task.resource.urn);
    return run(input);
  };

function projectSeen(asking: Asking, text: string): void {
  const { index } = asking;
  const name = text.startsWith('project.') ? text.slice('project.'.length) : text;
  const byUrn = kindOfUrn(text) === 'project' ? index.get(text as Urn)?.record : undefined;
  const named = index.named('project', name).flatMap(({ record }) => (isName(record.name, name) ? [record] : []));
  if (![...(byUrn ? [byUrn] : []), ...named].some((each) => sees(asking, each))) absent(`project ${text}`);
}

/** Whose an orphan is its mark alone says: that is for those who see all. */
function ownItem(asking: Asking, item: ReclaimItem): ReclaimItem[] {
  const { bounds, index, reader } = asking;
  const record = (urn: string) => index.get(urn as Urn)?.record;
  const own = record(item.urn);
  if (item.reasons.some(({ reason }) => reason === 'orphan') || !own) return [];
  if (!sees(asking, own) || !isOfTenant(bounds, own, reader)) return [];
  const neededBy = item.neededBy.filter(({ urn }) => {
    const other = record(urn);
    return other !== undefined && sees(asking, other);
  });
  return [{ ...item, neededBy }];
}

/** What somebody with bounds may also ask for by its name, and not through resources: it is known here what of it is his. */
export const REPORTS_WITHIN_BOUNDS: ReadonlySet<OperationName> = new Set(['reclaim.report']);

type Guards = { readonly [N in OperationName]?: Guard<N> };

const guardsFor = (show: (task: string) => Promise<Task | undefined>): Guards => ({
  'record.find': async (asking, input, run) => {
    const { names, ...result } = await run(input);
    const shown = Object.entries(names).filter(([urn]) => {
      const found = asking.index.get(urn as Urn);
      return found !== undefined && sees(asking, found.record);
    });
    const records = result.records.filter(({ record }) => sees(asking, record));
    return { ...result, records, names: Object.fromEntries(shown) };
  },
  // Of pools: what the capacity of a virtual pool is summed up from.
  'pool.list': (_asking, input, run) => run(input),
  'reclaim.report': async (asking, input, run) => {
    if (input.project !== undefined) projectSeen(asking, input.project);
    const { items: all, ...result } = await run(input);
    const items = all.flatMap((item) => ownItem(asking, item));
    return { ...result, items, owners: ownersOf(items), total: sumOf(items) };
  },
  'resource.create': (asking, input, run) => {
    mayBeMade(asking, input);
    return planned(asking, input, run);
  },
  'resource.change': (asking, input, run) => {
    for (const address of input.addresses) mayBeChanged(asking, address, input.set);
    const { set, add, remove } = input;
    const fixed = FIXED_FIELDS.find((field) => [set, add, remove].some((fields) => touches(fields, field)));
    if (fixed !== undefined) return forbid(`${asking.bounds.user} may not change the ${fixed}`);
    return planned(asking, input, run);
  },
  'resource.tag': (asking, input, run) => {
    for (const address of input.addresses) mayBeChanged(asking, address);
    return run(input);
  },
  'resource.remove': (asking, input, run) => {
    for (const address of input.addresses) mayBeChanged(asking, address);
    return planned(asking, input, run);
  },
  'volume.candidates': async (asking, input, run) => {
    for (const address of input.addresses) mine(asking, address);
    const result = await run(input);
    // What it is on, and what else there is, is for those who run it.
    const shown = ({ why, ...rest }: MoveCandidate) => (why === undefined ? rest : { ...rest, why: 'not where it is' });
    const volumes = result.volumes.map((volume) => ({
      ...volume,
      virtualPools: volume.virtualPools.map(shown),
      virtualArrays: volume.virtualArrays.map(shown),
    }));
    return { ...result, volumes };
  },
  'snapshot.take': (asking, input, run) => {
    mayBeCopied(asking, input.of, false);
    return planned(asking, input, run);
  },
  'copy.make': (asking, input, run) => {
    mayBeCopied(asking, input.of, true);
    return planned(asking, input, run);
  },
  'copy.states': (asking, input, run) => {
    if (input.urns === undefined) return forbid(`${asking.bounds.user} names the copies that he asks about`);
    for (const urn of input.urns) mine(asking, urn);
    return run(input);
  },
  'copy.invoke': (asking, input, run) => {
    for (const address of input.addresses) mayBeOverwritten(asking, address);
    return planned(asking, input, run);
  },
  apply: (asking, input, run) => {
    const whose = input.plan && madeFor.get(input.plan);
    if (whose?.user !== asking.bounds.user || whose.tenant !== asking.bounds.tenant)
      return forbid(`${asking.bounds.user} may not apply plans`);
    return run(input);
  },
  'task.list': async (asking, input, run) => {
    const { limit = TASKS_LISTED } = input;
    // What is his is known only of all of them: as many as anybody may ask for.
    const result = await run({ ...input, limit: LIMITS.rangePageMax });
    const tasks = result.tasks.filter((task) => seesTask(asking, task));
    if (input.workflow !== undefined && tasks.length === 0) return noTask(input.workflow);
    const shown = tasks.slice(0, limit);
    return { ...result, tasks: shown, more: tasks.length - shown.length };
  },
  'task.show': async (asking, input, run) => {
    const result = await run(input);
    return result.task && seesTask(asking, result.task) ? result : noTask(input.task);
  },
  'user.password': (asking, input, run) =>
    input.onlyCheck && input.name === asking.bounds.user ? run(input) : forbid('passwords are changed at /password'),
  'task.settle': (asking, input, run) => {
    // Others were asked about each resource on the way here: who sees it is not always who may change it.
    const urns = asking.bounds.monitors ? input.resources.flatMap(({ urn }) => urn ?? []) : [];
    for (const urn of urns) if (asking.index.get(urn as Urn)) mayBeChanged(asking, urn);
    return run(input);
  },
  'task.watch': ofTask<'task.watch'>(false)(show),
  'task.resume': ofTask<'task.resume'>(true)(show),
  'task.rollback': ofTask<'task.rollback'>(true)(show),
});

/** Only the ones named above. */
type Ask = <N extends OperationName>(name: N, input: InputOf<N>) => Promise<ResultOf<N>>;

/** `ask` asks the operations as if there were no bounds. Rejects as they do, and with COPRHD-ACCESS-001. */
export async function askBounded<N extends OperationName>(
  engine: Engine,
  bounds: Bounds,
  { name, input, ask }: { readonly name: N; readonly input: InputOf<N>; readonly ask: Ask },
): Promise<ResultOf<N>> {
  const index = await currentIndex(engine);
  const uses: BoundsReader['uses'] = (tenant, list, urn) =>
    index.under('member', tenant).some(({ record: { spec } }) => spec.list === list && spec.member === urn);
  const asking = { bounds, index, reader: { get: (urn: Urn) => index.get(urn)?.record, uses } };
  const guards = guardsFor(async (task) => (await ask('task.show', { task })).task);
  const guard = guards[name] as Guard<N> | undefined;
  if (!guard) return forbid(`${name} is not for users of a tenant`);
  const cleaned = (diagnostics: OperationError['diagnostics']) =>
    withoutForeign(diagnostics, index, (record) => sees(asking, record), input);
  try {
    const result = await guard(asking, input, (given) => ask(name, given));
    return 'diagnostics' in result ? { ...result, diagnostics: cleaned(result.diagnostics) } : result;
  } catch (error) {
    if (error instanceof OperationError) throw new OperationError(error.outcome, cleaned(error.diagnostics));
    throw error;
  }
}
