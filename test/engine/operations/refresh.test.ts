/** Which looks at devices a plan takes, and when what was kept of an earlier one may stand in for them. */
import { describe, expect, it } from 'vitest';
import { keys } from '../../../src/engine/state/keys.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { codes, createEstate, type Estate, lines } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const INFRASTRUCTURE = infrastructure();
const texts = (volumes: Record<string, string | null>, exports: Record<string, string> = {}) => [
  INFRASTRUCTURE,
  stack({ volumes, exports }),
];
const MAPPED = texts({ a: null, b: null }, { e: 'host: h1, volumes: [a]' });

/** Counts whole readings of devices. */
function countLooks(estate: Estate): () => number {
  let looks = 0;
  estate.wrap = (array) => ({
    ...array,
    listPools: (...args) => {
      looks++;
      return array.listPools(...args);
    },
  });
  return () => looks;
}

async function discovered(estate: Estate): Promise<void> {
  expect((await estate.run('discover', {})).diagnostics).toEqual([]);
}

const nameOnDevice = async (estate: Estate, name: string) =>
  (await estate.record('volume', name)).record.status.device!.label;

describe('--refresh none', () => {
  it('plans from what the last apply kept, says how old it is, and touches no device', async () => {
    const estate = await createEstate();
    await estate.applied(MAPPED);
    const keptAtMs = estate.clock.nowMs();
    estate.clock.advance(3_600_000);
    const looks = countLooks(estate);
    const plan = await estate.planned(MAPPED, { refresh: 'none' });
    expect(lines(plan)).toEqual([]);
    expect(looks()).toBe(0);
    const oldest = Math.min(...Object.values(plan.basis.kept!));
    expect(Object.keys(plan.basis.kept!)).toContain('array-1');
    expect(plan.basis.observedAtMs).toBe(oldest);
    expect(keptAtMs - oldest).toBeLessThan(60_000);
    expect(plan.expiresAtMs).toBe(oldest + LIMITS.planTtlMs);
    expect(plan.diagnostics.map(({ code }) => code)).toContain('COPRHD-DEVICE-009');
  });

  it('plans from what was kept after an apply of a daemon, once the devices were quiet', async () => {
    const estate = await createEstate();
    await estate.applied(MAPPED);
    const body = { size: '64MiB', virtualPool: 'gold', virtualArray: 'dc1' };
    const asked = { kind: 'volume', project: 'p', resources: { x: body } } as const;
    const { plan } = await estate.run('resource.create', asked);
    const before = estate.clock.nowMs();
    await estate.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0, background: true });
    expect(estate.clock.nowMs() - before).toBeGreaterThanOrEqual(LIMITS.lookAgainAfterMs);
    const looks = countLooks(estate);
    const seen = await estate.planned(MAPPED, { refresh: 'none' });
    expect(Object.values(seen.basis.kept!)[0]).toBeGreaterThan(before);
    expect(looks()).toBe(0);
  });

  it('does not see what was changed by hand since; the default does', async () => {
    const estate = await createEstate();
    await estate.applied(MAPPED);
    await discovered(estate);
    estate.edit({ edit: 'delete-volume', volume: await nameOnDevice(estate, 'b') });
    expect(lines(await estate.planned(MAPPED, { refresh: 'none' }))).toEqual([]);
    expect(lines(await estate.planned(MAPPED))).toEqual(['held s/volume.b COPRHD-HELD-001']);
  });

  it('is refused with the name of a device of which nothing is kept, and of one that is only declared', async () => {
    const estate = await createEstate();
    const first = await estate.plan(MAPPED, { refresh: 'none' }).catch((error: Error) => error);
    expect(String(first)).toContain('array-1 would have to be looked at: it is only declared yet');
    await estate.applied(MAPPED);
    const { record } = await estate.record('storageSystem', 'array-1');
    await estate.engine.store.txn({ success: [{ type: 'delete', key: keys.observed(record.urn) }] });
    await expect(estate.plan(MAPPED, { refresh: 'none' })).rejects.toMatchObject({
      diagnostics: [{ code: 'COPRHD-DEVICE-009', fix: expect.stringContaining('coprhd discover array-1') }],
    });
  });

  it('never replaces what is missing', async () => {
    const estate = await createEstate();
    await estate.applied(MAPPED);
    const options = { refresh: 'none', replaceMissing: ['s/volume.b'] } as const;
    await expect(estate.plan(MAPPED, options)).rejects.toMatchObject({ diagnostics: [{ code: 'COPRHD-DEVICE-009' }] });
    const looks = countLooks(estate);
    await estate.planned(MAPPED, { ...options, refresh: 'auto' });
    expect(looks()).toBeGreaterThan(0);
  });

  it('is refused while a workflow is open on the device, and after it was recovered', async () => {
    const estate = await createEstate();
    await estate.applied(MAPPED);
    const grown = texts({ a: null, b: null, c: null }, { e: 'host: h1, volumes: [a]' });
    class Killed extends Error {}
    estate.crashPoint = (name) => {
      if (name.startsWith('step:after-call') || name.startsWith('step:after-outcome')) throw new Killed();
    };
    await expect(estate.apply(grown)).rejects.toThrow(Killed);
    estate.crashPoint = undefined;
    estate.restart();
    const why = async () => String(await estate.plan(grown, { refresh: 'none' }).catch((error: Error) => error));
    expect(await why()).toContain('a workflow is changing it');
    expect((await estate.run('recover', {})).workflows.map(({ result }) => result)).toEqual(['finished']);
    expect(await why()).toContain('has changed it since it was seen');
    await discovered(estate);
    expect(lines(await estate.planned(grown, { refresh: 'none' }))).toEqual([]);
  });

  it('takes nothing that was kept of a device reached in another way', async () => {
    const estate = await createEstate();
    await estate.applied(MAPPED);
    const elsewhere = [INFRASTRUCTURE.replace('array: sim-1', 'array: sim-2'), MAPPED[1]!];
    await expect(estate.plan(elsewhere, { refresh: 'none' })).rejects.toThrow('reached in another way');
  });

  it('holds what vanished by the records of today, not by those of then', async () => {
    const estate = await createEstate();
    await estate.applied(MAPPED);
    const removal = await estate.planned(texts({ a: null, b: 'protect: false, onRemove: delete' }), {
      refresh: 'none',
    });
    expect(removal.counts.held + removal.counts.update + removal.counts.remove).toBeGreaterThan(0);
    // The object is read again by the executor before it is destroyed: gone by hand meanwhile, nothing breaks.
    const gone = texts({ a: null }, { e: 'host: h1, volumes: [a]' });
    await estate.applied(texts({ a: null, b: 'protect: false, onRemove: delete' }, { e: 'host: h1, volumes: [a]' }));
    const plan = await estate.planned(gone, { refresh: 'none' });
    expect(lines(plan)).toEqual(['delete s/volume.b']);
    const label = await nameOnDevice(estate, 'b');
    estate.edit({ edit: 'rename-volume', volume: label, name: 'mine-now' });
    const result = await estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0, confirmDestroy: 1 });
    expect(result.units.map(({ state }) => state)).toEqual(['done']);
  });
});

describe('--refresh auto', () => {
  it('looks again when what was kept is older than the bound', async () => {
    const estate = await createEstate();
    await estate.applied(MAPPED);
    const looks = countLooks(estate);
    expect((await estate.planned(MAPPED, { refresh: 'auto' })).basis.kept).toBeDefined();
    expect(looks()).toBe(0);
    estate.clock.advance(LIMITS.observationFreshMs);
    expect((await estate.planned(MAPPED, { refresh: 'auto' })).basis.kept).toBeUndefined();
    expect(looks()).toBeGreaterThan(0);
  });
});

describe('what is kept', () => {
  it('is written by apply and discover, and by nothing else', async () => {
    const estate = await createEstate();
    await estate.applied(MAPPED);
    const before = await estate.revision();
    await estate.planned(MAPPED);
    await estate.run('drift', {});
    expect(await estate.revision()).toBe(before);
    await discovered(estate);
    expect(await estate.revision()).toBeGreaterThan(before);
  });

  it('takes one blob a section, which goes when it is replaced', async () => {
    const estate = await createEstate({ arrays: [{}] });
    const one = [INFRASTRUCTURE, MAPPED[1]!];
    await estate.applied(one);
    const blobs = async () => (await estate.keys('b/')).length;
    expect(await blobs()).toBe(4);
    await discovered(estate);
    expect(await blobs()).toBe(4);
    estate.edit({ edit: 'add-volume', name: 'foreign', pool: 'fast', sizeBytes: 2 ** 30, provisioning: 'thin' });
    await discovered(estate);
    expect(await blobs()).toBe(4);
  });

  it('is not kept of a look during which a workflow ran', async () => {
    const estate = await createEstate();
    await estate.applied(MAPPED);
    let ran = false;
    estate.wrap = (array) => ({
      ...array,
      listMasks: async (...args) => {
        const page = await array.listMasks(...args);
        if (!ran) {
          ran = true;
          estate.wrap = undefined;
          await estate.applied(texts({ a: null, b: null, c: null }, { e: 'host: h1, volumes: [a]' }));
        }
        return page;
      },
    });
    await estate.run('discover', {});
    const now = texts({ a: null, b: null, c: null }, { e: 'host: h1, volumes: [a]' });
    expect(ran).toBe(true);
    // What the apply itself kept at its end is there, not what the older look saw.
    expect(lines(await estate.planned(now, { refresh: 'none' }))).toEqual([]);
  });
});

it('an unknown way to look is refused', async () => {
  const estate = await createEstate();
  expect(codes(await estate.plan(texts({ a: 'virtualPool: nope' }), { refresh: 'none' }))).toEqual([
    'COPRHD-CONFIG-005',
  ]);
});
