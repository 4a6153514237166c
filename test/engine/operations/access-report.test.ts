/** `access report` on two simulated fabrics: who reaches what, by our masks and zones and by those that others made by hand. */
import { describe, expect, it } from 'vitest';
import { accessView } from '../../../src/views/access.ts';
import { plainLine } from '../../../src/views/plain.ts';
import { expectGolden } from '../../views/golden.ts';
import type { Estate } from '../planner/estate.ts';
import { editFabric, hba, portOf } from '../planner/fabric-estate.ts';
import { exportedEstate } from './connectivity.ts';

const STRANGER = '10:00:00:00:00:00:ee:01';
const golden = (name: string, lines: readonly string[]) => expectGolden(name, `${lines.join('\n')}\n`);

/** A volume and a mask of others for host h3, and a zone of others for it and for somebody nobody knows. */
function withForeign(estate: Estate): void {
  estate.edit({ edit: 'add-volume', name: 'legacy', pool: 'fast', sizeBytes: 2 ** 30, provisioning: 'thin' });
  const mappings = [{ volume: 'legacy', hlu: 7 }];
  estate.edit({ edit: 'add-mask', name: 'old-mask', initiators: [hba(3, 0)], ports: ['FA-1-1'], mappings });
  editFabric(estate, 'fa', {
    edit: 'create-zone',
    zone: 'old_zone',
    members: [hba(3, 0), STRANGER, portOf(1, 1, 1)],
    configuration: 'legacy',
    enable: true,
  });
}

describe('access report', () => {
  it('has what is ours and what is of others, and zones of others that open a port', async () => {
    const estate = await exportedEstate();
    withForeign(estate);
    const result = await estate.run('access.report', { refresh: 'full' });
    expect(result).toMatchObject({ outcome: 'ok', diagnostics: [] });
    golden('access-report.txt', accessView.human(result, { width: 120, color: false, nowMs: 0 }));
    golden('access-report.plain.txt', accessView.plain(result).map(plainLine));
    expect(result.foreignZones.map(({ initiator, host, masked }) => [initiator, host, masked])).toEqual([
      [hba(3, 0), 'h3', true],
      [STRANGER, undefined, false],
    ]);
  });

  it('of a volume, a host and an initiator has only theirs', async () => {
    const estate = await exportedEstate();
    withForeign(estate);
    const volume = await estate.run('access.report', { volume: 'web/volume.a', refresh: 'full' });
    expect(new Set(volume.rows.map((row) => row.volume))).toEqual(new Set(['web/volume.a']));
    expect(volume.rows.map(({ initiator }) => initiator)).toEqual([hba(1, 0), hba(1, 1), hba(2, 0), hba(2, 1)]);
    const host = await estate.run('access.report', { host: 'h3', refresh: 'full' });
    expect(host.rows.map(({ volumeBy, by, hlu, zoned }) => [volumeBy, by, hlu, zoned])).toEqual([
      ['foreign', 'foreign', 7, 'in-effect'],
    ]);
    const one = await estate.run('access.report', { initiator: STRANGER.toUpperCase(), refresh: 'full' });
    expect([one.rows, one.foreignZones.map(({ zone }) => zone)]).toEqual([[], ['old_zone']]);
  });

  it('says that a mask without a zone in effect opens nothing', async () => {
    const estate = await exportedEstate();
    withForeign(estate);
    editFabric(estate, 'fa', { edit: 'delete-zone', zone: 'old_zone', enable: true });
    const { rows } = await estate.run('access.report', { host: 'h3', refresh: 'full' });
    expect(rows.map(({ zoned }) => zoned)).toEqual(['none']);
  });

  it('is an error where a device could not be read: nobody takes what is left for all', async () => {
    const estate = await exportedEstate();
    estate.takeDown('fa');
    const { outcome, diagnostics, rows } = await estate.run('access.report', { refresh: 'full' });
    expect([outcome, diagnostics.map(({ code }) => code)]).toEqual(['error', ['COPRHD-DEVICE-001']]);
    expect(rows.find(({ initiator }) => initiator === hba(1, 0))).toMatchObject({ zoned: 'unknown' });
  });
});
