/**
 * A data centre as a whole: one virtual array of all storage systems, one cluster of all hosts. A size that is quick here;
 * COPRHD_LARGE=1 (`npm run test:large`) takes the preset `large`: 500 arrays, 10,000 pools, 5,000 hosts.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { actionsIn, cliIn, ensureBuilt, expectNoChanges, type PlanDocument, type ShownDocument } from './cli.ts';

const IS_LARGE = process.env.COPRHD_LARGE !== undefined;
const SIZE = IS_LARGE ? { arrays: 500, hosts: 5_000 } : { arrays: 50, hosts: 64 };
const UP = IS_LARGE ? ['--preset', 'large'] : ['--arrays', '50', '--pools', '2', '--hosts', '64', '--zones', '100'];

const directory = mkdtempSync(join(tmpdir(), 'coprhd-large-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeAll(ensureBuilt);

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);
const systems = numbered('sim', SIZE.arrays);
const hosts = numbered('host', SIZE.hosts);

function infrastructure(pools: readonly string[], members: readonly string[]): string {
  return [
    'kind: infrastructure',
    'networks:',
    '  san: { transport: ip, subnets: [10.0.0.0/8] }',
    'storageSystems:',
    ...systems.map(
      (name) =>
        `  ${name}: { driver: simulator, configuration: { directory: sim, array: ${name} }, mode: manage, scope: { pools: [${pools.join(', ')}] } }`,
    ),
    `virtualArrays: { dc1: { networks: [san], storageSystems: [${systems.join(', ')}] } }`,
    'virtualPools:',
    '  gold: { type: block, protocols: [iscsi], paths: { min: 1, max: 2 }, virtualArrays: [dc1] }',
    'hosts:',
    ...hosts.map(
      (name) =>
        `  ${name}: { type: linux, initiators: [{ iqn: "iqn.2026-01.io.coprhd.simulator:${name}", network: san }] }`,
    ),
    `clusters: { all: { hosts: [${members.join(', ')}] } }`,
    'projects: { p: {} }',
    '',
  ].join('\n');
}

it(
  `plans and applies ${SIZE.arrays} storage systems and ${SIZE.hosts} hosts, and volumes on them`,
  async () => {
    const cli = cliIn(directory);
    const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
    await cli.expect(0, 'sim', 'up', ...UP);
    await cli.expect(0, 'init');
    write('infrastructure.yaml', infrastructure(['fast', 'bulk'], hosts));
    const volumes = numbered('v', 3).map((name) => `  ${name}: { size: 1GiB, virtualPool: gold, virtualArray: dc1 }`);
    write('stack.yaml', ['kind: stack', 'stack: s', 'project: p', 'volumes:', ...volumes, ''].join('\n'));

    await cli.expect(0, 'apply', 'infrastructure.yaml', 'stack.yaml', '--yes');
    await expectNoChanges(cli, 'infrastructure.yaml', 'stack.yaml');
    const shown = await cli.json<ShownDocument>('show', 'virtualArray.dc1');
    expect(shown.resources[0]!.attributes.storageSystems).toEqual([...systems].sort());

    write(
      'stack.yaml',
      [
        'kind: stack',
        'stack: s',
        'project: p',
        'volumes:',
        ...volumes.slice(1),
        volumes[0]!.replace('v-1', 'v-9'),
        '',
      ].join('\n'),
    );
    write('infrastructure.yaml', infrastructure(['fast', 'bulk'], hosts.slice(1)));
    const { plan } = await cli.json<PlanDocument>(3, 'plan', 'infrastructure.yaml', 'stack.yaml');
    expect(actionsIn(plan)).toEqual({
      'infrastructure/cluster.all': 'update',
      's/volume.v-1': 'held',
      's/volume.v-9': 'create',
    });
    await cli.expect(0, 'apply', 'infrastructure.yaml', 'stack.yaml', '--yes', '--skip-held');
    const after = await cli.json<ShownDocument>('show', 'cluster.all');
    expect(after.resources[0]!.attributes.hosts).toEqual(hosts.slice(1).sort());
  },
  IS_LARGE ? 1_800_000 : 120_000,
);
