/** A tgt array behind a real OpenSSH server, through the command line: the same life as on this machine, and its keys. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type Sshd, startSshd } from '../drivers/ssh/sshd.ts';
import { ensureBuilt, expectNoChanges, lunsOf } from './cli.ts';
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

describeOnTgt('over SSH', () => {
  const fresh = useTgt();
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.remove());

  const behind = (world: TgtWorld, credential: string, port = sshd.port) =>
    world.declare([`endpoint: ssh://root@127.0.0.1:${port}`, `credential: ${credential}`]);

  it('is registered with its host key, provisioned, used and emptied', async () => {
    const world = await fresh(stack(numbered(2), { 'app-1': ['data-01', 'data-02'] }));
    behind(world, `file:${sshd.keyFile}`);
    const plan = await world.expect(0, 'plan', 'plans', '--human');
    expect(plan.stdout.replace(/\s+/g, ' ')).toContain(`ssh 127.0.0.1:${sshd.port} ssh-ed25519 ${sshd.fingerprint()}`);
    await world.expect(0, 'apply', 'plans', '--yes');
    await expectNoChanges(world, 'plans');
    for (const lun of await lunsOf(world, 'export.app-1')) {
      for (const portal of lun.portals) expect((await seenOverIscsi(lun, portal)).wwn).toBe(lun.wwn);
      await writePattern(lun, 0x5a);
      await expectPattern(lun, 0x5a);
    }
    expect((await targetNamed(world.array, 'app-1')).luns).toHaveLength(2);
    world.writeStack(
      stack({ 'data-01': { protect: false, onRemove: 'delete' }, 'data-02': { protect: false, onRemove: 'delete' } }),
    );
    await world.expect(0, 'apply', 'plans', '--yes', '--attest-offline', 'a tester');
    world.writeStack(stack({}));
    await world.expect(0, 'apply', 'plans', '--yes', '--confirm-destroy=2');
    expect(filesOf(world.array)).toEqual([]);
    await expectNoChanges(world, 'plans');
  });

  it('is not registered with a key that it does not take', async () => {
    const world = await fresh(stack(numbered(1)));
    behind(world, `file:${sshd.wrongKeyFile}`);
    const ran = await world.expect(1, 'plan', 'plans', '--human');
    const said = (ran.stdout + ran.stderr).replace(/\s+/g, ' ');
    expect(said).toContain(`127.0.0.1:${sshd.port} refused the login of root by private key`);
    expect(said).toContain('check the user in the endpoint and the credential');
    expect(said).not.toContain('BEGIN OPENSSH');
  });

  it('is refused with another host key until that one is trusted', async () => {
    const own = await startSshd();
    onTestFinished(() => own.remove());
    const world = await fresh(stack(numbered(1)));
    behind(world, `file:${own.keyFile}`, own.port);
    await world.expect(0, 'apply', 'plans', '--yes');
    const before = own.fingerprint();
    await own.renewHostKeys();
    const after = own.fingerprint();

    world.writeStack(stack(numbered(2)));
    const refused = await world.run('apply', 'plans', '--yes', '--human');
    expect([0, 2]).not.toContain(refused.code);
    const said = (refused.stdout + refused.stderr).replace(/\s+/g, ' ');
    expect(said).toContain('the host key of array-1 has changed');
    expect(said).toContain(before);
    expect(said).toContain(after);
    expect(said).toContain('coprhd device trust array-1');
    expect(filesOf(world.array)).toHaveLength(1);

    const shown = await world.expect(3, 'device', 'trust', 'array-1', '--human');
    expect(shown.stdout).toContain(`pinned  ssh-ed25519 ${before}`);
    expect(shown.stdout).toContain(`shown   ssh-ed25519 ${after}`);
    await world.expect(4, 'device', 'trust', 'array-1', '--fingerprint', before);
    expect((await world.run('plan', 'plans')).stderr + said).toContain('has changed');
    await world.expect(0, 'device', 'trust', 'array-1', '--fingerprint', after);
    await world.expect(0, 'device', 'trust', 'array-1');
    await world.expect(0, 'apply', 'plans', '--yes');
    expect(filesOf(world.array)).toHaveLength(2);
    const audit = readdirSync(world.state, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.includes('audit') && statSync(join(world.state, name)).isFile())
      .map((name) => readFileSync(join(world.state, name), 'utf8'))
      .join('');
    expect(audit).toContain('device.trust');
    expect(audit).toContain(after);
  });
});
