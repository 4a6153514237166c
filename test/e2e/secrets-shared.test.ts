/**
 * Secrets of a state on etcd and of an array over SSH: what the servers, the array and this machine keep is searched for
 * them, and every process of the machine while commands run.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sshd, startSshd } from '../drivers/ssh/sshd.ts';
import { type EtcdCluster, skipWithoutEtcd, startEtcd } from '../support/etcd-cluster.ts';
import { cliIn, ensureBuilt, type Ran, ROOT, spawnProgram } from './cli.ts';
import { numbered, stack } from './plans.ts';
import { found, keysIn, processes, searchFiles } from './secret-search.ts';
import { describeOnTgt, filesOf, useTgt } from './tgt.ts';

const PASSWORD = `canary-ssh-${'7'.repeat(24)}`;
const WRONG = `canary-wrong-${'8'.repeat(24)}`;
const FORMER = `canary-former-${'9'.repeat(24)}`;
const REMOVED = `canary-removed-${'6'.repeat(24)}`;

beforeAll(ensureBuilt);

if (!skipWithoutEtcd()) {
  describeOnTgt('planted secrets, on etcd and over SSH', () => {
    const fresh = useTgt();
    let cluster: EtcdCluster;
    let sshd: Sshd;
    beforeAll(async () => {
      [cluster, sshd] = await Promise.all([
        startEtcd({ members: 1, tls: true }),
        startSshd({ rootPassword: PASSWORD }),
      ]);
    });
    afterAll(() => Promise.all([cluster?.stop(), sshd?.remove()]));

    it('are on no server, in no file, output, command line or environment', async () => {
      const world = await fresh(stack(numbered(1), { 'app-1': ['data-01'] }));
      const { directory } = world;
      const env = { COPRHD_KEY_FILE: join(directory, 'key'), XDG_STATE_HOME: join(directory, 'local') };
      const cli = cliIn(directory, cluster.url('test/secrets'), { ...env, COPRHD_DEBUG: '1' });
      const outputs: string[] = [];
      const leaks = new Set<string>();
      const secrets = (): Record<string, string> => ({
        password: PASSWORD,
        wrong: WRONG,
        former: FORMER,
        removed: REMOVED,
        ...(existsSync(env.COPRHD_KEY_FILE) ? keysIn(env.COPRHD_KEY_FILE) : {}),
      });
      const noteProcesses = () => {
        for (const { commandLine, environment, isChild } of processes(process.pid)) {
          for (const name of found(Buffer.from(commandLine), secrets())) leaks.add(`command line: ${name}`);
          if (!isChild) continue;
          for (const name of found(Buffer.from(environment), secrets())) leaks.add(`environment: ${name}`);
        }
      };
      const run = async (code: number, ...argv: string[]): Promise<Ran> => {
        const timer = setInterval(noteProcesses, 60);
        try {
          const ran = await cli.run(...argv);
          outputs.push(ran.stdout, ran.stderr);
          expect(ran.code, `coprhd ${argv.join(' ')}\n${ran.stderr}${ran.stdout}`).toBe(code);
          return ran;
        } finally {
          clearInterval(timer);
        }
      };
      /** From a file that is gone before anything is searched. */
      const set = async (name: string, text: string) => {
        const file = join(directory, 'secret.txt');
        writeFileSync(file, text, { mode: 0o600 });
        const script = `exec ${process.execPath} ${ROOT}bin/run.js secret set ${name} <"$0"`;
        const how = { cwd: directory, env: { COPRHD_STATE: cli.state, ...env } };
        const ran = await spawnProgram('sh', ['-c', script, file], how);
        rmSync(file);
        outputs.push(ran.stdout, ran.stderr);
        expect(ran.code, ran.stderr).toBe(0);
      };

      await run(0, 'init');
      await run(0, 'secret', 'init', '--human');
      await set('array-1', FORMER);
      await set('unused', REMOVED);
      await set('array-1', WRONG);
      world.declare([`endpoint: ssh://root@127.0.0.1:${sshd.port}`, 'credential: vault:array-1']);
      await run(1, 'apply', 'plans', '--yes', '--human');
      await set('array-1', PASSWORD);
      await run(0, 'plan', 'plans', '--out', 'saved.plan', '--human');
      await run(0, 'apply', 'saved.plan', '--yes', '--json');
      expect(filesOf(world.array)).toHaveLength(1);
      await run(0, 'secret', 'rotate', '--json');
      await run(0, 'plan', 'plans', '--exit-code', '--json');
      await run(0, 'drift', '--human');
      await run(0, 'state', 'export', '--out', 'state.json');
      await run(0, 'doctor', '--bundle', 'bundle.tar.gz', '--human');
      await run(0, 'secret', 'remove', 'unused', '--yes');

      expect([...leaks]).toEqual([]);
      const all = secrets();
      expect(Object.keys(all)).toContain('key-1');
      expect(outputs.flatMap((text) => found(Buffer.from(text), all))).toEqual([]);
      // What the installation keeps there is really in what is searched: the data of the server, and the files of the array.
      cluster.ctl('snapshot', 'save', join(cluster.directory, 'snapshot.db'));
      const { installation } = JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8').split('\n')[0]!) as {
        installation: string;
      };
      expect(searchFiles(cluster.directory, { installation })).not.toEqual([]);
      expect(searchFiles(cluster.directory, all)).toEqual([]);
      expect(searchFiles(world.array.configDirectory, all)).toEqual([]);
      expect(searchFiles(world.array.poolDirectory, all)).toEqual([]);
      const kept = join(directory, 'kept');
      mkdirSync(kept);
      for (const name of ['local', 'plans', 'saved.plan', 'state.json', 'bundle.tar.gz']) {
        cpSync(join(directory, name), join(kept, name), { recursive: true });
      }
      expect(searchFiles(kept, all)).toEqual([]);
    });
  });
}
