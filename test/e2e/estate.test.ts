/**
 * The second site of plans/estate on two real iSCSI targets behind OpenSSH, through the command line: volumes are spread over
 * both, written and read by initiators, refused to strangers, and removed without a trace. In every run those of one tenant.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTgtArray, type TgtArray } from '../../scripts/lib/tgt-array.js';
import { type Sshd, startSshd } from '../drivers/ssh/sshd.ts';
import { EVERYTHING } from '../long-only.ts';
import { cliIn, ensureBuilt, expectNoChanges, type LunFacts, lunsOf, type PlanDocument, ROOT } from './cli.ts';
import { describeOnTgt, expectPattern, filesOf, seenOverIscsi, targetsOf, writePattern } from './tgt.ts';

const ESTATE = join(ROOT, 'plans/estate');
const SYSTEMS = ['dc2-tgt-1', 'dc2-tgt-2'] as const;

interface Part {
  readonly stacks: Readonly<Record<string, { readonly file: string; readonly volumes: number }>>;
  readonly exports: readonly string[];
}

/** Each host has its volumes on one array: together they are on both. */
const WEB = ['shop/export.web-1', 'shop/export.web-2', 'shop/export.web-3'];
const SHOP = { file: 'retail-shop.yaml', volumes: 10 };
const GENOMICS = { file: 'research-genomics.yaml', volumes: 18 };

beforeAll(ensureBuilt);

describeOnTgt('the second site of plans/estate, over SSH', () => {
  const servers: Sshd[] = [];
  const arrays: TgtArray[] = [];
  let home = '';
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'coprhd-estate-'));
    for (const system of SYSTEMS) arrays.push(await startTgtArray({ directory: join(home, system) }));
    servers.push(await startSshd());
  });
  afterAll(async () => {
    await Promise.all([...arrays.map((array) => array.stop()), ...servers.map((server) => server.remove())]);
    rmSync(home, { recursive: true, force: true });
  });

  const live = async ({ stacks, exports }: Part) => {
    const directory = mkdtempSync(join(home, 'cli-'));
    const cli = cliIn(directory);
    await cli.expect(0, 'init', '--human');
    const files = ['tgt', ...Object.values(stacks).map(({ file }) => file)].map((file) => join(ESTATE, file));
    const volumes = Object.values(stacks).reduce((sum, stack) => sum + stack.volumes, 0);
    const { port, keyFile } = servers[0]!;
    const variables = {
      ...{ unit: 'MiB', key: keyFile, subnet: '127.0.0.0/8' },
      ...{ 'machine-1': `127.0.0.1:${port}`, 'machine-2': `127.0.0.1:${port}` },
      ...{ 'directory-1': join(home, SYSTEMS[0]), 'directory-2': join(home, SYSTEMS[1]) },
      ...{ 'control-port-1': arrays[0]!.controlPort, 'control-port-2': arrays[1]!.controlPort },
    };
    const given = [...files, ...Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}=${value}`])];

    const { plan } = await cli.json<PlanDocument>('plan', ...given);
    const homes = plan.changes.filter(({ kind }) => kind === 'volume').map(({ facts }) => facts.system);
    expect(homes).toHaveLength(volumes);
    const planned = SYSTEMS.map((system) => homes.filter((each) => each === system).length);
    for (const count of planned) {
      expect(count).toBeGreaterThanOrEqual(volumes / 4);
      expect(count).toBeLessThanOrEqual(20);
    }
    await cli.expect(0, 'apply', ...given, '--yes');
    await expectNoChanges(cli, ...given);
    expect(arrays.map((array) => filesOf(array).length)).toEqual(planned);

    const luns = (await Promise.all(exports.map((each) => lunsOf(cli, each)))).flat();
    for (const array of arrays) {
      const mine = luns.find(({ portals }) => portals.every((portal) => array.portals.includes(portal)))!;
      await Promise.all(
        mine.portals.map(async (portal) => expect((await seenOverIscsi(mine, portal)).wwn).toBe(mine.wwn)),
      );
      await writePattern(mine, 0x5a);
      await expectPattern(mine, 0x5a);
      await expect(expectPattern(asStranger(mine), 0x5a)).rejects.toThrow();
    }

    const { projects } = await cli.json<{ projects: { name: string; volumes: number }[] }>('capacity');
    const used = projects.filter((project) => project.volumes > 0).map((project) => [project.name, project.volumes]);
    expect(Object.fromEntries(used)).toEqual(
      Object.fromEntries(Object.entries(stacks).map(([stack, each]) => [stack, each.volumes])),
    );

    const words = [...Object.keys(stacks), 'infrastructure'].flatMap((stack) => ['--stack', stack]);
    await cli.expect(0, 'destroy', ...words, `--confirm-destroy=${volumes}`, '--attest-offline', 'a tester');
    for (const array of arrays) {
      expect(filesOf(array)).toEqual([]);
      expect(await targetsOf(array)).toEqual([]);
      expect(
        readdirSync(array.configDirectory, { recursive: true }).filter((name) => `${name}`.endsWith('.conf')),
      ).toEqual(['coprhd.conf']);
    }
  };

  it('serves one tenant', () => live({ stacks: { shop: SHOP }, exports: WEB }));

  it.runIf(EVERYTHING)('serves two tenants', () =>
    live({ stacks: { shop: SHOP, genomics: GENOMICS }, exports: [...WEB, 'genomics/export.hpc'] }),
  );
});

const asStranger = (lun: LunFacts): LunFacts => ({ ...lun, initiators: ['iqn.2026-01.com.example:stranger'] });
