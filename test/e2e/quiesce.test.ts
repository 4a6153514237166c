/**
 * Snapshots with an application at rest, on real parts: a file system on a volume of a real tgtd, an application that writes to it all the time, a real sshd
 * on its host, fsfreeze; what a snapshot holds is mounted and looked at. Processes that are killed leave nothing frozen.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sshd, startSshd } from '../drivers/ssh/sshd.ts';
import { cliIn, ensureBuilt, ROOT } from './cli.ts';
import { stack } from './plans.ts';
import { describeOnTgt, filesOf, type TgtWorld, useTgt } from './tgt.ts';

const TIMEOUT_MS = 2_000;

beforeAll(ensureBuilt);

describeOnTgt('applications at rest', () => {
  const fresh = useTgt();
  const home = mkdtempSync(join(tmpdir(), 'coprhd-quiesce-'));
  const [mount, wants, rests] = ['mnt', 'wants', 'rests'].map((name) => join(home, name)) as [string, string, string];
  const script = (name: string, text: string) => {
    writeFileSync(join(home, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(home, name), 0o700);
    return join(home, name);
  };
  let sshd: Sshd;
  let application: ChildProcess | undefined;
  beforeAll(async () => {
    sshd = await startSshd();
    mkdirSync(mount);
  });
  afterAll(async () => {
    application?.kill('SIGKILL');
    await sshd?.remove();
    rmSync(home, { recursive: true, force: true });
  });

  /** Writes a number into two files, one after the other with time between; and rests between two of these when it is asked to. */
  const APPLICATION = `
n=0
while :; do
  n=$((n + 1))
  echo $n >"$1/one"; sync "$1/one"
  sleep 0.02
  echo $n >"$1/two"; sync "$1/two"
  if [ -e "$2" ]; then : >"$3"; while [ -e "$2" ]; do sleep 0.01; done; rm -f "$3"; fi
done`;

  async function running(): Promise<TgtWorld> {
    const world = await fresh(stack({ data: { size: '64MiB', protect: false } }, { 'app-1': ['data'] }));
    const file = join(world.directory, 'plans', 'infrastructure.yaml');
    const freeze = script(
      'freeze',
      `: >${wants}; until [ -e ${rests} ]; do sleep 0.01; done; exec fsfreeze --freeze ${mount}`,
    );
    const thaw = script('thaw', `fsfreeze --unfreeze ${mount} 2>/dev/null; rm -f ${wants}`);
    const quiesce = {
      ...{ endpoint: `ssh://root@127.0.0.1:${sshd.port}`, hostKey: sshd.fingerprint() },
      ...{ credential: `file:${sshd.keyFile}`, freeze: [freeze], thaw: [thaw], timeout: `${TIMEOUT_MS / 1_000}s` },
    };
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace('app-1: { type: linux,', `app-1: { type: linux, quiesce: ${JSON.stringify(quiesce)},`),
    );
    await world.expect(0, 'apply', 'plans', '--yes');
    const image = join(world.array.poolDirectory, filesOf(world.array)[0]!);
    execFileSync('mkfs.ext4', ['-q', '-F', image]);
    execFileSync('mount', ['-o', 'loop', image, mount]);
    application = spawn('sh', ['-c', APPLICATION, 'application', mount, wants, rests], { stdio: 'ignore' });
    while (!existsSync(join(mount, 'two'))) await sleep(20);
    return world;
  }

  async function ended(): Promise<void> {
    application?.kill('SIGKILL');
    await expect.poll(isFrozen, { timeout: 10_000 }).toBe(false);
    execFileSync('umount', [mount]);
  }

  /** Whether what is written there waits. */
  function isFrozen(): boolean {
    try {
      execFileSync('timeout', ['0.5', 'sh', '-c', `echo x >${join(mount, 'probe')}`], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  }

  /** What the two files hold in the snapshot, as they are there: no journal is replayed. */
  function seenIn(world: TgtWorld, name: string): [string, string] {
    const file = filesOf(world.array).find((each) => each.startsWith(`${name}-`))!;
    const [copy, at] = [join(home, 'copy.img'), join(home, 'copy')];
    execFileSync('cp', [join(world.array.poolDirectory, file), copy]);
    mkdirSync(at, { recursive: true });
    execFileSync('mount', ['-o', 'loop,ro,noload', copy, at]);
    try {
      return ['one', 'two'].map((each) => readFileSync(join(at, each), 'utf8').trim()) as [string, string];
    } finally {
      execFileSync('umount', [at]);
    }
  }

  const take = (name: string, ...flags: string[]) => [
    ...['snapshot', 'create', name, '--of', 'web/volume.data', '--no-protect', '--on-remove', 'delete', '--yes'],
    ...flags,
  ];
  interface Listed {
    readonly resources: readonly { readonly name: string; readonly consistency: string; readonly phase: string }[];
  }
  const listed = async (world: TgtWorld) =>
    Object.fromEntries(
      (await world.json<Listed>('snapshot', 'list')).resources.map(({ name, consistency }) => [name, consistency]),
    );

  it('a snapshot is of between two transactions, and one without is of anywhere; the application goes on', async () => {
    const world = await running();
    try {
      for (let n = 1; n <= 4; n++) {
        const taken = await world.expect(0, ...take(`rest-${n}`, '--quiesce'));
        expect(taken.stderr).toMatch(/^event\tstep\.paused\t.*\thost\tapp-1\t[1-9]\d*$/m);
        const [one, two] = seenIn(world, `rest-${n}`);
        expect(one).toBe(two);
        expect(Number(one)).toBeGreaterThan(0);
      }
      const before = readFileSync(join(mount, 'two'), 'utf8');
      await expect.poll(() => readFileSync(join(mount, 'two'), 'utf8')).not.toBe(before);
      await world.expect(0, ...take('plain'));
      expect(await listed(world)).toEqual({
        ...{ 'rest-1': 'application', 'rest-2': 'application', 'rest-3': 'application', 'rest-4': 'application' },
        plain: 'crash',
      });
    } finally {
      await ended();
    }
  });

  it('is not taken where the host shows another key, the freeze fails or lasts too long; with try it is, and says so', async () => {
    const world = await running();
    const file = join(world.directory, 'plans', 'infrastructure.yaml');
    const text = readFileSync(file, 'utf8');
    const troubles = [
      [text.replace(sshd.fingerprint(), `SHA256:${'A'.repeat(43)}`), /host key of app-1 is not the declared one/],
      [
        text.replace(join(home, 'freeze'), script('fails', 'echo the disk is full >&2; exit 9')),
        /code 9: the disk is full/,
      ],
      [text.replace(join(home, 'freeze'), script('hangs', 'sleep 60')), /it took too long/],
    ] as const;
    try {
      for (const [index, [spoilt, why]] of troubles.entries()) {
        writeFileSync(file, spoilt);
        await world.expect(0, 'apply', 'plans', '--yes');
        const ran = await world.run(...take(`no-${index}`, '--quiesce'));
        expect(ran.code).not.toBe(0);
        expect((ran.stdout + ran.stderr).replace(/\s+/g, ' ')).toMatch(why);
        await world.expect(0, ...take(`yes-${index}`, '--quiesce-try'));
        expect(isFrozen()).toBe(false);
      }
      expect(await listed(world)).toEqual({ 'yes-0': 'crash', 'yes-1': 'crash', 'yes-2': 'crash' });
      expect(filesOf(world.array)).toHaveLength(4);
    } finally {
      await ended();
    }
  });

  it('leaves nothing frozen and no half snapshot, whenever the process that takes it is killed', async () => {
    const world = await running();
    const kills = 12;
    try {
      const begun = Date.now();
      await world.expect(0, ...take('whole', '--quiesce'));
      const wholeMs = Date.now() - begun;
      let frozen = 0;
      for (let n = 0; n < kills; n++) {
        const child = spawn(process.execPath, [`${ROOT}bin/run.js`, ...take(`killed-${n}`, '--quiesce')], {
          cwd: world.directory,
          env: { PATH: process.env.PATH ?? '', COPRHD_STATE: world.state },
          stdio: 'ignore',
        });
        // The first dies while it holds the application at rest.
        if (n === 0) while (!existsSync(rests)) await sleep(1);
        else await sleep((wholeMs * (n + 1)) / (kills + 1));
        child.kill('SIGKILL');
        if (existsSync(wants)) frozen++;
        // Its host thaws it, whoever is dead.
        await expect.poll(() => existsSync(wants), { timeout: TIMEOUT_MS + 3_000 }).toBe(false);
        expect(isFrozen()).toBe(false);
        await world.expect(0, 'recover');
      }
      expect(frozen).toBeGreaterThan(0);
      const snapshots = await listed(world);
      expect(new Set(Object.values(snapshots))).toEqual(new Set(['application']));
      for (const name of Object.keys(snapshots)) {
        const [one, two] = seenIn(world, name);
        expect(one, name).toBe(two);
      }
      expect(filesOf(world.array)).toHaveLength(1 + Object.keys(snapshots).length);
      await cliIn(world.directory, world.state).expect(0, 'orphans');
    } finally {
      await ended();
    }
  }, 300_000);
});
