/** `path list` on two simulated fabrics: what is said of each path, and of ports that nobody has measured. */
import { describe, expect, it } from 'vitest';
import { pathListView, pathShowView } from '../../../src/views/path.ts';
import { plainLine } from '../../../src/views/plain.ts';
import { expectGolden } from '../../views/golden.ts';
import { createEstate, type Estate } from '../planner/estate.ts';
import { editFabric } from '../planner/fabric-estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';
import { exportedEstate, unchangedEstate } from './connectivity.ts';

const golden = (name: string, lines: readonly string[]) => expectGolden(name, `${lines.join('\n')}\n`);

async function listed(estate: Estate, input: { of?: string; system?: string; refresh?: 'full' | 'auto' } = {}) {
  const result = await estate.run('path.list', input);
  return { result, paths: result.paths };
}

async function measured(estate: Estate): Promise<void> {
  estate.edit({ edit: 'port-load', port: 'FA-1-1', percent: 40 });
  await estate.run('discover.metrics', {});
  estate.clock.advance(3_600_000);
  await estate.run('discover.metrics', {});
}

describe('path list', () => {
  it('has initiator, port, network, zone, LUNs, HA domain, switch, state and load of each path', async () => {
    const estate = await exportedEstate();
    await measured(estate);
    const { result } = await listed(estate, { of: 'h1' });
    const style = { width: 120, color: false, nowMs: estate.clock.nowMs() };
    golden('path-list.txt', pathListView.human(result, style));
    golden('path-list.plain.txt', pathListView.plain(result).map(plainLine));
    golden('path-show.txt', pathShowView.human(result, style));
    const later = { ...style, nowMs: result.seenAtMs! + 34_000 };
    for (const view of [pathListView, pathShowView]) {
      expect(view.human(result, later).at(-1)).toBe('as seen 34 s ago; as it is now: --refresh full');
    }
  });

  it('says that a port has no metrics, and takes that for nothing else', async () => {
    const estate = await unchangedEstate();
    const { paths, result } = await listed(estate, { of: 'web/export.e' });
    expect(paths).toHaveLength(8);
    expect(paths.every(({ load }) => load.busyPercent === undefined && load.volumes === 4)).toBe(true);
    expect(pathListView.human(result, { width: 120, color: false, nowMs: 0 })[1]).toContain('no metrics');
  });

  it('says of a zone that somebody took out of effect, and of one that is gone', async () => {
    const estate = await exportedEstate();
    const [first] = (await listed(estate, { of: 'h1' })).paths;
    const zone = first!.zones[0]!.name;
    editFabric(estate, 'fa', { edit: 'change-zone', zone, members: ['10:00:00:00:00:00:ff:ff'], enable: true });
    const changed = (await listed(estate, { of: 'h1', refresh: 'full' })).paths[0]!;
    expect([changed.zoned, changed.zones]).toEqual(['none', [{ name: zone, by: 'ours', state: 'changed' }]]);
    editFabric(estate, 'fa', { edit: 'delete-zone', zone, enable: true });
    const { paths, result } = await listed(estate, { of: 'h1', refresh: 'full' });
    expect([paths[0]!.zoned, paths[0]!.zones[0]!.state]).toEqual(['none', 'missing']);
    expect(pathListView.human(result, { width: 120, color: false, nowMs: 0 }).at(-1)).toBe(
      '4 paths, 1 of them not usable now.',
    );
  });

  it('counts a zone of others that joins the two', async () => {
    const estate = await exportedEstate();
    const [first] = (await listed(estate, { of: 'h1' })).paths;
    const members = [first!.initiator.portName, first!.port.address];
    editFabric(estate, 'fa', { edit: 'create-zone', zone: 'by_hand', members, configuration: 'legacy', enable: true });
    const [path] = (await listed(estate, { of: 'h1', refresh: 'full' })).paths;
    expect(path!.zones.map(({ name, by }) => `${by} ${name}`).sort()).toEqual([
      'foreign by_hand',
      `ours ${first!.zones[0]!.name}`,
    ]);
  });

  it('needs no zones over IP', async () => {
    const estate = await createEstate();
    await estate.applied([
      infrastructure(),
      stack({ stack: 'web', volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } }),
    ]);
    const { paths } = await listed(estate, { of: 'h1' });
    expect(paths.length).toBeGreaterThan(0);
    expect(
      paths.every(({ zoned, zones, transport }) => zoned === 'not-needed' && zones.length === 0 && transport === 'ip'),
    ).toBe(true);
    await expect(listed(estate, { system: 'array-9' })).rejects.toThrow(/array-9/);
  });
});
