/** What CoprHD has records of, and here follows from others: its ids are made of what it is, always the same for the same. */
import { sha256Hex } from '../../lib/canonical-json.ts';
import { Refusal } from '../refusal.ts';
import { type Collection, linkTo, namedRef } from './finding.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

export interface DerivedPlace extends Collection {
  readonly className: string;
}

export interface Derived {
  readonly id: string;
  readonly name: string;
}

export function derivedId({ className }: DerivedPlace, ...what: readonly string[]): string {
  const hex = sha256Hex(JSON.stringify([className, ...what]));
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)];
  return `urn:storageos:${className}:${uuid.join('-')}:vdc1`;
}

export const derivedRefs = (place: Collection, all: readonly Derived[]) =>
  all.map(({ id, name }) => namedRef(place, id, name));

/** What is said of each, of all that there are. */
interface Shown<T extends Derived> {
  readonly root: string;
  readonly all: (asked: Asked<unknown>) => Promise<readonly T[]>;
  readonly show: (one: T) => object;
}

/** All ids, those whose name begins so, and one. */
export const derivedRoutes = <T extends Derived>(
  place: DerivedPlace,
  { root, all, show }: Shown<T>,
): readonly Route[] => [
  route({
    method: 'GET',
    path: `${place.path}/bulk`,
    right: 'monitor',
    run: async (asked) => ({ root: 'ids', body: { id: (await all(asked)).map(({ id }) => id) } }),
  }),
  route({
    method: 'GET',
    path: `${place.path}/search`,
    right: 'monitor',
    run: async (asked): Promise<Answer> => {
      const name = asked.query.name?.toLowerCase();
      if (name === undefined) throw new Refusal('badRequest', 'search by name');
      const found = (await all(asked)).filter((each) => each.name.toLowerCase().startsWith(name));
      const resource = found.map((each) => ({ id: each.id, link: linkTo(place, each.id), match: each.name }));
      return { root: 'results', body: { resource } };
    },
  }),
  route({
    method: 'GET',
    path: `${place.path}/:id`,
    right: 'monitor',
    run: async (asked) => {
      const { id } = asked.params as { readonly id: string };
      if (!id.startsWith(`urn:storageos:${place.className}:`))
        throw new Refusal('invalid', `${id} is not the id of a ${place.className}`);
      const found = (await all(asked)).find((each) => each.id === id);
      if (!found) throw new Refusal('notFound', `there is no ${place.className} ${id}`);
      return { root, body: { id, name: found.name, link: linkTo(place, id), ...show(found) } };
    },
  }),
];
