/** Tags of what discovery has found and of what hosts are made of; and of tasks and workflows, which have none. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf, inside, type Json, many } from './client.ts';
import { useRestEstate } from './estate.ts';

const estate = useRestEstate();
const { client: json, ended, named } = estate;

const PLACES = {
  '/compute/initiators': ['bulk-initiators', 'initiators'],
  '/compute/ip-interfaces': ['bulk_ip_interfaces', 'ip_interface'],
  '/vdc/storage-pools': ['bulk_storage_pools', 'storage_pool'],
  '/vdc/storage-ports': ['bulk_storage_ports', 'storage_port'],
  '/vdc/storage-systems': ['bulk_storage_systems', 'storage_system'],
  '/vdc/network-systems': ['bulk_network_systems', 'network_system'],
} as const;

/** By where they are, what requests registered: no file declares it. */
const registered: Record<string, string> = {};

beforeAll(async () => {
  const { local } = estate.daemon;
  const directory = `${estate.sim}-2`;
  await local.call('sim', { verb: 'up', arguments: { directory, generate: { arrays: 2, fabrics: 1 } } });
  for (const [at, configuration] of [
    ['/vdc/storage-systems', { directory, array: 'sim-2' }],
    ['/vdc/network-systems', { directory, fabric: 'fabric-a' }],
  ] as const) {
    const body = { name: 'second', system_type: 'simulator', ip_address: 'local', configuration };
    registered[at] = (await ended(json.post(at, '', body))).resource.id;
  }
  await ended(json.post('/compute/hosts', '', { type: 'Linux', name: 'of-requests' }));
  const host = await named('/compute/hosts', 'host', 'of-requests');
  const address = { protocol: 'IPV4', ip_address: '10.0.0.1', netmask: 24 };
  await json.post(`/compute/hosts/${host}/ip-interfaces`, '', address);
});

const firstAt = async (at: string): Promise<string> =>
  registered[at] ?? ((await json.get(`${at}/bulk`)).body.id[0] as string);

async function discovered(): Promise<void> {
  for (const at of Object.keys(registered)) {
    for (const id of (await json.get(`${at}/bulk`)).body.id as string[])
      expect((await ended(json.post(`${at}/${id}/discover`))).state).toBe('ready');
  }
}

describe.each(['json', 'xml'] as const)('in %s', (form) => {
  const client: Client = clientOf((asked) => estate.daemon.send(asked), form);
  const put = (where: string, changes: Readonly<Record<string, readonly string[]>>) =>
    client.send(
      'PUT',
      where,
      'tag_changes',
      Object.fromEntries(Object.entries(changes).map(([key, tags]) => [key, form === 'json' ? tags : { tag: tags }])),
    );

  it.each(Object.keys(PLACES) as (keyof typeof PLACES)[])('%s have tags', async (at) => {
    const id = await firstAt(at);
    const mark = `${form}-${at.split('/').at(-1)}`;
    expect((await put(`${at}/${id}/tags`, { add: [mark, 'second one'] })).body).toEqual({ tag: [mark, 'second one'] });
    expect(many((await put(`${at}/${id}/tags`, { add: [mark], remove: ['second one'] })).body.tag)).toEqual([mark]);
    expect(many((await client.get(`${at}/${id}/tags`)).body.tag)).toEqual([mark]);
    const shown = (await client.get(`${at}/${id}`)).body;
    expect(inside(shown.tags as Json, 'tag')).toEqual([mark]);
    const bulk = await client.post(`${at}/bulk`, 'ids', { id: [id] });
    expect(many(bulk.body[PLACES[at][1]])).toEqual([shown]);
    expect(many((await client.get(`${at}/search?tag=${mark}`)).body.resource)).toMatchObject([{ id, match: mark }]);
    await discovered();
    expect(many((await client.get(`${at}/${id}/tags`)).body.tag)).toEqual([mark]);
    const short = await put(`${at}/${id}/tags`, { add: ['x'] });
    expect([short.status, many((await put(`${at}/${id}/tags`, { remove: [mark] })).body.tag ?? [])]).toEqual([400, []]);
    const unknown = id.replace(/[0-9a-f]{12}:/, '000000000000:');
    expect((await put(`${at}/${unknown}/tags`, { add: ['xx'] })).status).toBe(404);
    const asked = async (etag: string) => {
      const headers = { 'x-sds-auth-token': 'admin', 'content-type': 'application/json', 'if-match': etag };
      const changes = JSON.stringify({ add: [mark] });
      return (await estate.daemon.send({ method: 'PUT', path: `${at}/${id}/tags`, headers, body: changes })).status;
    };
    const head = await estate.daemon.send({ path: `${at}/${id}`, headers: { 'x-sds-auth-token': 'admin' } });
    expect([await asked('"1"'), await asked(String(head.headers.etag))]).toEqual([412, 200]);
    await put(`${at}/${id}/tags`, { remove: [mark] });
  });

  it('of what a file declares are changed there, of a device as of a host', async () => {
    const [device, host] = [
      await named('/vdc/storage-systems', 'storage_system', 'sim-1'),
      await named('/compute/hosts', 'host', 'h1'),
    ];
    const [ofDevice, ofHost] = [
      await put(`/vdc/storage-systems/${device}/tags`, { add: ['xx'] }),
      await put(`/compute/hosts/${host}/tags`, { add: ['xx'] }),
    ];
    expect([ofDevice.status, ofDevice.body.code]).toEqual([ofHost.status, ofHost.body.code]);
    expect(ofDevice.status).toBe(400);
    expect(ofDevice.body.details).toContain('storageSystem.sim-1 is declared in ');
    expect(ofHost.body.details).toContain('host.h1 is declared in ');
    expect(many((await client.get(`/vdc/storage-systems/${device}/tags`)).body.tag ?? [])).toEqual([]);
  });

  it('tasks and workflows have none, and are not deleted', async () => {
    const [task] = (await json.get('/vdc/tasks/bulk')).body.id as string[];
    const [workflow] = (await json.get('/vdc/workflows/bulk')).body.id as string[];
    for (const at of [`/vdc/tasks/${task}`, `/vdc/workflows/${workflow}`]) {
      const shown = await client.get(`${at}/tags`);
      expect([shown.status, many(shown.body.tag ?? [])]).toEqual([200, []]);
      const changed = await put(`${at}/tags`, { add: ['xx'] });
      expect([changed.status, changed.body.code, changed.body.details]).toEqual([
        ...[405, expect.anything()],
        expect.stringContaining('tag what it is about'),
      ]);
      const unknown = at.replace(/[0-9a-f]{12}:/, '000000000000:');
      expect((await client.get(`${unknown}/tags`)).status).toBe(404);
    }
    const kept = await client.post(`/vdc/tasks/${task}/delete`);
    expect([kept.status, kept.body.details]).toEqual([405, expect.stringContaining('forgotten a week after')]);
    expect((await client.get(`/vdc/tasks/${task}`)).status).toBe(200);
  });

  it('a step of a workflow is found by its id', async () => {
    const all = (await json.get('/vdc/workflows/bulk')).body.id as string[];
    for (const workflow of all) {
      const steps = many((await client.get(`/vdc/workflows/${workflow}/steps`)).body.workflow_step ?? []);
      for (const step of steps) {
        expect(step).toMatchObject({ id: expect.stringContaining(':WorkflowStep:'), workflow: { id: workflow } });
        expect((await client.get(step.link.href)).body).toEqual(step);
      }
    }
    const last = many((await json.get(`/vdc/workflows/${all[0]}/steps`)).body.workflow_step)[0]!;
    const status = async (id: string) => (await client.get(`/vdc/workflows/steps/${id}`)).status;
    expect(await status(last.id.replace(/[0-9a-f]{12}:/, '000000000000:'))).toBe(404);
    expect(await status(last.id.replace('WorkflowStep', 'Task'))).toBe(400);
  });
});
