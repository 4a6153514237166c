/**
 * plans/copies on a real iSCSI target, through the command line: what is written before a snapshot is in it, what is written after it is not;
 * a restore is refused while somebody uses the volume, and then brings back what was there; a full copy is a disk of its own.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTgtArray, type TgtArray } from '../../scripts/lib/tgt-array.js';
import { cliIn, ensureBuilt, expectNoChanges, type LunFacts, ROOT, type ShownDocument } from './cli.ts';
import { hasPty, inTerminal, screenOf } from './terminal.ts';
import { describeOnTgt, expectPattern, filesOf, login, seenOverIscsi, targetsOf, writePattern } from './tgt.ts';

const [A, B, C] = [0x41, 0x42, 0x43];
const [MIB, GIB] = [1024 ** 2, 1024 ** 3];

/** Of the file in the pool whose name begins so. */
async function byteAt(array: TgtArray, name: string, offset: number): Promise<number> {
  const file = filesOf(array).find((each) => each.startsWith(name.toLowerCase()))!;
  const handle = await open(join(array.poolDirectory, file), 'r');
  try {
    return (await handle.read(Buffer.alloc(1), 0, 1, offset)).buffer[0]!;
  } finally {
    await handle.close();
  }
}

beforeAll(ensureBuilt);

describeOnTgt('plans/copies', () => {
  let array: TgtArray;
  let home = '';
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'coprhd-copies-'));
    array = await startTgtArray({ directory: join(home, 'array'), sizeBytes: 8 * GIB });
  });
  afterAll(async () => {
    await array?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it('snapshots, a restore, a clone, growth, and an end that leaves nothing', async () => {
    const plans = join(home, 'plans');
    cpSync(join(ROOT, 'plans/copies'), plans, { recursive: true });
    const cli = cliIn(home);
    await cli.expect(0, 'init');
    const given = [plans, '--var', `array=${join(home, 'array')}`, '--var', `control-port=${array.controlPort}`];
    await cli.expect(0, 'apply', ...given, '--yes');
    const lunOf = async (address: string, volume: string): Promise<LunFacts> =>
      (await cli.json<ShownDocument>('show', address)).resources[0]!.children.find(({ name }) =>
        name.startsWith(`${volume}@`),
      )!.attributes as unknown as LunFacts;
    const data = await lunOf('erp/export.db', 'db-data');
    const log = await lunOf('erp/export.db', 'db-log');
    await writePattern(data, A);
    await writePattern(log, A);
    const taken = await cli.expect(
      ...[0, 'snapshot', 'create', 'before', '--of', 'erp/consistencyGroup.db', '--no-protect'],
      ...['--on-remove', 'delete', '--yes'],
    );
    // How long both volumes stood still is measured and said, then and later.
    const paused = /^event\tstep\.paused\t.*\tio\tarray-1\t([1-9]\d*)$/m.exec(taken.stderr);
    expect(paused, taken.stderr).not.toBeNull();
    const listed = await cli.json<{ resources: { ioPausedMs: number }[] }>('snapshot', 'list');
    expect(listed.resources).toHaveLength(2);
    for (const { ioPausedMs } of listed.resources) expect(ioPausedMs).toBe(Number(paused![1]));
    expect((await cli.expect(0, 'explain', 'snapshot.before-db-log')).stdout).toMatch(/I\/O waited [1-9]\d* ms for it/);
    // In a terminal it stays to be read when the live view is gone.
    expect(hasPty).toBe(true);
    const create = ['snapshot', 'create', 'seen', '--of', 'erp/consistencyGroup.db', '--no-protect'];
    const terminal = inTerminal(100, [...create, '--on-remove', 'delete', '--yes'], {
      cwd: home,
      env: { COPRHD_STATE: cli.state },
    });
    expect(await terminal.ended, terminal.text()).toBe(0);
    expect(screenOf(terminal.text()).join('\n')).toMatch(
      /^paused {3}\S+: I\/O of its volumes on array-1 waited [1-9]\d* ms$/m,
    );
    await writePattern(data, B);
    await writePattern(log, B);

    // The snapshot reads A, on another host, and nobody can write to it.
    const stack = join(plans, 'stack.yaml');
    const text = readFileSync(stack, 'utf8');
    const shown = '  test: { host: test-1, volumes: [], snapshots: [before-db-data, before-db-log] }\n';
    writeFileSync(stack, text + shown);
    await cli.expect(0, 'apply', ...given, '--yes');
    const snapshot = await lunOf('erp/export.test', 'before-db-data');
    await expectPattern(snapshot, A);
    await expectPattern(data, B);
    await expect(writePattern(snapshot, C)).rejects.toThrow();
    await expectPattern(snapshot, A);
    writeFileSync(stack, text);
    await cli.expect(0, 'apply', ...given, '--yes');

    // In use: refused. Not in use: both volumes are as they were, and what they held is kept.
    const session = await login(array, data);
    const restore = ['snapshot', 'restore', 'before-db-data', '--whole-set'];
    const refused = await cli.expect(3, ...restore, '--yes');
    expect(refused.stdout + refused.stderr).toContain('iqn.2026-01.io.coprhd.copies:db-1');
    await expectPattern(log, B);
    await session.logout();
    await cli.expect(0, ...restore, '--yes');
    await expectPattern(data, A);
    await expectPattern(log, A);
    const { resources } = await cli.json<{ resources: { name: string }[] }>('snapshot', 'list');
    const kept = resources.map(({ name }) => name).filter((name) => name.startsWith('db-data-before-restore-'));
    expect(kept).toHaveLength(1);
    expect(await byteAt(array, kept[0]!, MIB)).toBe(B);

    // A clone is a disk of its own.
    const policy = ['--no-protect', '--on-remove', 'delete', '--yes'];
    await cli.expect(0, 'copy', 'create', 'clone', '--of', 'erp/volume.db-data', ...policy);
    await cli.expect(0, 'copy', 'detach', 'volume.clone', '--yes');
    writeFileSync(stack, `${text}  test: { host: test-1, volumes: [clone] }\n`);
    await cli.expect(0, 'apply', ...given, '--yes');
    const clone = await lunOf('erp/export.test', 'clone');
    expect(clone.wwn).not.toBe(data.wwn);
    expect((await seenOverIscsi(clone, clone.portals[0]!)).wwn).toBe(clone.wwn);
    await writePattern(clone, C);
    await expectPattern(data, A);
    await expectPattern(clone, C);

    // It grows under an open session, which goes on.
    const using = await login(array, data);
    writeFileSync(stack, readFileSync(stack, 'utf8').replace('db-data: { size: 1GiB', 'db-data: { size: 2GiB'));
    await cli.expect(0, 'apply', ...given, '--yes');
    expect((await seenOverIscsi(data, data.portals[0]!)).sizeBytes).toBe(2 * GIB);
    await expectPattern(data, A);
    await using.logout();
    await expectNoChanges(cli, ...given);

    // The end: volumes are quarantined, as they are by default; what was made by name is removed by name.
    writeFileSync(stack, readFileSync(stack, 'utf8').replace(/ {2}test: .*\n/, ''));
    await cli.expect(0, 'apply', ...given, '--yes');
    await cli.expect(0, 'volume', 'delete', 'clone', '--confirm-destroy=1', '--yes');
    for (const { name } of resources) await cli.expect(0, 'snapshot', 'delete', name, '--confirm-destroy=1', '--yes');
    // The group is theirs until they are purged.
    await cli.expect(0, 'destroy', '--stack', 'erp', '--confirm-destroy=2', '--skip-held', '--yes');
    expect(filesOf(array).every((name) => name.startsWith('quarantined-'))).toBe(true);
    expect(filesOf(array)).toHaveLength(2);
    expect(await targetsOf(array)).toEqual([]);
    for (const name of ['db-data', 'db-log'])
      await cli.expect(0, 'purge', `erp/volume.${name}`, '--confirm-destroy=1', '--yes');
    expect(filesOf(array)).toEqual([]);
    await cli.expect(0, 'destroy', '--stack', 'erp', '--yes');
    expect(await cli.json<{ resources: unknown[] }>('volume', 'list')).toMatchObject({ resources: [] });
  });
});
