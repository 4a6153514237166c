/** Unmanaged volumes become managed ones: those that nobody sees, or those of a host or cluster, with their masks. A task for each. */
import { z } from 'zod';
import type { ForeignVolume } from '../../engine/operations/foreign-types.ts';
import type { ImportSkipped } from '../../engine/operations/import-types.ts';
import type { InputOf } from '../../engine/operations/types.ts';
import { groupBy } from '../../lib/group-by.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { list, text, urn } from '../wire/leaves.ts';
import { change } from './changing.ts';
import { tasksAnswer, tasksOfVolumes } from './copying.ts';
import { type Document, task as taskDocument } from './documents.ts';
import { inBody, PLACES } from './finding.ts';
import { FOREIGN_PLACES, foreignNamed, foreignOf } from './foreign.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

const into = {
  vpool: urn,
  varray: urn,
  project: urn,
  unmanaged_volume_list: list('unmanaged_volume_list', urn),
  /** Of systems that there are none of here; read and ignored. */
  vplexIngestionMethod: text.optional(),
};
const unexported = z.strictObject(into);
const exported = z.strictObject({ ...into, host: urn.optional(), cluster: urn.optional() });

type Body = z.output<typeof exported>;

/** To whom they are exported; undefined = to nobody. */
async function seerIn(asked: Asked<Body>): Promise<Pick<InputOf<'foreign.adopt'>, 'host' | 'cluster'>> {
  const { engine, body } = asked;
  if ((body.host === undefined) === (body.cluster === undefined))
    throw new Refusal('badRequest', 'name the host or the cluster, and not both');
  if (body.host !== undefined) return { host: (await inBody(engine, PLACES.host, 'host', body.host)).name };
  return { cluster: (await inBody(engine, PLACES.cluster, 'cluster', body.cluster!)).name };
}

async function ingest(
  asked: Asked<Body>,
  to: Pick<InputOf<'foreign.adopt'>, 'host' | 'cluster'> = {},
): Promise<Answer> {
  const { engine, body } = asked;
  const ids = [...new Set(body.unmanaged_volume_list)];
  if (ids.length === 0) throw new Refusal('missing', 'unmanaged_volume_list is empty');
  if (ids.length > LIMITS.bulkMax) throw new Refusal('limit', `${ids.length} ids, at most ${LIMITS.bulkMax}`);
  const [project, varray, vpool] = await Promise.all([
    inBody(engine, PLACES.project, 'project', body.project),
    inBody(engine, PLACES.varray, 'varray', body.varray),
    inBody(engine, PLACES.vpool, 'vpool', body.vpool),
  ]);
  const { volumes } = await foreignOf(engine);
  const wanted = ids.map((id) => foreignNamed('volume', volumes, id, 'notInBody', 'unmanaged_volume_list: '));
  const names = { project: project.name, virtualArray: varray.name, virtualPool: vpool.name, ...to };
  const tasks: Document[] = [];
  for (const [system, all] of groupBy(wanted, (volume) => volume.system))
    tasks.push(...(await ingestFrom(asked, { system, ...names }, all)));
  return tasksAnswer(tasks);
}

/** What can be is one plan; of the rest each task says why it can't. */
async function ingestFrom(
  asked: Asked<Body>,
  into: Omit<InputOf<'foreign.adopt'>, 'nativeIds'>,
  volumes: readonly ForeignVolume[],
): Promise<readonly Document[]> {
  const { engine } = asked;
  const nativeIds = volumes.map(({ nativeId }) => nativeId);
  let result = await engine.call('foreign.adopt', { ...into, nativeIds });
  const refused = () => Promise.all(result.skipped.map((each) => refusal(asked, each)));
  if (!result.plan && result.skipped.length === volumes.length) return refused();
  const about = { name: 'ingest volume', resources: volumes.map(({ name }) => ({ kind: 'volume' as const, name })) };
  let isFirst = true;
  const done = await change(asked, about, async () => {
    if (!isFirst) result = await engine.call('foreign.adopt', { ...into, nativeIds });
    isFirst = false;
    return result;
  });
  return [...tasksOfVolumes(done), ...(await refused())];
}

async function refusal({ engine }: Asked<Body>, { name, why, fix }: ImportSkipped): Promise<Document> {
  const details = [why, fix].filter((part) => part !== undefined).join('; ');
  const { tasks } = await engine.call('task.settle', {
    name: 'ingest volume',
    resources: [{ kind: 'volume', name }],
    problem: { code: 'COPRHD-IMPORT-001', details: details.slice(0, 4_096) },
  });
  return taskDocument(tasks[0]!);
}

export const INGESTING_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: `${FOREIGN_PLACES.volume.path}/ingest`,
    right: 'administer',
    body: unexported,
    run: (asked) => ingest(asked),
  }),
  route({
    method: 'POST',
    path: `${FOREIGN_PLACES.volume.path}/ingest-exported`,
    right: 'administer',
    body: exported,
    run: async (asked) => ingest(asked, await seerIn(asked)),
  }),
];
