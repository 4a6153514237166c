import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EVERYTHING } from '../long-only.ts';
import {
  actionsIn,
  type DiscoverDocument,
  ensureBuilt,
  expectNoChanges,
  heldIn,
  lunsOf,
  type PlanDocument,
  volumeFacts,
} from './cli.ts';
import { MIB, stack } from './plans.ts';
import { simWorld } from './sim.ts';
import { describeOnTgt, expectPattern, filesOf, seenOverIscsi, useTgt } from './tgt.ts';

beforeAll(ensureBuilt);

const INTO = ['--project', 'e2e', '--virtual-pool', 'gold', '--virtual-array', 'dc1'];

describeOnTgt('import', () => {
  const fresh = useTgt();

  it('takes over a file with its data, and what it prints leaves nothing to change', async () => {
    const world = await fresh();
    await world.expect(0, 'apply', 'plans', '--yes');
    const path = join(world.array.poolDirectory, 'legacy.img');
    writeFileSync(path, '');
    truncateSync(path, 16 * MIB);
    writeFileSync(join(world.directory, 'pattern'), Buffer.alloc(MIB, 0x6b));
    execFileSync('dd', ['if=pattern', `of=${path}`, 'bs=1M', 'seek=1', 'conv=notrunc', 'status=none'], {
      cwd: world.directory,
    });
    const inode = execFileSync('stat', ['-c', '%i', path], { encoding: 'utf8' });
    const { foreign } = await world.json<DiscoverDocument>('discover', '--system', 'array-1');
    expect(foreign).toHaveLength(1);
    const nativeId = foreign[0]!.observed!.nativeId!;

    const { stdout } = await world.expect(
      0,
      ...['import', 'web/volume.legacy', '--system', 'array-1', '--native-id', nativeId, ...INTO, '--yes', '--human'],
    );
    const yaml = stdout.slice(stdout.indexOf('kind: stack')).split(/\n\s*\n/)[0]!;
    world.writeStack(`${yaml}\n`);
    await expectNoChanges(world, 'plans');
    expect(execFileSync('stat', ['-c', '%i', path], { encoding: 'utf8' })).toBe(inode);
    expect(filesOf(world.array)).toEqual(['legacy.img']);
    expect(execFileSync('getfattr', ['-d', '--absolute-names', path], { encoding: 'utf8' })).toContain(
      (await volumeFacts(world, 'volume.legacy')).urn,
    );

    world.writeStack(`${yaml}\nexports: { app-1: { host: app-1, volumes: [legacy] } }\n`);
    const { plan } = await world.json<PlanDocument>('plan', 'plans');
    expect(actionsIn(plan)).toEqual({ 'web/export.app-1': 'create' });
    await world.expect(0, 'apply', 'plans', '--yes');
    const [lun] = await lunsOf(world, 'export.app-1');
    expect(await seenOverIscsi(lun!, lun!.portals[0]!)).toEqual({ sizeBytes: 16 * MIB, wwn: lun!.wwn, luns: [1] });
    await expectPattern(lun!, 0x6b);
    await expectNoChanges(world, 'plans');
  });
});

describe.concurrent('import on a simulated array', () => {
  async function withForeign() {
    const world = await simWorld();
    await world.edit({ edit: 'add-volume', name: 'legacy', pool: 'fast', sizeBytes: 16 * MIB });
    await world.expect(0, 'apply', 'plans', '--yes');
    return { world, was: (await world.device()).volumes[0]! };
  }
  const command = (address: string, nativeId: string) => [
    ...['import', address, '--system', 'array-1', '--native-id', nativeId, ...INTO],
  ];

  it('keeps WWN and name, and protects it', async () => {
    const { world, was } = await withForeign();
    await world.expect(0, ...command('web/volume.legacy', was.id), '--yes');
    const after = (await world.device()).volumes[0]!;
    expect({ ...after, tag: undefined }).toEqual({ ...was, tag: undefined });
    expect(after.tag).toContain((await volumeFacts(world, 'volume.legacy')).urn);
    world.writeStack(stack({ legacy: {} }));
    await expectNoChanges(world, 'plans');
    world.writeStack(stack({}));
    const { plan } = await world.json<PlanDocument>(3, 'plan', 'plans');
    expect(heldIn(plan)).toMatchObject([{ address: 'web/volume.legacy', code: 'COPRHD-HELD-002' }]);
  });

  it.runIf(EVERYTHING)('tells the YAML in JSON too', async () => {
    const { world, was } = await withForeign();
    const { stdout } = await world.expect(0, ...command('web/volume.legacy', was.id), '--yes', '--json');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type?: string; yaml?: string });
    expect(lines.at(-1)?.type).toBe('result');
    const yaml = lines.find(({ type }) => type === 'yaml')?.yaml ?? '';
    expect(yaml).toContain('kind: stack');
    world.writeStack(yaml);
    await expectNoChanges(world, 'plans');
  });

  it('refuses what is ours already, what is not there and a name that is taken, and changes nothing', async () => {
    const { world, was } = await withForeign();
    await world.expect(0, ...command('web/volume.legacy', was.id), '--yes');
    await world.edit({ edit: 'add-volume', name: 'second', pool: 'fast', sizeBytes: 16 * MIB });
    const before = await world.device();
    const second = before.volumes.find(({ name }) => name === 'second')!;
    for (const argv of [
      command('web/volume.again', was.id),
      command('web/volume.nothing', 'vol-999999'),
      command('web/volume.legacy', second.id),
    ]) {
      const ran = await world.run(...argv, '--yes');
      expect([1, 3], `${argv.join(' ')}\n${ran.stdout}${ran.stderr}`).toContain(ran.code);
      expect(await world.device()).toEqual(before);
    }
  });
});
