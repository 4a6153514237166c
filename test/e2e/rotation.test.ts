/** A device whose key changes, on a real sshd: first both keys are let in, then only the new one, or only the old one. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sshd, startSshd } from '../drivers/ssh/sshd.ts';
import { ensureBuilt, expectNoChanges } from './cli.ts';
import { numbered, stack } from './plans.ts';
import { describeOnTgt, filesOf, useTgt } from './tgt.ts';

beforeAll(ensureBuilt);

describeOnTgt('a rotation over SSH', () => {
  const fresh = useTgt();
  let sshd: Sshd;
  let keys: { old: string; new: string };
  beforeAll(async () => {
    sshd = await startSshd();
    const read = (name: string) => readFileSync(join(sshd.directory, `${name}.pub`), 'utf8');
    keys = { old: read('id'), new: read('wrong') };
  });
  afterAll(() => sshd?.remove());

  /** Whoever has one of these keys is let in from now on. */
  const letIn = (...names: ('old' | 'new')[]) =>
    writeFileSync(join(sshd.directory, 'id.pub'), names.map((name) => keys[name]).join(''));

  it('goes from key to key without a moment in which the array can not be worked on', async () => {
    letIn('old');
    const world = await fresh(stack(numbered(1)));
    const [old, next] = [`file:${sshd.keyFile}`, `file:${sshd.wrongKeyFile}`];
    const endpoint = `endpoint: ssh://root@127.0.0.1:${sshd.port}`;
    world.declare([endpoint, `credential: ${old}`]);
    await world.expect(0, 'apply', 'plans', '--yes');
    const rotate = ['device', 'rotate', 'array-1', '--human'];

    const early = await world.expect(1, ...rotate, '--credential', next);
    expect(early.stderr).toContain('COPRHD-DEVICE-011');

    letIn('old', 'new');
    expect((await world.expect(0, ...rotate, '--credential', next)).stdout).toContain('write `credential: file:');
    expect((await world.expect(0, 'device', 'list', '--human')).stdout).toContain('a rotation is open');
    const kept = await world.expect(0, 'plan', 'plans', '--human');
    expect((kept.stdout + kept.stderr).replace(/\s+/g, ' ')).toContain('has rotated away from');
    world.declare([endpoint, `credential: ${next}`]);
    await expectNoChanges(world, 'plans');

    // Somebody has put back the array's old list of keys.
    letIn('old');
    world.writeStack(stack(numbered(2)));
    const worked = await world.expect(0, 'apply', 'plans', '--yes', '--human');
    expect((worked.stdout + worked.stderr).replace(/\s+/g, ' ')).toContain('logged in to with file:');
    expect(filesOf(world.array)).toHaveLength(2);
    expect((await world.expect(1, ...rotate, '--finish')).stderr).toContain('COPRHD-DEVICE-011');

    letIn('new');
    expect((await world.expect(1, ...rotate, '--back')).stderr).toContain('COPRHD-DEVICE-011');
    await world.expect(0, ...rotate, '--finish');
    const silent = await world.expect(0, 'drift', '--human');
    expect(silent.stderr).not.toContain('COPRHD-DEVICE-011');

    letIn('old');
    const locked = await world.expect(1, 'drift', '--human');
    expect((locked.stdout + locked.stderr).replace(/\s+/g, ' ')).toContain('refused the login of root');
  });
});
