/**
 * A client of CoprHD's API against a daemon as people start it, with its state on a real etcd and a real iSCSI target: login
 * with the password that the first start printed, the walk in JSON and in XML, logout. tgt is asked at every step, and the
 * exported volume is written and read over iSCSI.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTgtArray, type TgtArray } from '../../scripts/lib/tgt-array.js';
import { clientOf, type Json } from '../rest/client.ts';
import { walkCopies } from '../rest/copies-walk.ts';
import { sendTo } from '../rest/support.ts';
import { walk } from '../rest/walk.ts';
import { type EtcdCluster, skipWithoutEtcd, startEtcd } from '../support/etcd-cluster.ts';
import { cliIn, ensureBuilt } from './cli.ts';
import { startDaemon } from './daemon.ts';
import { infrastructure, MIB } from './plans.ts';
import { describeOnTgt, expectPattern, filesOf, login, targetsOf, writePattern } from './tgt.ts';

const groupsIn = (text: string) =>
  text.replace('provisioning: thin,', 'provisioning: thin, multiVolumeConsistency: true,');

/** Where a row of an export says that a volume is. */
const reachedBy = ({ initiator, target, hlu }: Json) => ({
  targetName: target.port as string,
  hlu: Number(hlu),
  initiators: [initiator.port as string],
  portals: [`${target.ip_address}:${target.tcp_port}`],
});

if (!skipWithoutEtcd()) {
  describeOnTgt("a client of CoprHD's API, with the state on etcd", () => {
    const home = mkdtempSync(join(tmpdir(), 'coprhd-e2e-rest-'));
    let cluster: EtcdCluster;
    let array: TgtArray;
    let daemon: ChildProcess;
    let url = '';
    let password: string | undefined;

    beforeAll(async () => {
      ensureBuilt();
      [cluster, array] = await Promise.all([
        startEtcd({ members: 1, tls: false }),
        startTgtArray({ directory: join(home, 'array'), sizeBytes: 512 * MIB }),
      ]);
      const state = cluster.url('test/rest-walk');
      const cli = cliIn(home, state);
      await cli.expect(0, 'init');
      mkdirSync(join(home, 'plans'));
      const { socket, controlPort, configDirectory, poolDirectory } = array;
      const configuration = { socket, controlPort, configDirectory, pools: { fast: poolDirectory } };
      const system = ['driver: tgt', `configuration: ${JSON.stringify(configuration)}`].join('\n    ');
      writeFileSync(join(home, 'plans', 'infrastructure.yaml'), groupsIn(infrastructure(system, '127.0.0.0/8')));
      await cli.expect(0, 'apply', 'plans', '--yes');
      ({ daemon, url, password } = await startDaemon(home, state));
    });
    afterAll(async () => {
      daemon?.kill('SIGTERM');
      await new Promise((resolve) => (daemon ? daemon.once('close', resolve) : resolve(undefined)));
      await Promise.all([array?.stop(), cluster?.stop()]);
      rmSync(home, { recursive: true, force: true });
    });

    it.each(['json', 'xml'] as const)('walks in %s from login to logout, and tgt agrees', async (form) => {
      // Existing clients don't look at certificates; ours pins them (test/rest/processes.test.ts).
      const send = (asked: Parameters<typeof sendTo>[2]) => sendTo(url, undefined, asked);
      const none = await send({ path: '/login' });
      expect([none.status, none.headers['www-authenticate']]).toEqual([401, 'Basic realm="ViPR"']);
      const authorization = `Basic ${Buffer.from(`root:${password}`).toString('base64')}`;
      const { status, headers } = await send({ path: '/login', headers: { authorization } });
      const token = headers['x-sds-auth-token'] as string;
      expect([status, typeof token]).toEqual([200, 'string']);
      const client = clientOf(send, form, token);
      expect((await client.get('/upgrade/target-version')).status).toBe(403);

      await walk(client, {
        project: `walk-${form}`,
        host: `h-${form}`,
        iqn: `iqn.2026-01.com.example:h-${form}`,
        hlu: { json: 7, xml: 8 }[form],
        device: {
          volumes: async () =>
            readdirSync(array.poolDirectory)
              .map((name) => statSync(join(array.poolDirectory, name)).size)
              .sort((a, b) => a - b),
          luns: async () =>
            (await targetsOf(array)).flatMap(({ acl, luns }) =>
              luns.map(({ lun, scsiId }) => ({
                initiators: acl.filter((name) => name.startsWith('iqn.')),
                hlu: lun,
                wwn: scsiId.toLowerCase(),
              })),
            ),
        },
        use: async (rows) => {
          const lun = { ...reachedBy(rows[0]!), portals: rows.flatMap((row) => reachedBy(row).portals) };
          expect(lun.portals.length).toBe(2);
          await writePattern(lun, 0x5a);
          await expectPattern(lun, 0x5a);
        },
      });

      await walkCopies(client, {
        project: `copies-${form}`,
        host: `c-${form}`,
        iqn: `iqn.2026-01.com.example:c-${form}`,
        objects: async () => filesOf(array),
        write: (row, pattern) => writePattern(reachedBy(row), pattern),
        holds: (row, pattern) => expectPattern(reachedBy(row), pattern),
        loggedIn: async (row, work) => {
          const session = await login(array, reachedBy(row));
          try {
            return await work();
          } finally {
            await session.logout();
          }
        },
      });

      expect((await client.get('/logout')).status).toBe(200);
      expect((await client.get('/tenant')).status).toBe(401);
      expect(await targetsOf(array)).toEqual([]);
    });
  });
}
