import { describe, expect, it } from 'vitest';
import { ports } from '../../../drivers/simulator/objects.ts';
import { createEstate, type Estate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const MAPPED = [infrastructure(), stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } })];
const UNMAPPED = [infrastructure(), stack({ volumes: { a: null } })];

const drift = async (estate: Estate) => {
  const { outcome, items } = await estate.run('drift', {});
  return { outcome, items: items.map((item) => `${item.class} ${item.address}: ${item.summary}`) };
};

describe('drift of ports', () => {
  it('tells a port that went down under each export that loses a path by it, and how many are left', async () => {
    const estate = await createEstate();
    await estate.applied(MAPPED);
    const mask = (await estate.records('exportMask'))[0]!.record;
    expect(mask.spec.ports.length).toBe(2);
    const used = (await estate.records('port')).filter(({ record }) => mask.spec.ports.includes(record.urn));
    const { nativeId, address } = used[0]!.record.spec;
    estate.edit({ edit: 'port', port: nativeId, status: 'down' });
    expect(await drift(estate)).toEqual({
      outcome: 'changes',
      items: [`managed s/export.e: port ${nativeId} (${address}) of array-1 is down: 1 of its 2 ports there work`],
    });
    // Also when discovery has seen it: the path is still lost.
    await estate.run('discover', {});
    expect((await drift(estate)).outcome).toBe('changes');
    estate.edit({ edit: 'port', port: nativeId, status: 'up' });
    expect(await drift(estate)).toEqual({ outcome: 'ok', items: [] });
  });

  it('tells a port that carries nothing under its storage system, until discovery has recorded it', async () => {
    const estate = await createEstate();
    await estate.applied(UNMAPPED);
    estate.edit({ edit: 'port', port: 'SP-A1', status: 'down' });
    const { items } = await drift(estate);
    expect(items).toEqual([
      expect.stringMatching(/^managed infrastructure\/storageSystem\.array-1: port SP-A1 .* is down$/),
    ]);
    await estate.run('discover', {});
    expect(await drift(estate)).toEqual({ outcome: 'ok', items: [] });
  });

  it('tells a port that moved or is gone, the latter only from a whole observation', async () => {
    const estate = await createEstate();
    await estate.applied(UNMAPPED);
    const { kv } = estate.array();
    ports.put(kv, 'SP-A1', { ...ports.need(kv, 'SP-A1'), address: '10.0.9.9:3260' });
    ports.delete(kv, 'SP-A2');
    const { items } = await drift(estate);
    expect(items.map((item) => item.replace(/^.*: port /, ''))).toEqual([
      expect.stringMatching(/^SP-A1 \(.*\) of array-1 is at 10\.0\.9\.9:3260 now$/),
      expect.stringMatching(/^SP-A2 .* is not there any more$/),
    ]);
    estate.fault({ operation: 'listVolumes', partial: true });
    expect((await drift(estate)).items.some((item) => item.includes('not there any more'))).toBe(false);
  });
});
