/** Continuous copies of volumes: begun, found, paused, resumed, stopped and deleted. They are volumes, shown as CoprHD's mirrors. */
import { z } from 'zod';
import type { ResourceRecord } from '../../engine/model/record.ts';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { InputOf } from '../../engine/operations/types.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { flag, list, text, whole } from '../wire/leaves.ts';
import { about, changed } from './changing.ts';
import { continuousCopies, mirror, mirrorPlace } from './copy-documents.ts';
import { forgets, POLICY, tasksAnswer } from './copying.ts';
import { inPath, namedRef, PLACES } from './finding.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

const native = text.refine((type) => /^native$/i.test(type), {
  error: 'only copies that the storage system keeps itself (NATIVE) are possible',
});

/** What is of other technologies is known, and not asked for. */
const copies = z.strictObject({
  copy: list(
    'copy',
    z.strictObject({
      type: native,
      copyID: text.optional(),
      name: text.optional(),
      count: whole.pipe(z.int().min(1).max(LIMITS.byNameMax)).optional(),
      /** In CoprHD how the storage system pauses: here it always stays as it is. */
      sync: flag.optional(),
    }),
  ),
});

type Copies = z.output<typeof copies>;
type Asking = Asked<Copies>;

const BASE = '/block/volumes/:id/protection/continuous-copies';

const ofVolume = async ({ engine, params }: Pick<Asked<unknown>, 'engine' | 'params'>): Promise<ResourceRecord> =>
  (await inPath(engine, PLACES.volume, params.id!)).found.record;

async function start(asked: Asking): Promise<Answer> {
  const { engine, body } = asked;
  const source = await ofVolume(asked);
  const [copy, ...more] = body.copy;
  if (!copy || more.length > 0) throw new Refusal('invalid', 'copy: one at a time; its count says how many');
  const { name = `${source.name}-mirror`, count = 1 } = copy;
  const names = count === 1 ? [name] : Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
  const input: InputOf<'copy.make'> = {
    ...{ name, of: source.urn, continuous: true, ...POLICY },
    ...(count === 1 ? {} : { count }),
  };
  const made = { name: 'create volume', resources: names.map((each) => ({ kind: 'volume' as const, name: each })) };
  return tasksAnswer(await changed(asked, made, () => engine.call('copy.make', input)));
}

/** Those that are named; all that follow the volume, where none is. */
async function asked(asking: Asking, orAll = true): Promise<readonly ResourceRecord[]> {
  const source = await ofVolume(asking);
  const there = await continuousCopies(asking.engine, source.urn);
  const { copy } = asking.body;
  if (copy.length === 0) throw new Refusal('missing', 'copy is missing');
  const ids = copy.flatMap(({ copyID }) => copyID ?? []);
  if (ids.length < copy.length) {
    if (!orAll || ids.length > 0) throw new Refusal('missing', 'copyID is missing');
    return there.map(({ record }) => record);
  }
  return ids.map((id) => under(there, source, id, 'notInBody').record);
}

function under(
  there: readonly FoundRecord[],
  source: ResourceRecord,
  id: string,
  otherwise: 'notFound' | 'notInBody',
): FoundRecord {
  const found = there.find(({ record }) => record.urn === id);
  if (found) return found;
  throw new Refusal(otherwise, `${id} is no continuous copy of ${source.name}`);
}

/** Those of one request are one plan; each has its task. */
async function invoke(asking: Asking, verb: 'pause' | 'resume' | 'split'): Promise<Answer> {
  const records = await asked(asking);
  if (records.length === 0)
    throw new Refusal('invalid', `no continuous copies follow ${(await ofVolume(asking)).name}`);
  const input = { verb, addresses: records.map(({ urn }) => urn) };
  return tasksAnswer(await changed(asking, about(verb, ...records), () => asking.engine.call('copy.invoke', input)));
}

async function deactivate(asking: Asking): Promise<Answer> {
  const records = await asked(asking, false);
  const input = { addresses: records.map(({ urn }) => urn), forget: forgets(asking.query.type) };
  const gone = about('delete volume', ...records);
  return tasksAnswer(await changed(asking, gone, () => asking.engine.call('resource.remove', input)));
}

const VERBS: Readonly<Record<string, (asking: Asking) => Promise<Answer>>> = {
  start,
  // It is a volume of its own from then on.
  stop: (asking) => invoke(asking, 'split'),
  pause: (asking) => invoke(asking, 'pause'),
  resume: (asking) => invoke(asking, 'resume'),
  deactivate,
};

export const CONTINUOUS_COPY_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: BASE,
    right: 'read',
    run: async (asking) => {
      const source = await ofVolume(asking);
      const place = mirrorPlace(source.urn);
      const found = await continuousCopies(asking.engine, source.urn);
      const body = { mirror: found.map(({ record }) => namedRef(place, record.urn, record.name)) };
      return { root: 'mirrors', body };
    },
  }),
  route({
    method: 'GET',
    path: `${BASE}/:copy`,
    right: 'read',
    run: async (asking) => {
      const source = await ofVolume(asking);
      const there = await continuousCopies(asking.engine, source.urn);
      const found = under(there, source, asking.params.copy!, 'notFound');
      return { root: 'block_mirror', body: await mirror(asking.engine, found, source) };
    },
  }),
  ...Object.entries(VERBS).map(([verb, run]) =>
    route({ method: 'POST', path: `${BASE}/${verb}`, right: 'provision', body: copies, run }),
  ),
];
