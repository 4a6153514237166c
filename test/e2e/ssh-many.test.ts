/**
 * Many LUNs in one apply over a real OpenSSH server. What a LUN costs is counted in commands, which don't depend on how
 * busy the machine is; the time is printed beside what a bare command costs there at that moment.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSshSession } from '../../src/engine/driver/ssh/session.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type Sshd, startSshd } from '../drivers/ssh/sshd.ts';
import { cliIn, ensureBuilt, expectNoChanges, ROOT, spawnProgram } from './cli.ts';
import { numbered, stack } from './plans.ts';
import { describeOnTgt, filesOf, targetNamed, useTgt } from './tgt.ts';

beforeAll(ensureBuilt);

/** Looked for, read, made; and the mask twice, the volume, both together, mapped. */
const COMMANDS_PER_LUN = 8;
/** Registration and observations. */
const COMMANDS_BESIDES_MAX = 40;
const APPLY_MS_MAX = 600_000;

describeOnTgt('many LUNs over SSH', () => {
  const fresh = useTgt();
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.remove());

  it('takes 100 LUNs in one apply, each for as many commands as one of 25', async () => {
    const few = await provision(25);
    const many = await provision(100);
    expect((many.commands - few.commands) / 75).toBeLessThanOrEqual(COMMANDS_PER_LUN);
    expect(few.commands).toBeLessThanOrEqual(25 * COMMANDS_PER_LUN + COMMANDS_BESIDES_MAX);
  }, 900_000);

  async function provision(count: number): Promise<{ readonly commands: number; readonly tookMs: number }> {
    const names = Object.keys(numbered(count));
    const world = await fresh(stack(numbered(count, { size: '1MiB' }), { 'app-1': names }));
    world.declare([`endpoint: ssh://root@127.0.0.1:${sshd.port}`, `credential: file:${sshd.keyFile}`]);
    const before = sshd.commands();
    const startedAtMs = Date.now();
    const env = { COPRHD_STATE: world.state, NO_COLOR: '1' };
    const argv = [`${ROOT}bin/run.js`, 'apply', 'plans', '--yes'];
    const how = { cwd: world.directory, env, timeoutMs: APPLY_MS_MAX };
    const { code, stdout, stderr } = await spawnProgram(process.execPath, argv, how);
    const tookMs = Date.now() - startedAtMs;
    expect(code, stdout.slice(-2_000) + stderr).toBe(0);
    const commands = sshd.commands() - before;
    const bareMs = await bareCommandMs();
    process.stderr.write(
      `${count} volumes and LUNs over SSH: ${(tookMs / 1_000).toFixed(1)} s, ${commands} commands; ` +
        `a bare command now takes ${bareMs.toFixed(0)} ms\n`,
    );
    const { luns } = await targetNamed(world.array, 'app-1');
    expect(luns.map(({ lun }) => lun)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(new Set(luns.map(({ scsiId }) => scsiId)).size).toBe(count);
    expect(filesOf(world.array)).toHaveLength(count);
    await expectNoChanges({ ...world, ...cliIn(world.directory, world.state) }, 'plans');
    return { commands, tookMs };
  }

  async function bareCommandMs(): Promise<number> {
    const login = { type: 'secret', secret: sshd.key } as const;
    const hops = [{ user: 'root', host: '127.0.0.1', port: sshd.port, login }];
    const session = createSshSession({ name: 'bare', hops, hostKeys: [], clock: systemClock });
    const run = () => session.run({ argv: ['true'], deadlineMs: systemClock.nowMs() + 30_000 });
    await run();
    const startedAtMs = Date.now();
    for (let count = 0; count < 10; count++) await run();
    await session.close();
    return (Date.now() - startedAtMs) / 10;
  }
});
