/** Ways to an array over SSH, through the command line: a jump host, an agent, a password, a directory of any name. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type Sshd, startSshd } from '../drivers/ssh/sshd.ts';
import { cliIn, ensureBuilt, expectNoChanges, lunsOf, ROOT, spawnProgram } from './cli.ts';
import { numbered, stack } from './plans.ts';
import {
  describeOnTgt,
  expectPattern,
  filesOf,
  seenOverIscsi,
  type TgtWorld,
  targetNamed,
  useTgt,
  writePattern,
} from './tgt.ts';

beforeAll(ensureBuilt);

const EXPORTED = stack(numbered(1), { 'app-1': ['data-01'] });

describeOnTgt('access over SSH', () => {
  const fresh = useTgt();
  let sshd: Sshd;
  let jump: Sshd;
  beforeAll(async () => {
    [sshd, jump] = await Promise.all([startSshd(), startSshd()]);
  });
  afterAll(() => Promise.all([sshd?.remove(), jump?.remove()]));

  const endpoint = (server: Sshd = sshd) => `endpoint: ssh://root@127.0.0.1:${server.port}`;
  const expectExported = async (world: TgtWorld) => {
    expect(filesOf(world.array)).toHaveLength(1);
    expect((await targetNamed(world.array, 'app-1')).luns).toHaveLength(1);
    await expectNoChanges(world, 'plans');
  };

  it('goes through a jump host that plan files declare, with a key of its own there, and pins both host keys', async () => {
    const world = await fresh(EXPORTED);
    const ssh = `ssh: { jump: "ssh://root@127.0.0.1:${jump.port}", jumpCredential: "file:${jump.keyFile}" }`;
    world.declare([endpoint(), `credential: file:${sshd.keyFile}`, ssh]);
    const plan = (await world.expect(0, 'plan', 'plans', '--human')).stdout.replace(/\s+/g, ' ');
    expect(plan).toContain(`ssh 127.0.0.1:${jump.port} ssh-ed25519 ${jump.fingerprint()}`);
    expect(plan).toContain(`ssh 127.0.0.1:${sshd.port} ssh-ed25519 ${sshd.fingerprint()}`);
    const before = jump.commands();
    await world.expect(0, 'apply', 'plans', '--yes');
    await expectExported(world);
    // It is gone through, and nothing is run on it.
    expect(jump.commands()).toBe(before);
  });

  it('device add --jump registers an array that is observed through the jump host', async () => {
    const world = await fresh();
    const { socket, controlPort, configDirectory, poolDirectory } = world.array;
    const sets = { socket, controlPort, configDirectory, pools: JSON.stringify({ fast: poolDirectory }) };
    const added = await world.expect(
      0,
      ...['device', 'add', 'array-1', '--driver', 'tgt', '--mode', 'manage', '--pool', 'fast', '--yes', '--human'],
      ...['--endpoint', `ssh://root@127.0.0.1:${sshd.port}`, '--credential', `file:${sshd.keyFile}`],
      ...['--jump', `ssh://root@127.0.0.1:${jump.port}`, '--jump-credential', `file:${jump.keyFile}`],
      ...Object.entries(sets).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
    );
    expect(added.stdout).toContain(jump.fingerprint());
    expect(added.stdout).toContain(sshd.fingerprint());
    expect((await world.expect(0, 'discover', '--human')).stdout).toContain('array-1');
  });

  it('logs in by ssh-agent, and says so where there is none', async () => {
    const world = await fresh(EXPORTED);
    world.declare([endpoint(), 'credential: agent']);
    const without = await world.expect(1, 'plan', 'plans', '--human');
    expect((without.stdout + without.stderr).replace(/\s+/g, ' ')).toContain('no ssh-agent is running here');
    const socket = join(world.directory, 'agent');
    const agent: ChildProcess = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    onTestFinished(() => void agent.kill());
    for (let tries = 0; !existsSync(socket) && tries < 500; tries++) await sleep(10);
    execFileSync('ssh-add', ['-q', sshd.keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
    const withAgent = { ...world, ...cliIn(world.directory, world.state, { SSH_AUTH_SOCK: socket }) };
    await withAgent.expect(0, 'apply', 'plans', '--yes');
    await expectExported(withAgent);
  });

  it('logs in by a password from the vault, which is in no output', async () => {
    const password = 'correct horse $(battery) "staple"';
    const own = await startSshd({ rootPassword: password });
    onTestFinished(() => own.remove());
    const world = await fresh(EXPORTED);
    const key = { COPRHD_KEY_FILE: join(world.directory, 'key') };
    const withKey = { ...world, ...cliIn(world.directory, world.state, key) };
    await withKey.expect(0, 'secret', 'init');
    const setTo = async (text: string) => {
      const file = join(world.directory, 'secret.txt');
      writeFileSync(file, text);
      const script = `exec ${process.execPath} ${ROOT}bin/run.js secret set array-1 <"$0"`;
      const env = { COPRHD_STATE: world.state, ...key };
      expect(await spawnProgram('sh', ['-c', script, file], { cwd: world.directory, env })).toMatchObject({ code: 0 });
    };
    withKey.declare([endpoint(own), 'credential: vault:array-1']);
    await setTo('wrong');
    const refused = await withKey.expect(1, 'apply', 'plans', '--yes', '--human');
    expect((refused.stdout + refused.stderr).replace(/\s+/g, ' ')).toContain('refused the login of root by password');
    await setTo(password);
    const applied = await withKey.expect(0, 'apply', 'plans', '--yes', '--human');
    expect(applied.stdout + applied.stderr).not.toContain('battery');
    await expectExported(withKey);
  });

  it('works in a pool directory whose name has quotes, spaces, commas and commands, also after a restart', async () => {
    const world = await fresh(EXPORTED);
    const marker = 'executed-by-somebody';
    const odd = join(world.array.poolDirectory, `it's a "pool", \\ $(touch ${marker}) \`touch ${marker}\` [x]*;&`);
    mkdirSync(odd);
    world.declare([endpoint(), `credential: file:${sshd.keyFile}`]);
    const file = join(world.directory, 'plans', 'infrastructure.yaml');
    const declared = readFileSync(file, 'utf8').replace(JSON.stringify(world.array.poolDirectory), JSON.stringify(odd));
    expect(declared).toContain('$(touch');
    writeFileSync(file, declared);
    await world.expect(0, 'apply', 'plans', '--yes');
    await expectNoChanges(world, 'plans');
    expect(readdirSync(odd)).toHaveLength(1);
    const [lun] = await lunsOf(world, 'export.app-1');
    await writePattern(lun!, 0x5a);
    await world.array.restart();
    await expectPattern(lun!, 0x5a);
    for (const portal of lun!.portals) expect((await seenOverIscsi(lun!, portal)).wwn).toBe(lun!.wwn);
    await expectNoChanges(world, 'plans');

    world.writeStack(stack(numbered(1, { size: '24MiB' }), { 'app-1': ['data-01'] }));
    await world.expect(0, 'apply', 'plans', '--yes');
    expect((await seenOverIscsi(lun!, lun!.portals[0]!)).sizeBytes).toBe(24 * 1024 ** 2);
    await expectPattern(lun!, 0x5a);
    world.writeStack(stack(numbered(1, { size: '24MiB', protect: false, onRemove: 'delete' })));
    await world.expect(0, 'apply', 'plans', '--yes', '--attest-offline', 'a tester');
    world.writeStack(stack({}));
    await world.expect(0, 'apply', 'plans', '--yes', '--confirm-destroy=1');
    expect(readdirSync(odd)).toEqual([]);
    const made = [world.directory, world.array.poolDirectory, odd, world.array.configDirectory, ROOT, '/', '/root'];
    for (const place of made) expect(existsSync(join(place, marker)), place).toBe(false);
  });
});
