/** What is asked of snapshots and full copies in more than one place: taken, made, overwritten from, detached. */
import { z } from 'zod';
import type { ResourceRecord } from '../../engine/model/record.ts';
import type { InputOf } from '../../engine/operations/types.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { flag, text, urn, whole } from '../wire/leaves.ts';
import { about, type Changed, change, changed } from './changing.ts';
import { attachedCopies, type Snapshot } from './copy-documents.ts';
import { type Document, task as taskDocument } from './documents.ts';
import { find, inBody, namedRef, PLACES, type Place } from './finding.ts';
import type { Answer, Asked } from './route.ts';

/** As CoprHD has it: what is deactivated is deleted. */
export const POLICY = { protect: false, onRemove: 'delete' } as const;

const ofArray = text.refine((type) => /^(native|none)$/i.test(type), {
  error: 'only copies that the storage system makes itself (NATIVE) are possible',
});
const active = flag.refine((inactive) => !inactive, {
  error: 'true is not possible: a copy is of the moment at which it is made, and is active from then on',
});

export const snapshotCreation = z.strictObject({
  name: text,
  type: ofArray.optional(),
  create_inactive: active.optional(),
  /** Snapshots are read-only, whatever it says. */
  read_only: flag.optional(),
});

export const fullCopyCreation = z.strictObject({
  name: text,
  type: ofArray.optional(),
  count: whole.pipe(z.int().min(1).max(LIMITS.byNameMax)).optional(),
  create_inactive: active.optional(),
  varrayId: urn.optional(),
  vpoolId: urn.optional(),
});

export const tasksAnswer = (task: readonly Document[]): Answer => ({ root: 'tasks', status: 202, body: { task } });
const taskAnswer = (task: Document): Answer => ({ root: 'task', status: 202, body: task });

/** Of a volume or of volumes of a group. One task for each snapshot, also where a set is taken by one call of the device. */
export async function takeSnapshots(
  asked: Asked<unknown>,
  of: ResourceRecord,
  wanted: { readonly name: string; readonly volumes?: readonly string[] },
): Promise<Answer> {
  const made = { name: 'create snapshot', resources: [{ kind: 'snapshot' as const, name: wanted.name }] };
  const input = { ...wanted, of: of.urn, numbered: true, ...POLICY };
  const done = await change(asked, made, () => asked.engine.call('snapshot.take', input));
  return tasksAnswer(oneEach(done, 'snapshot', PLACES.snapshot));
}

/** One task for each that is written, also where several are one unit. */
function oneEach({ documents, plan }: Changed, kind: 'snapshot' | 'volume', place: Place): readonly Document[] {
  const written = (plan?.units ?? []).flatMap(({ urn: unit, writes }) =>
    writes.flatMap(({ urn: id, final }) => (final?.kind === kind ? [{ unit, id, name: final.name }] : [])),
  );
  return documents.flatMap((task) => {
    const own = written.filter(({ unit }) => unit === (task.resource as { id: string }).id);
    const each = own.map(({ id, name }) => ({ ...task, resource: namedRef(place, id, name) }));
    return each.length === 0 ? [task] : each;
  });
}

/** Only of volumes: what is changed with them, too, is nobody's who has asked for these. */
export const tasksOfVolumes = (done: Changed): readonly Document[] =>
  oneEach(done, 'volume', PLACES.volume).filter(({ resource }) =>
    /:Volume:/.test((resource as { readonly id: string }).id),
  );

/** Of a volume, a snapshot, or a group of so many volumes: of one moment. */
export async function makeFullCopies(
  asked: Asked<z.output<typeof fullCopyCreation>>,
  of: ResourceRecord,
  volumes?: number,
): Promise<Answer> {
  const { engine, body } = asked;
  const [varray, vpool] = await Promise.all([
    body.varrayId === undefined ? undefined : inBody(engine, PLACES.varray, 'varrayId', body.varrayId),
    body.vpoolId === undefined ? undefined : inBody(engine, PLACES.vpool, 'vpoolId', body.vpoolId),
  ]);
  const { name, count = 1 } = body;
  const each = (word: string, many: number) => Array.from({ length: many }, (_, index) => `${word}-${index + 1}`);
  const perVolume = volumes === undefined ? [name] : each(name, volumes);
  const names = count === 1 ? perVolume : perVolume.flatMap((one) => each(one, count));
  const input: InputOf<'copy.make'> = {
    ...{ name, of: of.urn, ...(volumes === undefined ? {} : { numbered: true }), ...POLICY },
    ...(count === 1 ? {} : { count }),
    ...(varray ? { virtualArray: varray.name } : {}),
    ...(vpool ? { virtualPool: vpool.name } : {}),
  };
  const made = { name: 'create volume', resources: names.map((one) => ({ kind: 'volume' as const, name: one })) };
  const tasks = await changed(asked, made, () => engine.call('copy.make', input));
  // Those of the snapshots that are taken for it are nobody's who asks for copies.
  return tasksAnswer(tasks.filter(({ resource }) => names.includes((resource as { readonly name: string }).name)));
}

/** The volume that is a copy says so itself; a snapshot's is the one that it was taken of. */
async function sourcesOf({ engine }: Pick<Asked<unknown>, 'engine'>, copies: readonly ResourceRecord[]) {
  const urns = copies.flatMap(({ spec }) => {
    const { volume, copyOf } = spec as { readonly volume?: string; readonly copyOf?: string };
    return volume ?? copyOf ?? [];
  });
  return (await find(engine, 'volume', { urns })).records.map(({ record }) => record);
}

type Verb = InputOf<'copy.invoke'>['verb'];

/** The tasks are of the volumes that change; that of a snapshot says the snapshot, as in CoprHD. */
async function invoke(
  asked: Asked<unknown>,
  verb: Verb,
  copies: readonly ResourceRecord[],
): Promise<readonly Document[]> {
  const changing = verb === 'restore' ? await sourcesOf(asked, copies) : copies;
  const input = { verb, addresses: copies.map(({ urn: id }) => id) };
  const [copy] = copies as [ResourceRecord];
  const settled = about(verb, ...(changing.length === 0 ? copies : changing));
  const [first, ...more] = await changed(asked, settled, () => asked.engine.call('copy.invoke', input));
  if (copy.kind !== 'snapshot') return [first!, ...more];
  return [{ ...first!, resource: namedRef(PLACES.snapshot, copy.urn, copy.name) }, ...more];
}

/** Of the volume that is overwritten; what it held is kept as a snapshot first, which has a task too. */
export async function invokeOne(asked: Asked<unknown>, verb: Verb, ...copies: readonly ResourceRecord[]) {
  return taskAnswer((await invoke(asked, verb, copies))[0]!);
}

export async function invokeAsList(asked: Asked<unknown>, verb: Verb, ...copies: readonly ResourceRecord[]) {
  return tasksAnswer((await invoke(asked, verb, copies)).slice(0, copies.length));
}

/** With all that were made with it of the same group, as one unit: a task for each volume that is overwritten. */
export async function invokeSet(asked: Asked<unknown>, verb: Verb, copy: ResourceRecord): Promise<Answer> {
  const input = { verb, addresses: [copy.urn], wholeSet: true };
  const done = await change(asked, about(verb, copy), () => asked.engine.call('copy.invoke', input));
  return tasksAnswer(tasksOfVolumes(done));
}

/** A copy is active from the moment at which it was made. */
export async function activated({ engine }: Asked<unknown>, copy: ResourceRecord): Promise<Document> {
  const { tasks } = await engine.call('task.settle', about(`activate ${copy.kind}`, copy));
  return taskDocument(tasks[0]!);
}

export const activateOne = async (asked: Asked<unknown>, copy: ResourceRecord): Promise<Answer> =>
  taskAnswer(await activated(asked, copy));
export const activateAsList = async (asked: Asked<unknown>, copy: ResourceRecord): Promise<Answer> =>
  tasksAnswer([await activated(asked, copy)]);

/** The snapshot itself first, then those that were taken of the same group by the same call. */
export async function snapset({ engine }: Pick<Asked<unknown>, 'engine'>, record: Snapshot): Promise<ResourceRecord[]> {
  const { consistencyGroup: group, set } = record.spec;
  if (group === undefined) return [record];
  const { records } = await find(engine, 'snapshot', { under: group });
  const others = records
    .map(({ record: other }) => other as ResourceRecord as Snapshot)
    .filter(({ urn: id, spec, createdAtMs }) => {
      const isSame = spec.consistencyGroup === group && spec.set.toLowerCase() === set.toLowerCase();
      return isSame && id !== record.urn && createdAtMs === record.createdAtMs;
    });
  return [record, ...others];
}

/** As in CoprHD a set of a group goes as a whole. `type=VIPR_ONLY` leaves what is on the array. */
export async function deactivateSet(asked: Asked<unknown>, record: Snapshot): Promise<Answer> {
  const { engine, query } = asked;
  const records = await snapset(asked, record);
  const input = { addresses: records.map(({ urn: id }) => id), forget: forgets(query.type) };
  return tasksAnswer(
    await changed(asked, about('delete snapshot', ...records), () => engine.call('resource.remove', input)),
  );
}

/** Of delete calls. */
export function forgets(type = 'FULL'): boolean {
  const upper = type.toUpperCase();
  if (['VIPR_ONLY', 'COPRHD_ONLY'].includes(upper)) return true;
  if (upper !== 'FULL') throw new Refusal('invalid', 'type: FULL or VIPR_ONLY');
  return false;
}

export async function copiesOf({ engine }: Pick<Asked<unknown>, 'engine'>, of: string): Promise<Answer> {
  return named('volumes', 'volume', PLACES.volume, await attachedCopies(engine, of));
}

export const named = (
  root: string,
  key: string,
  place: Place,
  records: readonly { readonly record: ResourceRecord }[],
): Answer => ({ root, body: { [key]: records.map(({ record }) => namedRef(place, record.urn, record.name)) } });
