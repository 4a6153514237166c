/** Two tenants on one installation: what is of one is nothing to the other, whoever asks and whatever for. */
import { beforeAll, describe, expect, it } from 'vitest';
import { PLACES } from '../../src/daemon/coprhd/finding.ts';
import { COPRHD_ROUTES } from '../../src/daemon/coprhd/routes.ts';
import { KIND_NAMES } from '../../src/engine/model/kinds.ts';
import type { ResourceRecord } from '../../src/engine/model/record.ts';
import type { Urn } from '../../src/engine/model/urn.ts';
import { type Client, clientOf, type Json, many } from './client.ts';
import { INFRASTRUCTURE, STACK, useRestEstate } from './estate.ts';
import { gateOf, idsIn, namesOf, planOf, randomTenant } from './world.ts';

const SEED = Number(process.env.COPRHD_SEED ?? 7);
const alpha = randomTenant(SEED, 'alpha');
const omega = randomTenant(SEED + 1_000_000, 'omega');
const tenants = new Map<string, Urn>();
const estate = useRestEstate(gateOf(tenants));
const as = (user: string): Client => clientOf((asked) => estate.daemon.send(asked), 'json', user);

const records: ResourceRecord[] = [];
const recorded = (name: string): ResourceRecord => records.find((record) => record.name === name)!;
const names = { alpha: namesOf(alpha), omega: namesOf(omega) };
const ids = { alpha: [] as Urn[], omega: [] as Urn[] };
/** Of everything there is, and under what it is asked for. */
const byKind = (kind: string, of: readonly Urn[]) =>
  records.filter((record) => record.kind === kind && of.includes(record.urn)).map(({ urn }) => urn);
let tasks: { readonly alpha: string[]; readonly omega: string[] };

beforeAll(async () => {
  await estate.apply(INFRASTRUCTURE(estate.sim), STACK('1GiB'), ...planOf(alpha), ...planOf(omega));
  const { local } = estate.daemon;
  for (const kind of KIND_NAMES) {
    const found = await local.call('record.find', { kind, by: { all: true } });
    records.push(...found.records.map(({ record }) => record));
  }
  for (const { tenant } of [alpha, omega]) tenants.set(tenant, recorded(tenant).urn);
  ids.alpha = idsIn(records, names.alpha);
  ids.omega = idsIn(records, names.omega);
  const all = (await local.call('task.list', { limit: 1_000 })).tasks;
  const of = (own: readonly Urn[]) => all.filter(({ resource }) => own.includes(resource.urn)).map(({ id }) => id);
  tasks = { alpha: of(ids.alpha), omega: of(ids.omega) };
});

/** What of a world is in a text, but for what was asked for. */
function foreignIn(text: string, asked: string): string[] {
  const said = asked.toLowerCase();
  return [...names.omega, ...ids.omega, ...tasks.omega].filter(
    (word) => text.toLowerCase().includes(word.toLowerCase()) && !said.includes(word.toLowerCase()),
  );
}

const kindAt = (path: string): string | undefined =>
  Object.values(PLACES).find((place) => path.startsWith(`${place.path}/:id`))?.kind;

const copiesIn = ({ stacks: [stack] }: typeof alpha) => ({
  snapshot: recorded(stack!.snapshots[0]!.name).urn,
  clone: recorded(stack!.clones[0]!.name).urn,
});

/** A route's path with ids in it: of both tenants, and of what belongs to nobody. */
function pathsOf(path: string): { where: string; foreign: boolean }[] {
  const copies = { alpha: copiesIn(alpha), omega: copiesIn(omega) };
  const fills = (of: 'alpha' | 'omega', foreign: boolean) => {
    const kind = kindAt(path);
    const own = path.startsWith('/vdc/tasks') ? tasks[of] : kind === undefined ? [] : byKind(kind, ids[of]);
    const task = tasks[of][0]!;
    return own.map((id) => ({
      where: path
        .replace(':id', id)
        .replace(':task', task)
        .replace(':varray', recorded('dc1').urn)
        .replace(':snapshot', copies[of].snapshot)
        .replace(':copy', copies[of].clone),
      foreign,
    }));
  };
  if (!path.includes(':')) return [{ where: path, foreign: false }];
  const shared = records.filter(({ kind }) => kind === kindAt(path) && ['virtualArray', 'virtualPool'].includes(kind));
  return [
    ...fills('alpha', false),
    ...fills('omega', true),
    ...shared.map(({ urn }) => ({
      where: path.replace(':id', urn).replace(':varray', recorded('dc1').urn),
      foreign: false,
    })),
  ];
}

const QUERIES: Readonly<Record<string, readonly string[]>> = {
  search: ['?name=vo', '?name=pr', '?name=ho', '?name=om', '?tag=ta-', '?tenant=OMEGA', '?project=OMEGA-PROJECT'],
  exports: ['?initiators=INITIATORS'],
  hosts: ['', '?tenant=OMEGA'],
};

function withQueries(where: string): string[] {
  const queries = QUERIES[where.split('/').at(-1)!] ?? [''];
  return queries.map(
    (query) =>
      where +
      query
        .replace('OMEGA-PROJECT', recorded(omega.projects[0]!).urn)
        .replace('OMEGA', recorded('omega').urn)
        .replace('INITIATORS', [...alpha.hosts, ...omega.hosts].map(({ iqn }) => iqn).join(',')),
  );
}

describe('whoever is of one tenant', () => {
  it.each(['alpha-admin', 'alpha-all', 'alpha-backup', 'alpha-maker', 'alpha-user'])(
    'reads nothing of another: %s',
    async (user) => {
      let asked = 0;
      for (const { method, path } of COPRHD_ROUTES.filter((route) => route.method === 'GET')) {
        for (const { where, foreign } of pathsOf(path)) {
          for (const one of withQueries(where)) {
            const headers = { 'x-sds-auth-token': user, accept: 'application/json' };
            const { status, text } = await estate.daemon.send({ method, path: one, headers });
            asked += 1;
            expect([one, foreignIn(text, one)]).toEqual([one, []]);
            if (foreign) expect([one, status]).toEqual([one, expect.toSatisfy((code) => code === 403 || code === 404)]);
            expect([one, status]).not.toEqual([one, 500]);
          }
        }
      }
      expect(asked).toBeGreaterThan(100);
      for (const { path, right } of COPRHD_ROUTES.filter(
        ({ path: at, method }) => /\/bulk$/.test(at) && method === 'POST',
      )) {
        const id = [...records.map(({ urn }) => urn), ...tasks.alpha, ...tasks.omega];
        const { status, body } = await as(user).post(path, '', { id });
        const known = [path, status, foreignIn(JSON.stringify(body), '')];
        expect(known).toEqual([path, right === 'read' ? 200 : 403, []]);
      }
    },
  );

  it.each(['alpha-admin', 'alpha-all', 'alpha-user'])(
    'is reported of his own what could be given back, and nothing of another: %s',
    async (user) => {
      const ask = (name: string, input: object) =>
        estate.daemon.send({
          method: 'POST',
          path: `/coprhd/operations/${name}`,
          headers: { 'x-sds-auth-token': user, 'content-type': 'application/json' },
          body: JSON.stringify(input),
        });
      const { status, json: body, text } = await ask('reclaim.report', {});
      expect([status, foreignIn(text, '')]).toEqual([200, []]);
      const { items, total } = body as Json;
      expect(items.map(({ tenant }: Json) => tenant).filter((tenant: string) => tenant !== 'alpha')).toEqual([]);
      expect(total.objects).toBe(items.length);
      if (user === 'alpha-admin') expect(items.length).toBeGreaterThan(0);
      const other = await ask('reclaim.report', { project: omega.projects[0]! });
      expect([other.status, foreignIn(other.text, omega.projects[0]!)]).toEqual([409, []]);
      for (const name of ['capacity', 'capacity.forecast', 'audit']) expect((await ask(name, {})).status).toBe(403);
    },
  );

  it('reads all that is of his own as its administrator', async () => {
    const client = as('alpha-admin');
    const found = (where: string, key: string) =>
      client.get(where).then(({ body }) =>
        many(body[key])
          .map(({ name }) => name)
          .sort(),
      );
    const home = tenants.get('alpha')!;
    expect((await client.get('/user/whoami')).body).toMatchObject({
      ...{ common_name: 'alpha-admin', tenant: home, tenant_name: 'alpha' },
      ...{ vdc_roles: [], home_tenant_roles: ['TENANT_ADMIN'] },
    });
    expect((await client.get('/tenant')).body).toMatchObject({ id: home, name: 'alpha' });
    expect(await found(`/tenants/${home}/projects`, 'project')).toEqual([...alpha.projects].sort());
    expect(await found('/compute/hosts', 'host')).toEqual(alpha.hosts.map(({ name }) => name).sort());
    expect(await found('/block/vpools', 'virtualpool')).toEqual(['gold']);
    for (const { path } of [
      PLACES.volume,
      PLACES.snapshot,
      PLACES.export,
      PLACES.initiator,
      PLACES.cluster,
      PLACES.project,
    ]) {
      const [mine, hers] = [ids.alpha, ids.omega].map((of) => byKind(kindAt(`${path}/:id`)!, of).sort());
      expect((await client.get(`${path}/bulk`)).body.id.sort()).toEqual(mine);
      const { body } = await client.post(`${path}/bulk`, '', { id: [...hers!, ...mine!] });
      expect(Object.values(body).flatMap((each) => many(each).map(({ id }) => id))).toEqual(mine);
    }
    const { volumes: shown } = alpha.stacks[0]!.exports[0]!;
    const rows = (await client.get(`/block/volumes/${recorded(shown[0]!).urn}/exports`)).body.itl;
    expect(rows[0]).toMatchObject({ initiator: { port: expect.stringContaining('alpha') } });
    // However many of others are newer.
    const { kind, name, urn } = recorded(omega.stacks[0]!.volumes[0]!.name);
    const resources = Array.from({ length: 201 }, () => ({ kind, name, urn }));
    await estate.daemon.local.call('task.settle', { name: 'x', resources });
    const own = many((await client.get('/vdc/tasks')).body.task).map(({ id }) => id);
    expect(own.sort()).toEqual([...tasks.alpha].sort());
  });

  it('reads all that there is, where he monitors the installation', async () => {
    const [one, all] = [as('alpha-monitor'), as('monitor')];
    for (const { path } of COPRHD_ROUTES.filter((route) => route.method === 'GET')) {
      for (const { where } of pathsOf(path)) {
        const { status } = await one.get(where);
        if (status !== 200) expect([where, status]).toEqual([where, (await all.get(where)).status]);
      }
    }
    const volumes = (await as('alpha-both').get('/block/volumes/bulk')).body.id;
    expect(volumes).toEqual(expect.arrayContaining([...byKind('volume', ids.alpha), ...byKind('volume', ids.omega)]));
  });

  it('reads of projects what their lists of rights say', async () => {
    const [first, second] = alpha.stacks as [(typeof alpha.stacks)[0], (typeof alpha.stacks)[0]];
    const inside = [recorded(first.volumes[0]!.name).urn, recorded(second.volumes[0]!.name).urn];
    const seen = async (user: string) =>
      Promise.all(inside.map(async (id) => (await as(user).get(`/block/volumes/${id}`)).status));
    expect(await seen('alpha-admin')).toEqual([200, 200]);
    expect(await seen('alpha-all')).toEqual([200, 404]);
    expect(await seen('alpha-backup')).toEqual([200, 404]);
    expect(await seen('alpha-user')).toEqual([404, 404]);
    expect(await seen('omega-admin')).toEqual([404, 404]);
    expect(await seen('sysmonitor')).toEqual([401, 401]);
    expect(await seen('monitor')).toEqual([200, 200]);
  });
});

const shape = (user: string, more: Json = {}) => ({
  name: `made-by-${user}`,
  size: '64MB',
  project: recorded(alpha.projects[0]!).urn,
  varray: recorded('dc1').urn,
  vpool: recorded('gold').urn,
  ...more,
});

type Attempt = readonly [what: string, method: string, where: string, body: Json | undefined];

function attemptsOnHers(): Attempt[] {
  const other = (name: string) => recorded(name).urn;
  const hers = omega.stacks[0]!;
  const [volume, exported, host] = [
    other(hers.volumes[0]!.name),
    other(hers.exports[0]!.name),
    other(omega.hosts[0]!.name),
  ];
  const mine = other(alpha.hosts[0]!.name);
  const [snapshot, clone] = [other(hers.snapshots[0]!.name), other(hers.clones[0]!.name)];
  const groupAt = `/block/consistency-groups/${other(hers.groups[0]!)}`;
  const mineAt = `/block/exports/${other(alpha.stacks[0]!.exports[0]!.name)}`;
  const [group] = alpha.stacks[0]!.volumes;
  const toHost = { ...shape('x'), size: undefined, vpool: undefined, type: 'Host', hosts: [host] };
  return [
    ['a volume in its project', 'POST', '/block/volumes', shape('x', { project: other(omega.projects[0]!) })],
    ['a volume in its group', 'POST', '/block/volumes', shape('x', { consistency_group: other(hers.groups[0]!) })],
    ['a larger volume', 'POST', `/block/volumes/${volume}/expand`, { new_size: '1GB' }],
    ['a volume less', 'POST', `/block/volumes/${volume}/deactivate`, undefined],
    ['volumes less', 'POST', '/block/volumes/deactivate', { id: [other(group!.name), volume] }],
    ['tags', 'PUT', `/block/volumes/${volume}/tags`, { add: ['mine now'] }],
    ['tags of its initiator', 'PUT', `/compute/initiators/${other(omega.hosts[0]!.iqn)}/tags`, { add: ['mine now'] }],
    ['its volume at my host', 'PUT', mineAt, { volume_changes: { add: [{ id: volume }] } }],
    ['my volume at its host', 'POST', '/block/exports', { ...toHost, volumes: [{ id: other(group!.name) }] }],
    ['an export less', 'POST', `/block/exports/${exported}/deactivate`, undefined],
    ['a host that sees nothing', 'POST', `/compute/hosts/${host}/detach-storage`, undefined],
    ['a host less', 'POST', `/compute/hosts/${host}/deactivate`, undefined],
    ['its initiator at my host', 'POST', `/compute/hosts/${mine}/initiators`, { initiator_port: omega.hosts[0]!.iqn }],
    ['a host of its name', 'POST', '/compute/hosts', { type: 'Linux', name: omega.hosts[0]!.name }],
    ['a project there', 'POST', `/tenants/${tenants.get('omega')}/projects`, { name: 'there' }],
    ['a host there', 'POST', '/compute/hosts', { type: 'Linux', name: 'there', tenant: tenants.get('omega') }],
    ['a project less', 'POST', `/projects/${other(omega.projects[0]!)}/deactivate`, undefined],
    ['another quota', 'PUT', `/projects/${other(omega.projects[0]!)}/quota`, { quota_enabled: true, quota_gb: 1 }],
    ['a snapshot', 'POST', `/block/volumes/${volume}/protection/snapshots`, { name: 'x' }],
    ['a snapshot of its group', 'POST', `${groupAt}/protection/snapshots`, { name: 'x' }],
    ['a copy', 'POST', `/block/volumes/${volume}/protection/full-copies`, { name: 'x' }],
    [
      'a copy that follows',
      'POST',
      `/block/volumes/${volume}/protection/continuous-copies/start`,
      { copy: [{ type: 'NATIVE', name: 'x' }] },
    ],
    ['a copy of a snapshot', 'POST', `/block/snapshots/${snapshot}/protection/full-copies`, { name: 'x' }],
    ['an older state', 'POST', `/block/snapshots/${snapshot}/restore`, undefined],
    ['another state', 'POST', `/block/full-copies/${clone}/restore`, undefined],
    ['a newer copy', 'POST', `/block/full-copies/${clone}/resynchronize`, undefined],
    ['a copy on its own', 'POST', `/block/full-copies/${clone}/detach`, undefined],
    ['a snapshot less', 'POST', `/block/snapshots/${snapshot}/deactivate`, undefined],
    ['its snapshot at my host', 'PUT', mineAt, { volume_changes: { add: [{ id: snapshot }] } }],
    ['a task back', 'POST', `/vdc/tasks/${tasks.omega[0]}/rollback`, undefined],
    ['a virtual array', 'POST', '/vdc/varrays', { name: 'va' }],
    ['a right to its pool', 'PUT', `/block/vpools/${other('gold')}/acl`, { add: [] }],
    ['another pool for all', 'PUT', `/block/vpools/${other('gold')}/assign-matched-pools`, {}],
  ];
}

/** By somebody who has no role in it. */
function attemptsOnMine(): Attempt[] {
  const { volumes, snapshots, groups } = alpha.stacks[0]!;
  const [volume, snapshot] = [recorded(volumes[0]!.name).urn, recorded(snapshots[0]!.name).urn];
  return [
    ['a volume', 'POST', '/block/volumes', shape('monitor')],
    ['a volume less', 'POST', `/block/volumes/${volume}/deactivate`, undefined],
    ['a snapshot', 'POST', `/block/volumes/${volume}/protection/snapshots`, { name: 'x' }],
    ['a snapshot less', 'POST', `/block/snapshots/${snapshot}/deactivate`, undefined],
    ['a snapshot again', 'POST', `/block/snapshots/${snapshot}/activate`, undefined],
    ['a group less', 'POST', `/block/consistency-groups/${recorded(groups[0]!).urn}/deactivate`, undefined],
    ['a host', 'POST', '/compute/hosts', { type: 'Linux', name: 'of-the-monitor' }],
    ['a project', 'POST', `/tenants/${tenants.get('alpha')}/projects`, { name: 'of-the-monitor' }],
  ];
}

describe('whoever is of one tenant', () => {
  it.each(['alpha-admin', 'alpha-monitor', 'alpha-both'])('changes nothing of another: %s', async (user) => {
    const own = as(user);
    const revision = async () => JSON.stringify(await Promise.all(KIND_NAMES.map(all)));
    const all = async (kind: (typeof KIND_NAMES)[number]) =>
      (await estate.daemon.local.call('record.find', { kind, by: { all: true } })).records;
    const before = await revision();
    const attempts = [...attemptsOnHers(), ...(user === 'alpha-monitor' ? attemptsOnMine() : [])];
    for (const [what, method, where, body] of attempts) {
      const asked = JSON.stringify([where, body ?? null]);
      const { status, body: answer } = await own.send(method as 'POST', where, '', body);
      expect([what, status]).toEqual([what, expect.toSatisfy((code) => code >= 400 && code < 500)]);
      // Who monitors sees it all.
      if (user === 'alpha-admin') expect([what, foreignIn(JSON.stringify(answer), asked)]).toEqual([what, []]);
      else if (body === undefined && !where.startsWith('/vdc/tasks')) expect([what, status]).toEqual([what, 403]);
    }
    const routes = COPRHD_ROUTES.filter(({ method, right }) => method !== 'GET' && right === 'provision');
    for (const { method, path } of user === 'alpha-monitor' ? routes : []) {
      for (const { where } of pathsOf(path).filter(({ foreign }) => foreign)) {
        const { status } = await own.send(method as 'POST', where, '', undefined);
        expect([method, where, Math.floor(status / 100)]).toEqual([method, where, 4]);
      }
    }
    expect(await revision()).toBe(before);
  });

  it('changes what his rights are for', async () => {
    const made = async (user: string, more: Json = {}) => {
      const { status, body } = await as(user).post('/block/volumes', '', shape(user, more));
      return [status, body.code];
    };
    expect(await made('alpha-admin')).toEqual([202, undefined]);
    expect(await made('alpha-all')).toEqual([202, undefined]);
    expect(await made('alpha-backup')).toEqual([403, 3000]);
    expect(await made('alpha-user')).toEqual([400, 1004]);
    expect(await made('alpha-all', { project: recorded(alpha.projects[1]!).urn })).toEqual([400, 1004]);
    const { volumes: inFirst, snapshots: taken } = alpha.stacks[0]!;
    const first = recorded(inFirst[0]!.name).urn;
    const copied = async (user: string, what: string) =>
      (await as(user).post(`/block/volumes/${first}/protection/${what}`, '', { name: `${what}-by-${user}` })).status;
    // Who backs up takes snapshots and lets them go; what a volume holds is not his.
    expect(await copied('alpha-backup', 'snapshots')).toBe(202);
    expect(await copied('alpha-all', 'snapshots')).toBe(202);
    expect(await copied('alpha-user', 'snapshots')).toBe(404);
    expect(await copied('alpha-backup', 'full-copies')).toBe(403);
    const followed = async (user: string, verb: string, copy: Json) =>
      (await as(user).post(`/block/volumes/${first}/protection/continuous-copies/${verb}`, '', { copy: [copy] }))
        .status;
    const mirror = { type: 'NATIVE', name: 'mirror-of-alpha' };
    expect(await followed('alpha-backup', 'start', mirror)).toBe(403);
    expect(await followed('alpha-user', 'start', mirror)).toBe(404);
    expect(await followed('alpha-all', 'start', mirror)).toBe(202);
    const mirrors = `/block/volumes/${first}/protection/continuous-copies`;
    const mirrorId = (await as('alpha-all').get(mirrors)).body.mirror[0].id as string;
    expect((await as('alpha-all').get(`${mirrors}/${mirrorId}`)).body.syncState).toMatch(/SYNCHRONIZ/);
    expect((await as('alpha-user').get(`${mirrors}/${mirrorId}`)).status).toBe(404);
    expect(await followed('alpha-backup', 'pause', { type: 'NATIVE', copyID: mirrorId })).toBe(403);
    const at = `/block/snapshots/${recorded(taken[1]!.name).urn}`;
    expect((await as('alpha-backup').post(`${at}/restore`)).status).toBe(403);
    const found = (await as('alpha-backup').get('/block/snapshots/search?name=snapshots-by-alpha-backup')).body;
    expect((await as('alpha-backup').post(`/block/snapshots/${found.resource[0].id}/deactivate`)).status).toBe(202);
    const project = (user: string, name: string) =>
      as(user).post(`/tenants/${tenants.get('alpha')}/projects`, '', { name });
    expect((await project('alpha-maker', 'mine')).status).toBe(200);
    expect((await project('alpha-all', 'not-mine')).status).toBe(403);
    const id = await estate.named(`/tenants/${tenants.get('alpha')}/projects`, 'project', 'mine');
    // Who made it owns it, and may not give it more.
    expect(await made('alpha-maker', { project: id, name: 'of-the-maker' })).toEqual([202, undefined]);
    const quota = (user: string) =>
      as(user).send('PUT', `/projects/${id}/quota`, '', { quota_enabled: true, quota_gb: 9 });
    expect((await quota('alpha-maker')).status).toBe(403);
    expect((await quota('alpha-admin')).status).toBe(200);
    const host = (user: string, name: string) => as(user).post('/compute/hosts', '', { type: 'Linux', name });
    expect((await host('alpha-admin', 'new-one')).status).toBe(202);
    expect((await host('alpha-all', 'new-two')).status).toBe(403);
    const detach = `/compute/hosts/${recorded(alpha.hosts[0]!.name).urn}/detach-storage`;
    expect((await as('alpha-all').post(detach)).status).toBe(403);
    const initiator = `/compute/initiators/${recorded(alpha.hosts[0]!.iqn).urn}/tags`;
    const tag = async (user: string) => (await as(user).send('PUT', initiator, '', { add: [user] })).status;
    expect(await Promise.all(['alpha-admin', 'alpha-all', 'alpha-user'].map(tag))).toEqual([200, 403, 403]);
    expect((await as('alpha-user').get(initiator)).body).toEqual({ tag: ['alpha-admin'] });
    const operation = await estate.daemon.send({
      method: 'POST',
      path: '/coprhd/operations/state.list',
      headers: { 'x-sds-auth-token': 'alpha-admin', 'content-type': 'application/json' },
      body: '{}',
    });
    expect(operation.status).toBe(403);
  });
});
