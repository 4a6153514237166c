/** Who may use what: tenants virtual arrays and pools, users and groups of a tenant its projects. */
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { Refusal } from '../refusal.ts';
import { list, text, urn } from '../wire/leaves.ts';
import { about, carryThrough } from './changing.ts';
import { inBody, inPath, listersOf, PLACES, type Place } from './finding.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

type UseList = 'use.virtualPools' | 'use.virtualArrays';

const privilege = list('privileges', text);
const changesOf = <T extends z.ZodType>(entry: T) =>
  z.strictObject({ add: list('acl_entries', entry).optional(), remove: list('acl_entries', entry).optional() });

const tenantEntry = z.looseObject({ tenant: urn, privilege });

/** Only those tenants that say so themselves. */
async function usersOf(engine: EngineClient, id: string, field: UseList): Promise<Answer> {
  const acl = (await listersOf(engine, id, field)).map((tenant) => ({ privilege: ['USE'], tenant }));
  return { root: 'acls', body: { acl } };
}

const useRoutes = (place: Place, field: UseList): Route[] => [
  route({
    method: 'GET',
    path: `${place.path}/:id/acl`,
    right: 'monitor',
    run: async ({ engine, params }) =>
      usersOf(engine, (await inPath(engine, place, params.id!)).found.record.urn, field),
  }),
  route({
    method: 'PUT',
    path: `${place.path}/:id/acl`,
    right: 'administer',
    noProxy: true,
    body: changesOf(tenantEntry),
    run: async (asked) => {
      const { engine, body, params } = asked;
      const { record } = (await inPath(engine, place, params.id!)).found;
      const [add = [], remove = []] = [body.add, body.remove];
      const other = [...add, ...remove].find((entry) => entry.privilege.some((each) => each.toUpperCase() !== 'USE'));
      if (other) throw new Refusal('invalid', `privilege: ${other.privilege.join(', ')}; only USE`);
      for (const [how, entries] of [
        ['add', add],
        ['remove', remove],
      ] as const) {
        if (entries.length === 0) continue;
        const tenants = await Promise.all(entries.map(({ tenant }) => inBody(engine, PLACES.tenant, 'tenant', tenant)));
        const input = { addresses: tenants.map(({ urn: id }) => id), [how]: { [field]: [record.name] } };
        await carryThrough(asked, about('update tenant', ...tenants), () => engine.call('resource.change', input));
      }
      return usersOf(engine, record.urn, field);
    },
  }),
];

const subjectEntry = z.strictObject({ subject_id: text.optional(), group: text.optional(), privilege });
type SubjectEntry = z.output<typeof subjectEntry>;
/** As a plan file has it. */
type Entry = { readonly privilege: string } & ({ readonly user: string } | { readonly group: string });

const subjectOf = (entry: Entry): string =>
  'user' in entry ? `user ${entry.user.toLowerCase()}` : `group ${entry.group.toLowerCase()}`;
const keyOf = (entry: Entry): string => `${subjectOf(entry)} ${entry.privilege}`;

function entriesOf({ subject_id: user, group, privilege: privileges }: SubjectEntry): Entry[] {
  if ((user === undefined) === (group === undefined))
    throw new Refusal('invalid', 'an entry names either a subject_id or a group');
  const subject = user === undefined ? { group: group! } : { user };
  return privileges.map((word) => {
    const upper = word.toUpperCase();
    if (!['OWN', 'ALL', 'BACKUP'].includes(upper))
      throw new Refusal('invalid', `privilege: ${word}; OWN, ALL or BACKUP`);
    return { ...subject, privilege: upper };
  });
}

function aclDocument(entries: readonly Entry[]): Answer {
  const bySubject = new Map<string, Entry[]>();
  for (const entry of entries) bySubject.set(subjectOf(entry), [...(bySubject.get(subjectOf(entry)) ?? []), entry]);
  const acl = [...bySubject.values()].map((own) => {
    const [first] = own as [Entry];
    const subject = 'user' in first ? { subject_id: first.user } : { group: first.group };
    return { privilege: own.map(({ privilege: word }) => word), ...subject };
  });
  return { root: 'acls', body: { acl } };
}

const aclOf = ({ record }: FoundRecord): readonly Entry[] =>
  (record.spec as { readonly acl?: readonly Entry[] }).acl ?? [];

const projectChange = changesOf(subjectEntry);

async function changeProjectAcl(asked: Asked<z.output<typeof projectChange>>): Promise<Answer> {
  const { engine, body, params } = asked;
  const { found } = await inPath(engine, PLACES.project, params.id!);
  const [add, remove] = [(body.add ?? []).flatMap(entriesOf), (body.remove ?? []).flatMap(entriesOf)];
  if (add.length + remove.length === 0) throw new Refusal('missing', 'add or remove is missing');
  const gone = new Set(remove.map(keyOf));
  const entries = new Map([...aclOf(found), ...add].map((entry) => [keyOf(entry), entry]));
  const acl = [...entries].filter(([key]) => !gone.has(key)).map(([, entry]) => entry);
  const input = { addresses: [found.record.urn], set: { acl: acl.length > 0 ? acl : null } };
  await carryThrough(asked, about('update project', found.record), () => engine.call('resource.change', input));
  return aclDocument(acl);
}

export const ACL_ROUTES: readonly Route[] = [
  ...useRoutes(PLACES.vpool, 'use.virtualPools'),
  ...useRoutes(PLACES.varray, 'use.virtualArrays'),
  route({
    method: 'GET',
    path: '/projects/:id/acl',
    right: 'read',
    run: async ({ engine, params }) => aclDocument(aclOf((await inPath(engine, PLACES.project, params.id!)).found)),
  }),
  route({
    method: 'PUT',
    path: '/projects/:id/acl',
    right: 'provision',
    noProxy: true,
    body: projectChange,
    run: changeProjectAcl,
  }),
];
