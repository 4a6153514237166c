/** From a foreign array to plan files and back: what `import --match` writes plans, applies, and leaves nothing to do. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { actionsIn, ensureBuilt, expectNoChanges, type PlanDocument } from './cli.ts';
import { MIB } from './plans.ts';
import { simWorld } from './sim.ts';

beforeAll(ensureBuilt);

const INTO = ['--system', 'array-1', '--project', 'e2e', '--virtual-pool', 'gold', '--virtual-array', 'dc1'];

it('volumes are adopted as they are, the mapped one is named, and the second plan is empty', async () => {
  const world = await simWorld();
  for (const name of ['erp_1', 'erp_2', 'erp_mapped', 'other'])
    await world.edit({ edit: 'add-volume', name, pool: 'fast', sizeBytes: 16 * MIB });
  const initiators = ['iqn.2026-01.com.example:theirs'];
  await world.edit({ edit: 'add-mask', name: 'theirs', initiators, mappings: [{ volume: 'erp_mapped', hlu: 3 }] });
  await world.expect(0, 'apply', 'plans', '--yes');
  const was = await world.device();

  const argv = ['import', '--match', 'erp_*', ...INTO, '--out', 'plans'];
  const written = await world.expect(0, ...argv, '--human');
  expect(written.stdout).toMatch(/erp_mapped .*it is mapped by/);
  expect(await world.device()).toEqual(was);
  await world.expect(64, ...argv);
  const file = join(world.directory, 'plans', 'imported-array-1.yaml');
  expect(existsSync(file)).toBe(true);
  await world.expect(0, 'fmt', '--check', file);

  const { plan } = await world.json<PlanDocument>('plan', 'plans');
  expect(actionsIn(plan)).toEqual({ 'imported/volume.erp_1': 'adopt', 'imported/volume.erp_2': 'adopt' });
  await world.expect(0, 'apply', 'plans', '--yes');
  await expectNoChanges(world, 'plans');
  const now = await world.device();
  const untagged = (volumes: typeof was.volumes) => volumes.map((volume) => ({ ...volume, tag: undefined }));
  expect(untagged(now.volumes)).toEqual(untagged(was.volumes));
  expect(now.volumes.filter(({ tag }) => tag).map(({ name }) => name)).toEqual(['erp_1', 'erp_2']);

  const hosts = await world.expect(
    0,
    'import',
    '--hosts',
    '--match',
    'their*',
    '--system',
    'array-1',
    '--virtual-array',
    'dc1',
    '--out',
    'plans',
  );
  expect(hosts.stdout).toContain('host.theirs');
  expect(readFileSync(join(world.directory, 'plans', 'imported-hosts-array-1.yaml'), 'utf8')).toContain(initiators[0]!);
  await world.expect(0, 'apply', 'plans', '--yes');
  await expectNoChanges(world, 'plans');
});
