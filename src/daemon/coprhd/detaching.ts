/**
 * Hosts and clusters that lose all that they see, and stay: export groups that are theirs alone are removed, those of several
 * go on without them. Several plans, one after the other: the answer comes when the last one is carried out.
 */
import type { ResourceRecord } from '../../engine/model/record.ts';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { isAdmin } from '../../engine/tenancy/bounds.ts';
import { groupBy } from '../../lib/group-by.ts';
import { boundsOf, type Principal } from '../gate.ts';
import { Refusal } from '../refusal.ts';
import { about, carryThrough, vouching } from './changing.ts';
import { task as taskDocument } from './documents.ts';
import { groupsOf, seersOfGroup } from './export-seers.ts';
import { inPath, PLACES } from './finding.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

type Seer = 'host' | 'cluster';

/** Others don't see all export groups that there are, and would be told that it sees nothing any more. */
function mayDetach(principal: Principal, { name, spec }: ResourceRecord): void {
  const bounds = boundsOf(principal);
  const { tenant } = spec as ResourceRecord<Seer>['spec'];
  if (bounds && (!isAdmin(bounds) || bounds.tenant !== tenant))
    throw new Refusal('forbidden', `${principal.user} does not administer the tenant of ${name}`);
}

async function detach(asked: Asked<unknown>, kind: Seer): Promise<Answer> {
  const { engine, params } = asked;
  const { record } = (await inPath(engine, PLACES[kind], params.id!)).found;
  mayDetach(asked.principal, record);
  const groups = await groupsOf(engine, { [kind]: record.urn }, true);
  if (kind === 'host') await refuseShared(engine, record, groups);
  for (const { record: group } of groups) refuseDeclared(group);
  const seers = await Promise.all(
    groups.map(async (group) => ({ group: group.record, seers: await seersOfGroup(engine, group) })),
  );
  const isOwn = (each: (typeof seers)[number]) => each.seers.ids.length === 1;
  const own = seers.filter(isOwn).map(({ group }) => group);
  const shared = seers.filter((each) => !isOwn(each)).map(({ group }) => group);
  for (const [, records] of groupBy(shared, ({ scope }) => scope.project)) {
    const input = { addresses: records.map(({ urn }) => urn), remove: { [`${kind}s`]: [record.name] } };
    await carryThrough(asked, about('update export', ...records), () =>
      engine.call('resource.change', { ...input, ...vouching(asked) }),
    );
  }
  if (own.length > 0) {
    const input = { addresses: own.map(({ urn }) => urn), ...vouching(asked) };
    await carryThrough(asked, about('delete export', ...own), () => engine.call('resource.remove', input));
  }
  const { tasks } = await engine.call('task.settle', about(`detach storage of ${kind}`, record));
  return { root: 'task', status: 202, body: taskDocument(tasks[0]!) };
}

/** What a host sees with its cluster goes with its cluster, or when it leaves that. */
async function refuseShared(engine: EngineClient, { urn: host, name }: ResourceRecord, own: readonly FoundRecord[]) {
  const ids = new Set(own.map(({ record }) => record.urn));
  const others = (await groupsOf(engine, { host }, false)).filter(({ record }) => !ids.has(record.urn));
  if (others.length === 0) return;
  const names = others.map(({ record }) => record.name).join(', ');
  throw new Refusal('invalid', `${name} sees by its cluster, too (${names}): take it out of that, or detach that`);
}

function refuseDeclared({ owner, name, sourceFile }: ResourceRecord): void {
  if (owner.type !== 'stack') return;
  throw new Refusal('invalid', `export ${name} is declared in ${sourceFile ?? `stack ${owner.name}`}: change it there`);
}

export const DETACHING_ROUTES: readonly Route[] = (['host', 'cluster'] as const).map((kind) =>
  route({
    method: 'POST',
    path: `${PLACES[kind].path}/:id/detach-storage`,
    right: 'provision',
    run: (asked) => detach(asked, kind),
  }),
);
