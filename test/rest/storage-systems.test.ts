/** CoprHD's API for storage systems, their pools and ports. */
import { describe, expect, it } from 'vitest';
import { many } from './client.ts';
import { useRestEstate } from './estate.ts';

const estate = useRestEstate();
const { client, fault, noFaults, ended, named } = estate;

describe('administrators', () => {
  it('have storage systems read, taken out of use and back', async () => {
    const system = await named('/vdc/storage-systems', 'storage_system', 'sim-1');
    const at = `/vdc/storage-systems/${system}`;
    expect((await ended(client.post(`${at}/discover`))).state).toBe('ready');
    expect((await ended(client.post('/vdc/storage-systems/discover'))).task).toMatchObject([{ state: 'ready' }]);
    await fault({ operation: '*', before: 'auth' });
    const failed = await ended(client.post(`${at}/discover`));
    expect([failed.state, failed.service_error?.details]).toEqual(['error', expect.stringContaining('COPRHD-')]);
    await noFaults();
    expect((await client.post(`${at}/deregister`)).body).toMatchObject({ registration_status: 'UNREGISTERED' });
    expect((await client.post(`${at}/register`)).body).toMatchObject({ registration_status: 'REGISTERED' });
    const pools = many((await client.get(`/block/vpools/${estate.ids.vpool}/storage-pools`)).body.storage_pool);
    expect(pools.map(({ name }) => name)).toContain('sim-1/fast');
    expect(
      (await client.get(`/vdc/varrays/${estate.ids.varray}/storage-pools`)).body.storage_pool.length,
    ).toBeGreaterThan(1);
    const ports = many((await client.get(`/vdc/varrays/${estate.ids.varray}/storage-ports`)).body.storage_port);
    const all = many((await client.get(`${at}/storage-ports`)).body.storage_port);
    // Those of Fibre Channel are in no network of it.
    expect([ports.length, all.length]).toEqual([4, 8]);
    expect((await client.get(`/vdc/varrays/${estate.ids.varray}/vpools`)).body.virtualpool).toMatchObject([
      { name: 'gold' },
    ]);
  });

  it('have pools and ports taken out of use and back, under their storage system', async () => {
    const system = await named('/vdc/storage-systems', 'storage_system', 'sim-1');
    for (const kind of ['pool', 'port']) {
      const [first] = many(
        (await client.get(`/vdc/storage-systems/${system}/storage-${kind}s`)).body[`storage_${kind}`],
      );
      const at = `/vdc/storage-systems/${system}/storage-${kind}s/${first!.id}`;
      expect((await client.get(at)).body).toMatchObject({ id: first!.id, registration_status: 'REGISTERED' });
      const gone = await client.post(`/vdc/storage-${kind}s/${first!.id}/deregister`);
      expect([kind, gone.status, gone.body.registration_status]).toEqual([kind, 200, 'UNREGISTERED']);
      expect((await client.post(`${at}/register`)).body.registration_status).toBe('REGISTERED');
      const elsewhere = at.replace(system, system.replace(/[0-9a-f]{12}:/, '000000000000:'));
      expect((await client.get(elsewhere)).status).toBe(404);
      expect((await client.post(`${elsewhere}/register`)).status).toBe(404);
    }
  });

  it('register storage systems, which are managed with all their pools, and give them other passwords', async () => {
    const { local } = estate.daemon;
    const directory = `${estate.sim}-2`;
    await local.call('sim', { verb: 'up', arguments: { directory, generate: { arrays: 2 } } });
    const array = 'sim-2';
    const body = {
      name: 'second',
      system_type: 'Simulator',
      ip_address: 'local',
      configuration: { directory, array },
    };
    const task = await ended(client.post('/vdc/storage-systems', '', body));
    expect([task.state, task.resource.name]).toEqual(['ready', 'second']);
    const at = `/vdc/storage-systems/${task.resource.id}`;
    expect((await client.get(at)).body).toMatchObject({
      name: 'second',
      system_type: 'simulator',
      serial_number: expect.any(String),
    });
    const { devices } = await local.call('device.list', {});
    const listed = devices.find(({ name }) => name === 'second')!;
    expect([listed.mode, listed.scope]).toEqual([
      'manage',
      listed.pools.map(({ name }) => name.split('/').at(-1)).sort(),
    ]);
    const again = await client.post('/vdc/storage-systems', '', { ...body, name: 'third' });
    expect([again.status, again.body.code]).toEqual([400, 1015]);
    // There is no key for the vault here: nothing is registered, and the password is nowhere.
    const secret = await client.post('/vdc/storage-systems', '', { ...body, password: 'SECRET-WORD' });
    expect([secret.status, JSON.stringify(secret.body)]).toEqual([400, expect.not.stringContaining('SECRET-WORD')]);
    for (const [what, code] of [
      [{ name: 'other' }, 1008],
      [{ ip_address: '10.0.0.1' }, 1008],
      [{ max_resources: 5 }, 1008],
      [{}, 1005],
    ] as const) {
      expect((await client.send('PUT', at, '', what)).body.code).toBe(code);
    }
    expect((await client.post(`${at}/deactivate`)).status).toBe(200);
    expect((await client.get(at)).status).toBe(404);
  });
});
