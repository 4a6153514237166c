/** What is made and removed at once, and answered as the object and not as a task. */
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient, InputOf } from '../../engine/operations/types.ts';
import { about, carryThrough } from './changing.ts';
import { find, inPath, type Place } from './finding.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

type DeclarableKind = InputOf<'resource.create'>['kind'];
export type Show = (found: FoundRecord) => object | Promise<object>;

interface Body {
  readonly name: string;
  /** Name of the project that it is in, where it is in one. */
  readonly project?: string;
  /** As in a plan file. */
  readonly fields: object;
}

/** Made at once, as CoprHD answers it: the object, no task. */
export async function create(
  asked: Asked<unknown>,
  place: Place,
  root: string,
  show: Show,
  { name, project, fields }: Body,
) {
  const { engine } = asked;
  const kind = place.kind as DeclarableKind;
  const made = { name: `create ${kind}`, resources: [{ kind, name }] };
  const plan = () => engine.call('resource.create', { kind, project, resources: { [name]: fields } });
  const [id] = (await carryThrough(asked, made, plan)) as [string];
  return one(engine, place, root, show, id);
}

export async function one(engine: EngineClient, place: Place, root: string, show: Show, id: string): Promise<Answer> {
  const { records } = await find(engine, place.kind, { urns: [id] });
  return { root, body: await show(records[0]!) };
}

/** CoprHD answers with nothing. */
export const deactivating = (place: Place, right: Route['right'] = 'administer'): Route =>
  route({
    method: 'POST',
    path: `${place.path}/:id/deactivate`,
    right,
    run: async (asked) => {
      const { record } = (await inPath(asked.engine, place, asked.params.id!)).found;
      const gone = about(`delete ${place.kind}`, record);
      await carryThrough(asked, gone, () => asked.engine.call('resource.remove', { addresses: [record.urn] }));
      return { root: 'result', body: {} };
    },
  });
