/** Resources made, listed and removed by name, without a file. */
import { describe, expect, it } from 'vitest';
import { codes, GIB, lines } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';
import { create, done, estateWith, plan, remove, VOLUME, volumes } from './by-name.ts';

describe('what is made by name', () => {
  it('is on the device, belongs to who asked, and no plan of a stack touches it', async () => {
    const text = stack({ volumes: { a: null } });
    const estate = await estateWith(text);
    await create(estate, { kind: 'volume', project: 'p', resources: volumes('x', 'y') });
    expect(estate.show().volumes).toHaveLength(3);
    const { record } = await estate.record('volume', 'x');
    expect(record.owner).toEqual({ type: 'api', user: 'anna' });
    expect(record.sourceFile).toBeUndefined();
    expect(lines(await estate.planned([infrastructure(), text]))).toEqual([]);
    const { resources } = await estate.run('resource.list', { kind: 'volume', project: 'P' });
    expect(resources.map(({ name, owner, sizeBytes }) => [name, owner, sizeBytes])).toEqual([
      ['a', 's', 10 * GIB],
      ['x', 'anna', 10 * GIB],
      ['y', 'anna', 10 * GIB],
    ]);
    expect((await estate.run('resource.list', { kind: 'volume', project: 'other' })).resources).toEqual([]);
  });

  it('may be a whole road: tenant, project, host, volume, export', async () => {
    const estate = await estateWith();
    await create(estate, {
      kind: 'tenant',
      resources: { finance: { use: { virtualArrays: ['dc1'], virtualPools: ['gold'] } } },
    });
    await create(estate, { kind: 'project', resources: { ledger: { tenant: 'finance' } } });
    const initiators = [{ iqn: 'iqn.2026-01.com.example:f1', network: 'san' }];
    await create(estate, { kind: 'host', resources: { f1: { type: 'linux', tenant: 'finance', initiators } } });
    await create(estate, { kind: 'volume', project: 'ledger', resources: volumes('data') });
    await create(estate, { kind: 'export', project: 'ledger', resources: { e: { host: 'f1', volumes: ['data'] } } });
    expect(estate.show().masks).toHaveLength(1);
    expect((await estate.run('resource.list', { kind: 'project', tenant: 'finance' })).resources).toMatchObject([
      { name: 'ledger', tenant: 'finance' },
    ]);
    await remove(estate, ['export.e', 'volume.data', 'host.f1', 'project.ledger', 'tenant.finance']);
    expect([estate.show().masks, estate.show().volumes]).toEqual([[], []]);
    expect((await estate.run('resource.list', { kind: 'project' })).resources.map(({ name }) => name)).toEqual(['p']);
  });

  it('has a name that nobody else has in its project, also not a stack', async () => {
    const estate = await estateWith(stack({ volumes: { a: null } }));
    const taken = await plan(estate, { kind: 'volume', project: 'p', resources: volumes('a') });
    expect(codes(taken)).toEqual(['COPRHD-STATE-006']);
    await create(estate, { kind: 'volume', project: 'p', resources: volumes('x') });
    expect(codes(await plan(estate, { kind: 'volume', project: 'p', resources: volumes('X') }))).toEqual([
      'COPRHD-STATE-006',
    ]);
    const declared = await estate.plan([infrastructure(), stack({ volumes: { x: null } })]);
    expect(codes(declared)).toContain('COPRHD-STATE-006');
  });

  it('is refused as a file would be, with the nearest right word and no place in a file', async () => {
    const estate = await estateWith();
    const before = await estate.revision();
    const wrong = { a: { ...VOLUME, virtualPol: 'gold' }, b: { ...VOLUME, size: 'ten' } };
    const result = await plan(estate, { kind: 'volume', project: 'p', resources: wrong });
    expect(result.outcome).toBe('error');
    expect(codes(result)).toEqual(['COPRHD-CONFIG-002', 'COPRHD-CONFIG-004']);
    expect(result.diagnostics.every(({ span }) => span === undefined)).toBe(true);
    const lost = { a: { ...VOLUME, virtualPool: 'glod' } };
    expect(codes(await plan(estate, { kind: 'volume', project: 'p', resources: lost }))).toEqual(['COPRHD-CONFIG-005']);
    await expect(plan(estate, { kind: 'volume', resources: volumes('a') })).rejects.toThrow('made in a project');
    await expect(plan(estate, { kind: 'host', project: 'p', resources: {} })).rejects.toThrow();
    expect([await estate.revision(), estate.changes]).toEqual([before, []]);
  });
});

describe('removal by name', () => {
  it('keeps what is protected, mapped or declared in a file, and says why', async () => {
    const estate = await estateWith(stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } }));
    const { protect: _, ...usual } = VOLUME;
    await create(estate, { kind: 'volume', project: 'p', resources: { kept: usual, mapped: VOLUME } });
    await create(estate, { kind: 'export', project: 'p', resources: { f: { host: 'h2', volumes: ['mapped'] } } });
    for (const [address, code] of [
      ['volume.kept', 'COPRHD-HELD-002'],
      ['volume.mapped', 'COPRHD-HELD-004'],
      ['volume.a', 'COPRHD-HELD-009'],
    ] as const) {
      const { plan: made } = await estate.run('resource.remove', { addresses: [address] });
      expect(made?.changes.map(({ address: a, held }) => [a.split('/').at(-1), held?.diagnostic.code])).toEqual([
        [address, code],
      ]);
      expect(made?.units).toEqual([]);
    }
  });

  it('of a name that is not there changes nothing, also not for the others', async () => {
    const estate = await estateWith();
    await create(estate, { kind: 'volume', project: 'p', resources: volumes('x') });
    await expect(estate.run('resource.remove', { addresses: ['volume.x', 'volume.z'] })).rejects.toThrow('volume.z');
    expect(estate.show().volumes).toHaveLength(1);
  });

  it('can leave on the device what is there', async () => {
    const estate = await estateWith();
    await create(estate, { kind: 'volume', project: 'p', resources: volumes('x') });
    await remove(estate, ['volume.x'], true);
    expect(estate.show().volumes).toMatchObject([{ name: expect.stringContaining('x') }]);
    expect(estate.show().volumes[0]?.tag ?? undefined).toBeUndefined();
    expect((await estate.run('resource.list', { kind: 'volume' })).resources).toEqual([]);
  });
});

it('what a file declares is removed by name only by force, and its file does not make it anew unasked', async () => {
  const text = stack({ volumes: { a: 'protect: false' } });
  const estate = await estateWith(text);
  const ask = (force?: boolean) => estate.run('resource.remove', { addresses: ['a'], ...(force ? { force } : {}) });
  expect((await ask()).plan?.changes[0]?.held?.diagnostic.code).toBe('COPRHD-HELD-009');
  await done(estate, await ask(true));
  expect((await estate.record('volume', 'a')).record.status.phase).toBe('quarantined');
  const { plan: next } = await estate.plan([infrastructure(), text]);
  expect(next?.changes.map(({ held }) => held?.diagnostic.code)).toEqual(['COPRHD-HELD-010']);
});
