/**
 * Two daemons on one etcd, one of them killed at chosen points of a request for 50 volumes: the other goes on, every task
 * ends, and nothing is left that nobody knows. 20 points with `npm run test:all`, 3 in every run.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { simShow } from '../../drivers/simulator/manage.ts';
import { cliIn, ensureBuilt } from '../e2e/cli.ts';
import { type DaemonProcess, startDaemon } from '../e2e/daemon.ts';
import { infrastructure } from '../e2e/plans.ts';
import { EVERYTHING } from '../long-only.ts';
import { type Client, clientOf, finished, type Json, many, references } from '../rest/client.ts';
import { type Answer, sendTo } from '../rest/support.ts';
import { type EtcdCluster, skipWithoutEtcd, startEtcd } from '../support/etcd-cluster.ts';

const VOLUMES = 50;
const POINTS = EVERYTHING ? 20 : 3;
/** So many volumes are on the array when the daemon is killed; the first point is the moment of the answer. */
const points = Array.from({ length: POINTS }, (_, index) => Math.round((index * (VOLUMES - 1)) / (POINTS - 1)));

describe.skipIf(skipWithoutEtcd())('one of two daemons that is killed', () => {
  const home = mkdtempSync(join(tmpdir(), 'coprhd-daemons-'));
  let cluster: EtcdCluster;
  let state: string;
  let stays: DaemonProcess;
  let client: Client;
  let token: string;

  beforeAll(async () => {
    ensureBuilt();
    cluster = await startEtcd({ members: 1, tls: false });
    state = cluster.url('test/daemons');
    const cli = cliIn(home, state);
    await cli.expect(0, 'sim', 'up', '--arrays', '1');
    await cli.expect(0, 'init');
    mkdirSync(join(home, 'plans'));
    const system = `driver: simulator\n    configuration: { directory: ${join(home, 'sim')}, array: sim-1 }`;
    writeFileSync(join(home, 'plans', 'infrastructure.yaml'), infrastructure(system, '10.0.0.0/16'));
    await cli.expect(0, 'apply', 'plans', '--yes');
    await cli.expect(0, 'sim', 'fault', 'sim-1', 'operation=ensureVolume', 'latencyMs=30');
    stays = await startDaemon(home, state);
    const authorization = `Basic ${Buffer.from(`root:${stays.password}`).toString('base64')}`;
    const { headers } = await sendTo(stays.url, undefined, { path: '/login', headers: { authorization } });
    token = headers['x-sds-auth-token'] as string;
    client = clientOf((asked) => sendTo(stays.url, undefined, asked), 'json', token);
  });
  afterAll(async () => {
    stays?.daemon.kill('SIGKILL');
    await cluster?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const operation = async (name: string, input: Json = {}): Promise<Answer> => {
    const headers = { 'x-sds-auth-token': token, 'content-type': 'application/json', accept: 'application/json' };
    const where = `/coprhd/operations/${name}`;
    return sendTo(stays.url, undefined, { method: 'POST', path: where, headers, body: JSON.stringify(input) });
  };
  const onArray = async (): Promise<number> =>
    (await simShow({ directory: join(home, 'sim'), array: 'sim-1' })).volumes.length;

  it.each(points)('with %i volumes on the array leaves its work to the other', async (made) => {
    const ids = await references(client, 'e2e');
    const killed = await startDaemon(home, state, false);
    onTestFinished(() => void killed.daemon.kill('SIGKILL'));
    const throughIt = clientOf((asked) => sendTo(killed.url, undefined, asked), 'json', token);
    const body = { name: `at-${made}`, size: '16MB', count: VOLUMES, ...ids };
    const answer = await throughIt.post('/block/volumes', '', body);
    expect([answer.status, many(answer.body.task).length]).toEqual([202, VOLUMES]);
    while ((await onArray()) < made) await new Promise((resolve) => setTimeout(resolve, 5));
    killed.daemon.kill('SIGKILL');
    const tasks = await Promise.all(many(answer.body.task).map(({ id }) => finished(client, `/vdc/tasks/${id}`)));
    expect(new Set(tasks.map((task) => task.state))).toEqual(new Set(['ready']));
    expect(await onArray()).toBe(VOLUMES);
    expect((await operation('orphans')).json).toMatchObject({ outcome: 'ok' });
    const all = many((await client.get(`/block/volumes/search?project=${ids.project}`)).body.resource);
    expect(all).toHaveLength(VOLUMES);
    const gone = await client.post('/block/volumes/deactivate', '', { id: all.map(({ id }) => id) });
    for (const { id } of many(gone.body.task)) expect((await finished(client, `/vdc/tasks/${id}`)).state).toBe('ready');
    expect(await onArray()).toBe(0);
  });
});
