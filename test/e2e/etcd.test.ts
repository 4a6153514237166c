/** The command line with its state on a real etcd cluster of three members with TLS: as on a directory, and shared. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EtcdCluster, skipWithoutEtcd, startEtcd } from '../support/etcd-cluster.ts';
import { type Cli, cliIn, ensureBuilt, expectNoChanges, ROOT, type ShownDocument, spawnProgram } from './cli.ts';
import { infrastructure, numbered, stack } from './plans.ts';

describe.skipIf(skipWithoutEtcd())('a state on etcd', () => {
  const home = mkdtempSync(join(tmpdir(), 'coprhd-e2e-etcd-'));
  let cluster: EtcdCluster;
  beforeAll(async () => {
    ensureBuilt();
    cluster = await startEtcd({ members: 3, tls: true });
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  /** Everything that a checkout holds: an array, plan files; and a home for what is local. */
  async function checkout(name: string, url: string, array?: string): Promise<Cli> {
    const directory = join(home, name);
    mkdirSync(join(directory, 'plans'), { recursive: true });
    mkdirSync(join(directory, '.git'));
    const cli = cliIn(directory, url, { XDG_STATE_HOME: join(directory, 'local') });
    if (array === undefined) await cli.expect(0, 'sim', 'up', '--arrays', '1');
    const arrays = array ?? join(directory, 'sim');
    const system = `driver: simulator\n    configuration: { directory: ${arrays}, array: sim-1 }`;
    writeFileSync(join(directory, 'plans', 'infrastructure.yaml'), infrastructure(system, '10.0.0.0/16'));
    writeFileSync(join(directory, 'plans', 'stack.yaml'), stack(numbered(3), { 'app-1': ['data-01', 'data-02'] }));
    return cli;
  }

  it('is made, planned, applied, shown and exported like a directory, and another machine goes on with it', async () => {
    const url = cluster.url('test/cli');
    const one = await checkout('one', url);
    const missing = await one.expect(1, 'plan', 'plans');
    expect(missing.stderr).toMatch(/COPRHD-STATE-001.*no state in etcds:\/\/localhost/s);
    const made = await one.json<{ state: string; installation: string }>('init');
    expect(made.state).toMatch(/^etcds:\/\/localhost:\d+,localhost:\d+,localhost:\d+\/test\/cli$/);
    expect((await one.expect(1, 'init')).stderr).toContain('COPRHD-STATE-004');
    await one.expect(0, 'apply', 'plans', '--yes');
    await expectNoChanges(one, 'plans');

    // The log is local, and belongs to the installation.
    expect(readdirSync(join(home, 'one', 'local', 'coprhd'))).toEqual([made.installation]);
    expect(readdirSync(join(home, 'one')).sort()).toEqual(['.git', 'first.yaml', 'local', 'plans', 'sim']);

    // Files have the same name in another checkout: nothing moves, nothing is held.
    const two = await checkout('two', url, join(home, 'one', 'sim'));
    const planned = await two.json<{ plan: { changes: readonly unknown[] } }>('plan', 'plans');
    expect(planned.plan.changes.filter((change) => (change as { address: string }).address.includes('volume'))).toEqual(
      [],
    );
    const shown = await two.json<ShownDocument>('show', 'web/volume.data-01');
    expect(shown.resources[0]?.phase).toBe('ready');

    // A second installation in the same cluster knows nothing of the first, and takes its export with a new epoch.
    const document = join(home, 'state.json');
    await one.expect(0, 'state', 'export', '--out', document);
    const other = await checkout('other', cluster.url('test/cli-2'), join(home, 'one', 'sim'));
    expect((await other.expect(1, 'show')).stderr).toContain('COPRHD-STATE-001');
    expect(await other.json('state', 'import', document)).toMatchObject({ epoch: 2 });
    expect((await one.json<{ resources: unknown[] }>('state', 'list')).resources.length).toBeGreaterThan(5);
  });

  it('says what is wrong when it can not be reached, understood or read, and changes nothing', async () => {
    const directory = join(home, 'wrong');
    mkdirSync(directory);
    const run = (state: string, ...argv: string[]) => cliIn(directory, state).run(...argv);
    const unreachable = await run('etcd://127.0.0.1:1', 'show');
    expect(unreachable.code).toBe(1);
    expect(unreachable.stderr).toMatch(/COPRHD-STATE-003.*does not answer at 127\.0\.0\.1:1.*most members/s);
    const misread = await run('etcd://user:secret@a/x', 'show');
    expect(misread.code).toBe(64);
    expect(misread.stderr).toMatch(/COPRHD-STATE-009.*client certificate/s);
    expect(misread.stderr).not.toContain('secret');
    const stranger = cluster.tls('nobody')!;
    const plain = cluster.url('test/cli').split('?')[0]!;
    const env = { COPRHD_STATE_CA: stranger.ca!, COPRHD_STATE_CERT: stranger.cert!, COPRHD_STATE_KEY: stranger.key! };
    const denied = await spawnProgram(process.execPath, [`${ROOT}bin/run.js`, 'show', '--state', plain], { env });
    expect([denied.code, denied.stderr]).toEqual([1, expect.stringContaining('permission denied')]);
  });
});
