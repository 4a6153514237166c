/**
 * The REST interface over real HTTPS: sessions and reads. Shapes and status codes: openstack/cinder
 * (cinder/zonemanager/drivers/brocade/brcd_rest_fc_zone_client.py, cinder/tests/unit/zonemanager/test_brcd_rest_fc_zone_client.py,
 * Apache-2.0, FOS 8.2.1), jconsoli/brcdapi (zone.py, brcdapi_rest.py, fos_auth.py, Apache-2.0, FOS 8.2 and 9), brocade/pyfos
 * (pyfos/pyfos_brocade_zone.py, Apache-2.0); limits of
 * sessions: the vendor's reference of FOS 10.
 */
import { describe, expect, test } from 'vitest';
import { stateOf } from '../../../../drivers/simulator/fos/state/build.ts';
import { HOST_0, HOST_1, TARGET_0, TARGET_1, virtualState, zonedState } from './estate.ts';
import { errors, members, useRest, ZONES, zoneUrl } from './rest-support.ts';
import { askOnce, BASIC, logIn } from './support.ts';

const { start, begin } = useRest();

describe('sessions', () => {
  test('a login gives the header to use, a logout ends it', async () => {
    const { switched, rest } = await begin();
    expect(rest.authorization).toMatch(/^Custom_Basic /);
    expect((await rest.ask('POST', '/rest/logout')).status).toBe(204);
    expect((await rest.ask('GET', `${ZONES}/defined-configuration`)).status).toBe(401);
    expect(switched.state().restSessions).toEqual([]);
  });

  test('three at a time; a logout makes room', async () => {
    const { switched, rest, tls } = await begin();
    const more = [await logIn(switched, tls), await logIn(switched, tls)];
    await expect(logIn(switched, tls)).rejects.toThrow(/403 .*Max limit for REST sessions reached.*"error-code":14/);
    expect((await more[0]!.ask('POST', '/rest/logout')).status).toBe(204);
    await logIn(switched, tls);
    expect((await rest.ask('GET', `${ZONES}/defined-configuration`)).status).toBe(200);
  });

  test('wrong credentials are 401', async () => {
    const { switched, tls } = await begin();
    const wrong = `Basic ${Buffer.from('admin:nope').toString('base64')}`;
    await expect(logIn(switched, tls, wrong)).rejects.toThrow(/^login: 401/);
  });

  test('since FOS 9.1 a GET can bring its own credentials, and no other request can', async () => {
    const headers = { authorization: BASIC, accept: 'application/yang-data+json' };
    const statusOf = async (firmware: string, method: string) => {
      const { switched, tls } = await start(zonedState({ firmware }));
      const { status } = await askOnce(switched, tls, { method, path: zoneUrl('peer'), headers });
      expect(switched.state().restSessions).toEqual([]);
      return status;
    };
    expect(await statusOf('v9.1.1b', 'GET')).toBe(200);
    expect(await statusOf('v9.1.1b', 'DELETE')).toBe(401);
    expect(await statusOf('v8.2.3c', 'GET')).toBe(401);
  });

  test('an expired session is 401', async () => {
    const { switched, rest } = await begin();
    switched.faults.expireSessions();
    expect((await rest.ask('GET', `${ZONES}/defined-configuration`)).status).toBe(401);
  });

  test('a user who may only look gets 403 for a change', async () => {
    const accounts = [{ user: 'admin', password: 'password', role: 'user' }] as const;
    const { rest } = await begin(zonedState({ accounts }));
    expect((await rest.ask('GET', `${ZONES}/defined-configuration`)).status).toBe(200);
    expect((await rest.ask('POST', zoneUrl('z'), members('a1'))).status).toBe(403);
  });

  test('there is no REST before 8.2.1', async () => {
    const { switched, tls } = await start(zonedState({ firmware: 'v8.2.0b' }));
    await expect(logIn(switched, tls)).rejects.toThrow(/^login: 404 <html>/);
  });
});

describe('reads', () => {
  test('what is in effect, with the checksum', async () => {
    const { rest } = await begin();
    const { status, headers, json } = await rest.ask('GET', `${ZONES}/effective-configuration`);
    expect([status, headers['content-type']]).toEqual([200, 'application/yang-data+json']);
    expect(json).toEqual({
      Response: {
        'effective-configuration': {
          'cfg-name': 'prod',
          checksum: expect.stringMatching(/^[0-9a-f]{32}$/),
          'cfg-action': 0,
          'default-zone-access': 0,
          'db-max': 1045274,
          'db-avail': expect.any(Number),
          'db-committed': expect.any(Number),
          'db-transaction': 0,
          'transaction-token': 0,
          'db-chassis-wide-committed': expect.any(Number),
          'enabled-zone': [
            {
              'zone-name': 'host_1_to_array_ports',
              'zone-type': 0,
              'member-entry': { 'entry-name': [HOST_1, '1,4', TARGET_0, HOST_0, TARGET_1] },
            },
            { 'zone-name': 'z1', 'zone-type': 0, 'member-entry': { 'entry-name': [HOST_0, TARGET_0] } },
          ],
        },
      },
    });
  });

  test('before FOS 9 a list of one is its item; since FOS 9 it is a list, and zone types have names', async () => {
    const one = { zoning: { zones: { z: [HOST_0] }, cfgs: { c: ['z'] } }, effective: 'c' };
    const read = async (firmware: string) => {
      const { rest } = await begin(zonedState({ firmware }, one));
      const { json } = await rest.ask('GET', `${ZONES}/effective-configuration/enabled-zone`);
      return (json as { Response: { 'effective-configuration': unknown } }).Response['effective-configuration'];
    };
    expect(await read('v8.2.3c')).toEqual({
      'enabled-zone': { 'zone-name': 'z', 'zone-type': 0, 'member-entry': { 'entry-name': HOST_0 } },
    });
    expect(await read('v9.1.1b')).toEqual({
      'enabled-zone': [
        { 'zone-name': 'z', 'zone-type': 0, 'zone-type-string': 'zone', 'member-entry': { 'entry-name': [HOST_0] } },
      ],
    });
  });

  test('with nothing in effect there is no cfg-name and no enabled-zone', async () => {
    const { rest } = await begin(stateOf());
    const { json } = await rest.ask('GET', `${ZONES}/effective-configuration`);
    const effective = (json as { Response: { 'effective-configuration': object } }).Response['effective-configuration'];
    expect(Object.keys(effective)).not.toContain('cfg-name');
    expect(Object.keys(effective)).not.toContain('enabled-zone');
    expect((await rest.ask('GET', `${ZONES}/effective-configuration/cfg-name`)).status).toBe(404);
  });

  test('one zone that is in effect', async () => {
    const { rest } = await begin();
    const { json } = await rest.ask('GET', `${ZONES}/effective-configuration/enabled-zone/zone-name/z1`);
    expect(json).toMatchObject({ Response: { 'effective-configuration': { 'enabled-zone': { 'zone-name': 'z1' } } } });
    expect((await rest.ask('GET', `${ZONES}/effective-configuration/enabled-zone/zone-name/peer`)).status).toBe(404);
  });

  test('the defined configuration: all, one kind, one object', async () => {
    const { rest } = await begin();
    const all = (await rest.ask('GET', `${ZONES}/defined-configuration`)).json;
    expect(all).toMatchObject({
      Response: {
        'defined-configuration': {
          cfg: { 'cfg-name': 'prod', 'member-zone': { 'zone-name': ['z1', 'host_1_to_array_ports'] } },
          alias: [
            { 'alias-name': 'a1', 'member-entry': { 'alias-entry-name': HOST_0 } },
            { 'alias-name': 'array_port_0', 'member-entry': { 'alias-entry-name': TARGET_0 } },
          ],
        },
      },
    });
    const { json } = await rest.ask('GET', zoneUrl('peer'));
    expect(json).toEqual({
      Response: {
        zone: {
          'zone-name': 'peer',
          'zone-type': 1,
          'member-entry': { 'entry-name': 'a1', 'principal-entry-name': 'array_port_0' },
        },
      },
    });
    const none = await rest.ask('GET', zoneUrl('none'));
    expect([none.status, errors(none.json)]).toEqual([
      404,
      [expect.objectContaining({ 'error-message': 'No entries found' })],
    ]);
  });

  test.each([
    ['zoning', 'brocade-zone', 'effective-configuration'],
    ['switch', 'brocade-fibrechannel-switch', 'fibrechannel-switch'],
    ['fabric', 'brocade-fabric', 'fabric-switch'],
    ['name-server', 'brocade-name-server', 'fibrechannel-name-server'],
  ])('/rest/running/%s is /rest/running/%s', async (short, long, resource) => {
    const { rest } = await begin();
    const reply = await rest.ask('GET', `/rest/running/${short}/${resource}`);
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual((await rest.ask('GET', `/rest/running/${long}/${resource}`)).json);
  });

  test('switches and names', async () => {
    const { rest } = await begin();
    const own = await rest.ask('GET', '/rest/running/brocade-fibrechannel-switch/fibrechannel-switch');
    expect(own.json).toMatchObject({
      Response: {
        'fibrechannel-switch': {
          name: '10:00:00:05:1e:80:01:00',
          'user-friendly-name': 'fab_sw1',
          'domain-id': 1,
          'firmware-version': 'v8.2.3c',
        },
      },
    });
    const { json } = await rest.ask('GET', '/rest/running/brocade-name-server/fibrechannel-name-server');
    const names = (json as { Response: { 'fibrechannel-name-server': { 'port-name': string; 'port-id': string }[] } })
      .Response['fibrechannel-name-server'];
    expect(names.map((one) => [one['port-id'], one['port-name']])).toEqual([
      ['0x010000', HOST_0],
      ['0x010100', TARGET_0],
      ['0x020000', HOST_1],
      ['0x020100', TARGET_1],
    ]);
  });

  test('XML where JSON was not asked for', async () => {
    const { switched, rest, tls } = await begin();
    const path = zoneUrl('z1');
    const { headers, text } = await askOnce(switched, tls, {
      method: 'GET',
      path,
      headers: { authorization: rest.authorization },
    });
    expect(headers['content-type']).toBe('application/yang-data+xml');
    expect(text).toBe(
      '<?xml version="1.0"?><Response><zone><zone-name>z1</zone-name><zone-type>0</zone-type><member-entry>' +
        '<entry-name>a1</entry-name><entry-name>array_port_0</entry-name></member-entry></zone></Response>',
    );
  });

  test('what is not there is 404; the fabric lock came with FOS 9', async () => {
    const { rest } = await begin();
    expect((await rest.ask('GET', '/rest/running/brocade-nothing/at-all')).status).toBe(404);
    expect((await rest.ask('GET', `${ZONES}/fabric-lock`)).status).toBe(404);
    const { rest: newer } = await begin(zonedState({ firmware: 'v9.1.1b' }));
    await newer.ask('DELETE', zoneUrl('peer'));
    const { json } = await newer.ask('GET', `${ZONES}/fabric-lock`);
    expect(json).toMatchObject({ Response: { 'fabric-lock': { 'lock-principal-domain-id': 1 } } });
  });
});

describe('virtual fabrics', () => {
  test('vf-id says which', async () => {
    const { rest } = await begin(virtualState());
    const nameOf = async (query: string) => {
      const { json } = await rest.ask('GET', `/rest/running/switch/fibrechannel-switch${query}`);
      return (json as { Response: { 'fibrechannel-switch': { 'user-friendly-name': string } } }).Response[
        'fibrechannel-switch'
      ]['user-friendly-name'];
    };
    expect([await nameOf(''), await nameOf('?vf-id=128'), await nameOf('?vf-id=20')]).toEqual([
      'fab_sw1',
      'fab_sw1',
      'tst_sw1',
    ]);
    expect((await rest.ask('GET', `${ZONES}/defined-configuration?vf-id=99`)).status).toBe(404);
    const { json } = await rest.ask(
      'GET',
      '/rest/running/brocade-fibrechannel-logical-switch/fibrechannel-logical-switch',
    );
    expect(json).toMatchObject({
      Response: { 'fibrechannel-logical-switch': [{ 'fabric-id': 128 }, { 'fabric-id': 20 }] },
    });
  });

  test('a switch without them refuses it', async () => {
    const { rest } = await begin();
    expect((await rest.ask('GET', `${ZONES}/defined-configuration?vf-id=128`)).status).toBe(400);
  });
});
