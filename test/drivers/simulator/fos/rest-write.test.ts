/**
 * The REST interface over real HTTPS: changes. Shapes and status codes: openstack/cinder
 * (cinder/zonemanager/drivers/brocade/brcd_rest_fc_zone_client.py, cinder/tests/unit/zonemanager/test_brcd_rest_fc_zone_client.py,
 * Apache-2.0, FOS 8.2.1), jconsoli/brcdapi (zone.py, brcdapi_rest.py, fos_auth.py, Apache-2.0, FOS 8.2 and 9), brocade/pyfos
 * (pyfos/pyfos_brocade_zone.py, Apache-2.0); who owns a
 * transaction, and cfg-action-v2: the vendor's reference of FOS 10. Statuses of refusals: derived.
 */
import { describe, expect, test } from 'vitest';
import { createMachine } from '../../../../drivers/simulator/fos/machine.ts';
import { HOST_1, TARGET_0, TARGET_1, zonedState } from './estate.ts';
import { checksum, errors, members, useRest, ZONES, zoneUrl } from './rest-support.ts';
import { askOnce, BASIC, connect, logIn, NOW_MS } from './support.ts';

const { begin } = useRest();

describe('changes', () => {
  test('create a zone, put it into the configuration, save, enable: as cinder does', async () => {
    const { switched, rest } = await begin();
    expect((await rest.ask('POST', zoneUrl('z'), members(HOST_1, TARGET_0))).status).toBe(201);
    const cfg = { 'member-zone': { 'zone-name': ['z1', 'host_1_to_array_ports', 'z'] } };
    expect((await rest.ask('PATCH', `${ZONES}/defined-configuration/cfg/cfg-name/prod`, cfg)).status).toBe(204);
    const first = { checksum: await checksum(rest) };
    expect((await rest.ask('PATCH', `${ZONES}/effective-configuration/cfg-action/1`, first)).status).toBe(204);
    expect(switched.state().fabrics[0]!.effective!.zones.has('z')).toBe(false);
    const second = { checksum: await checksum(rest) };
    expect((await rest.ask('PATCH', `${ZONES}/effective-configuration/cfg-name/prod`, second)).status).toBe(204);
    expect(switched.state().fabrics[0]!.effective!.zones.has('z')).toBe(true);
    expect(switched.writes()).toBe(2);
  });

  test('several objects in one body, all or none', async () => {
    const { switched, rest } = await begin();
    const body = {
      'defined-configuration': {
        alias: [{ 'alias-name': 'h1', 'member-entry': { 'alias-entry-name': [HOST_1] } }],
        zone: [
          { 'zone-name': 'z', 'zone-type': 0, 'member-entry': { 'entry-name': ['h1', TARGET_1] } },
          {
            'zone-name': 'p',
            'zone-type': 1,
            'member-entry': { 'principal-entry-name': [TARGET_1], 'entry-name': ['h1'] },
          },
        ],
      },
    };
    const url = `${ZONES}/defined-configuration`;
    expect((await rest.ask('POST', url, body)).status).toBe(201);
    const again = await rest.ask('POST', url, {
      'defined-configuration': { zone: [{ 'zone-name': 'y', ...members('a1') }, { 'zone-name': 'z' }] },
    });
    expect([again.status, errors(again.json)]).toEqual([
      409,
      [expect.objectContaining({ 'error-message': '"z" duplicate name' })],
    ]);
    const { buffer } = switched.state().fabrics[0]!.transactions[0]!;
    expect([buffer.zones.has('y'), buffer.zones.get('p')]).toEqual([
      false,
      { kind: 'peer', principals: [TARGET_1], members: ['h1'] },
    ]);
    const gone = { 'defined-configuration': { zone: [{ 'zone-name': 'z' }, { 'zone-name': 'p' }] } };
    expect((await rest.ask('DELETE', url, gone)).status).toBe(204);
  });

  test('a stale checksum is refused, and nothing is saved', async () => {
    const { switched, rest } = await begin();
    const stale = { checksum: await checksum(rest) };
    await rest.ask('DELETE', zoneUrl('peer'));
    switched.hand.createZone({ name: 'theirs', members: [HOST_1], configuration: 'prod', enable: false });
    const before = switched.writes();
    for (const leaf of ['cfg-action/1', 'cfg-name/prod', 'cfg-action/2']) {
      const { status, json } = await rest.ask('PATCH', `${ZONES}/effective-configuration/${leaf}`, stale);
      expect([status, errors(json)]).toEqual([
        400,
        [expect.objectContaining({ 'error-message': expect.stringMatching(/^Checksum mismatch/) })],
      ]);
    }
    expect(switched.writes()).toBe(before);
  });

  test('actions: save, disable, clear, abort, and the default zone', async () => {
    const { switched, rest } = await begin();
    const url = `${ZONES}/effective-configuration`;
    const fabric = () => switched.state().fabrics[0]!;
    await rest.ask('DELETE', zoneUrl('peer'));
    expect((await rest.ask('PATCH', url, { 'effective-configuration': { 'cfg-action': 4 } })).status).toBe(204);
    expect(fabric().transactions).toEqual([]);
    expect((await rest.ask('PATCH', url, { 'effective-configuration': { 'default-zone-access': 1 } })).status).toBe(
      204,
    );
    expect(fabric().defaultZone).toBe('all-access');
    expect((await rest.ask('PATCH', `${url}/cfg-action/2`, { checksum: await checksum(rest) })).status).toBe(204);
    expect(fabric().effective).toBeUndefined();
    expect((await rest.ask('PATCH', `${url}/cfg-action/3`, { checksum: await checksum(rest) })).status).toBe(204);
    expect((await rest.ask('PATCH', `${url}/cfg-action/1`, { checksum: await checksum(rest) })).status).toBe(204);
    expect(fabric().defined.zones.size).toBe(0);
    expect((await rest.ask('PATCH', `${url}/cfg-action/9`, {})).status).toBe(400);
  });

  test('saving nothing is an error before FOS 9, and none since', async () => {
    const save = async (firmware: string) => {
      const { rest } = await begin(zonedState({ firmware }));
      return rest.ask('PATCH', `${ZONES}/effective-configuration/cfg-action/1`, { checksum: await checksum(rest) });
    };
    const older = await save('v8.2.3c');
    expect([older.status, errors(older.json)]).toEqual([
      400,
      [expect.objectContaining({ 'error-message': 'No Change in Configuration' })],
    ]);
    expect((await save('v9.1.1b')).status).toBe(204);
  });

  test('one error is an object before 8.2.1b', async () => {
    const { rest } = await begin(zonedState({ firmware: 'v8.2.1a' }));
    const { status, json } = await rest.ask('DELETE', zoneUrl('none'));
    expect([status, errors(json)]).toEqual([
      404,
      {
        'error-type': 'application',
        'error-tag': 'data-missing',
        'error-app-tag': 'Error',
        'error-path': '/brocade-zone/defined-configuration/zone/zone-name/none',
        'error-message': '"none" not found',
        'error-info': { 'error-code': -404, 'error-module': 'zone' },
      },
    ]);
  });

  test.each([
    ['POST', zoneUrl('a%20b'), members('a1'), 400],
    ['POST', zoneUrl('z'.repeat(65)), members('a1'), 400],
    ['POST', zoneUrl('z'), { 'member-entry': { 'entry-name': [7] } }, 400],
    ['DELETE', `${ZONES}/defined-configuration/cfg/cfg-name/prod`, undefined, 409],
    ['POST', '/rest/running/switch/fibrechannel-switch', {}, 405],
    ['PUT', zoneUrl('z'), members('a1'), 405],
  ])('%s %s is refused', async (method, path, body, status) => {
    const { switched, rest } = await begin();
    expect((await rest.ask(method, path, body)).status).toBe(status);
    expect(switched.state().fabrics[0]!.transactions).toEqual([]);
  });

  test('a body that is no JSON is refused', async () => {
    const { switched, rest, tls } = await begin();
    const headers = { authorization: rest.authorization, accept: 'application/yang-data+json' };
    const asked = { method: 'POST', path: zoneUrl('z'), body: 'x' } as const;
    const xml = await askOnce(switched, tls, {
      ...asked,
      headers: { ...headers, 'content-type': 'application/yang-data+xml' },
    });
    expect(xml.status).toBe(415);
  });
});

describe('the one transaction', () => {
  const open = async () => {
    const begun = await begin();
    const client = await connect(begun.switched);
    return { ...begun, client };
  };
  const outstanding = expect.objectContaining({
    'error-message': expect.stringMatching(/^There is an outstanding admin transaction, and you are not the owner/),
    'error-info': expect.objectContaining({ 'error-code': -3 }),
  });

  test('of a REST session is seen on the command line, which can end it and nothing else', async () => {
    const { rest, client } = await open();
    await rest.ask('DELETE', zoneUrl('peer'));
    expect((await client.exec('cfgtransshow')).stdout).toContain('Current transaction token is');
    expect((await client.exec('zoneshow peer')).stdout).toContain('does not exist');
    expect((await client.exec('zonedelete "z1"')).stdout).toBe('trans_open: there is an outstanding  transaction\n');
    expect((await client.exec('cfgsave', ['y'])).stdout).toMatch(
      /trans_commit: there is an outstanding {2}transaction\n$/,
    );
    expect(await client.exec('cfgtransabort')).toEqual({ stdout: '', code: 0 });
    expect((await rest.ask('GET', zoneUrl('peer'))).status).toBe(200);
    client.close();
  });

  test('of the command line is seen over REST, and refuses edits there', async () => {
    const { rest, client } = await open();
    await client.exec('zonedelete "peer"');
    const { json } = await rest.ask('GET', `${ZONES}/effective-configuration/transaction-token`);
    expect(json).toEqual({ Response: { 'effective-configuration': { 'transaction-token': expect.any(Number) } } });
    const tried = await rest.ask('DELETE', zoneUrl('z1'));
    expect([tried.status, errors(tried.json)]).toEqual([400, [outstanding]]);
    const body = { checksum: await checksum(rest) };
    for (const leaf of ['cfg-action/1', 'cfg-action/4', 'cfg-name/prod']) {
      expect(errors((await rest.ask('PATCH', `${ZONES}/effective-configuration/${leaf}`, body)).json)).toEqual([
        outstanding,
      ]);
    }
    client.close();
  });

  test('of another REST session refuses edits, and ends with its session', async () => {
    const { switched, rest, tls, client } = await open();
    client.close();
    const second = await logIn(switched, tls);
    await rest.ask('DELETE', zoneUrl('peer'));
    expect(errors((await second.ask('DELETE', zoneUrl('z1'))).json)).toEqual([outstanding]);
    await rest.ask('POST', '/rest/logout');
    expect((await second.ask('DELETE', zoneUrl('z1'))).status).toBe(204);
    switched.faults.expireSessions();
    expect(switched.state().fabrics[0]!.transactions).toEqual([]);
  });

  test('of a REST session ends after five idle minutes', () => {
    const machine = createMachine(zonedState());
    const ask = (method: string, path: string, nowMs: number, authorization = BASIC) =>
      machine.rest({ method, path, authorization, accept: 'application/yang-data+json', body: '' }, nowMs).answer;
    const token = ask('POST', '/rest/login', NOW_MS).headers.authorization!;
    ask('DELETE', zoneUrl('peer'), NOW_MS, token);
    ask('DELETE', zoneUrl('z_later'), NOW_MS + 200_000, token);
    expect(ask('GET', zoneUrl('peer'), NOW_MS + 500_000, token).status).toBe(404);
    expect(ask('GET', zoneUrl('peer'), NOW_MS + 500_001, token).status).toBe(200);
    expect(machine.state().fabrics[0]!.transactions).toEqual([]);
  });
});

describe('cfg-action-v2', () => {
  const run = async (firmware: string, action: string) => {
    const { switched, rest } = await begin(zonedState({ firmware }));
    await rest.ask('DELETE', zoneUrl('peer'));
    const url = `${ZONES}/effective-configuration/cfg-action-v2/${action}`;
    const { status } = await rest.ask('PATCH', url, { checksum: await checksum(rest) });
    const { defined, transactions } = switched.state().fabrics[0]!;
    return [status, defined.zones.has('peer'), transactions.length];
  };

  test('saves and aborts by name since FOS 9.2', async () => {
    expect(await run('v9.2.0', 'save')).toEqual([204, false, 0]);
    expect(await run('v9.2.0', 'transaction-abort')).toEqual([204, true, 0]);
    expect(await run('v9.1.1b', 'save')).toEqual([400, true, 1]);
  });
});

test('one kind of objects at its URL', async () => {
  const { switched, rest } = await begin();
  const zone = [{ 'zone-name': 'z', 'zone-type-string': 'zone', ...members(HOST_1) }];
  expect((await rest.ask('POST', `${ZONES}/defined-configuration/zone`, { zone })).status).toBe(201);
  const cfg = [{ 'cfg-name': 'prod', 'member-zone': { 'zone-name': ['z'] } }];
  expect((await rest.ask('PATCH', `${ZONES}/defined-configuration/cfg`, { cfg })).status).toBe(204);
  expect(switched.state().fabrics[0]!.transactions[0]!.buffer.cfgs.get('prod')).toEqual(['z']);
});
