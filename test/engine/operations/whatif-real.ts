/**
 * The real thing beside a supposed one: a random estate, a copy of its state and of its simulated arrays, and what plan
 * and apply say and do there.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { WhatIfAnswer } from '../../../src/engine/planner/whatif/answer.ts';
import { rangeAll } from '../../../src/engine/state/store.ts';
import { createEstate, type Estate, type EstateOptions, GIB } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const MIB = 1024 ** 2;

export interface Wanted {
  readonly sizeBytes: number;
  readonly thick: boolean;
}

export interface World {
  /** Bytes of each array's pools, and what they round up to. */
  readonly arrays: readonly {
    readonly poolBytes: number;
    readonly granularityBytes: number;
    readonly theirs: number;
  }[];
  /** Per cent. */
  readonly subscription: number;
  readonly utilisation: number;
  /** Of the project of all volumes. */
  readonly quotaGib: number | undefined;
  readonly volumes: readonly Wanted[];
}

export const wanted: fc.Arbitrary<Wanted> = fc.record({
  sizeBytes: fc.integer({ min: 64, max: 24 * 1024 }).map((mib) => mib * MIB),
  thick: fc.boolean(),
});

/** Tight: about as much is asked for as there is. */
export const world: fc.Arbitrary<World> = fc.record({
  arrays: fc.array(
    fc.record({
      poolBytes: fc.integer({ min: 20, max: 60 }).map((gib) => gib * GIB),
      granularityBytes: fc.constantFrom(MIB, 8 * MIB, GIB),
      theirs: fc.integer({ min: 0, max: 10 }).map((gib) => gib * GIB),
    }),
    { minLength: 2, maxLength: 3 },
  ),
  subscription: fc.integer({ min: 90, max: 220 }),
  utilisation: fc.integer({ min: 50, max: 95 }),
  quotaGib: fc.option(fc.integer({ min: 20, max: 120 }), { nil: undefined }),
  volumes: fc.array(wanted, { minLength: 3, maxLength: 9 }),
});

export const infrastructureOf = ({ subscription, utilisation, quotaGib }: World, arrays: readonly string[]): string =>
  infrastructure({
    arrays,
    pools: ['fast', 'slow'],
    subscription: `${subscription}%`,
    utilisation: `${utilisation}%`,
  }).replace('  p: {}', quotaGib === undefined ? '  p: {}' : `  p: { quota: ${quotaGib}GiB }`);

/** Volumes of a stack; their order is that of their addresses. */
export const volumesOf = (volumes: ReadonlyMap<string, Wanted>, name = 's', more = ''): string =>
  stack({
    stack: name,
    more,
    volumes: Object.fromEntries(
      [...volumes].map(([volume, { sizeBytes, thick }]) => [
        volume,
        `size: ${sizeBytes}B, virtualPool: ${thick ? 'thick' : 'gold'}`,
      ]),
    ),
  });

export function optionsOf({ arrays }: World): EstateOptions {
  return {
    arrays: arrays.map(({ poolBytes: totalBytes, granularityBytes }, index) => ({
      name: `sim-${index + 1}`,
      pools: ['fast', 'slow'].map((name) => ({ name, totalBytes, granularityBytes, volumeBytesMin: granularityBytes })),
    })),
  };
}

export async function build(world: World): Promise<Estate> {
  const estate = await createEstate(optionsOf(world));
  world.arrays.forEach(({ theirs }, index) => {
    if (theirs === 0) return;
    const edit = {
      edit: 'add-volume',
      name: 'theirs',
      pool: 'fast',
      sizeBytes: theirs,
      provisioning: 'thick',
    } as const;
    estate.edit(edit, `sim-${index + 1}`);
  });
  return estate;
}

/** Another installation with the same state and the same arrays, byte for byte; the clock is shared. */
export async function copyOf(estate: Estate, world: World): Promise<Estate> {
  const copy = await createEstate({ ...optionsOf(world), clock: estate.clock });
  const snapshot = await estate.engine.store.snapshot();
  try {
    for await (const { key, value, lease } of rangeAll(snapshot, '')) {
      if (lease === undefined) await copy.engine.store.txn({ success: [{ type: 'put', key, value }] });
    }
  } finally {
    snapshot.close();
  }
  for (const index of world.arrays.keys()) {
    const [from, to] = [estate.array(`sim-${index + 1}`).kv, copy.array(`sim-${index + 1}`).kv];
    for (const key of [...to.texts.keys()]) to.delete(key);
    for (const [key, text] of from.texts) to.put(key, JSON.parse(text));
  }
  expect(await bytesOf(copy, world)).toEqual(await bytesOf(estate, world));
  return copy;
}

/** Everything in the state and on the arrays. */
export async function bytesOf(estate: Estate, { arrays }: World): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { key, value, lease } of rangeAll(estate.engine.store, '')) {
    if (lease === undefined) found[key] = value;
  }
  for (const index of arrays.keys()) {
    const name = `sim-${index + 1}`;
    for (const [key, text] of estate.array(name).kv.texts) found[`${name} ${key}`] = text;
  }
  return found;
}

/** Addresses that a plan has no room for; empty when it is made. */
export async function refusedBy(estate: Estate, texts: readonly string[]): Promise<string[]> {
  const { plan, diagnostics } = await estate.plan(texts);
  if (plan) return [];
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const others = errors.filter(({ code }) => !['COPRHD-PLACE-001', 'COPRHD-QUOTA-001'].includes(code));
  expect(others).toEqual([]);
  return [...new Set(errors.map(({ address }) => address!))].sort();
}

export const refusedIn = (answer: WhatIfAnswer, reason?: string): string[] =>
  answer.volumes
    .filter((volume) => volume.fate === 'refused' && (reason === undefined || volume.reason === reason))
    .map(({ address }) => address)
    .sort();

/**
 * Quotas are asked after placement: a volume that one refuses had a pool already, in the answer as in a plan. Once it is
 * left out, others may go there.
 */
export const hasPlacedBeyondQuota = ({ volumes }: WhatIfAnswer): boolean =>
  volumes.some(({ reason, fate, why = '' }) => reason !== 'grown' && fate === 'refused' && why.includes(' quota '));

/** What pools hold, as the devices say it after what was applied. */
export async function fillsOf(estate: Estate): Promise<Record<string, readonly [used: number, subscribed: number]>> {
  await estate.run('discover', {});
  const { pools } = await estate.run('pool.list', {});
  return Object.fromEntries(
    pools.map(({ name, capacity }) => [name, [capacity!.usedBytes, capacity!.subscribedBytes] as const]),
  );
}

export const supposedFills = ({ pools }: WhatIfAnswer, which: 'before' | 'after' = 'after') =>
  Object.fromEntries(pools.map((pool) => [pool.name, [pool[which].usedBytes, pool[which].subscribedBytes] as const]));

/** `s/volume.a` → `array-1/fast`, of live volumes. */
export async function placesOf(estate: Estate, stackName = 's'): Promise<Record<string, string>> {
  const places: Record<string, string> = {};
  for (const { record } of await estate.records('volume')) {
    const { owner, status, name } = record;
    if (status.phase !== 'ready' || owner.type !== 'stack' || owner.name !== stackName || !status.device?.pool)
      continue;
    const pools = await estate.records('pool');
    const pool = pools.find((each) => each.record.urn === status.device!.pool)!.record;
    const systems = await estate.records('storageSystem');
    const system = systems.find((each) => each.record.urn === pool.spec.system)!.record;
    places[name] = `${system.name}/${pool.name}`;
  }
  return places;
}

/** Applies as many of the volumes, in their order, as there is room for. Answers with those. */
export async function applyFitting(
  estate: Estate,
  texts: readonly string[],
  volumes: ReadonlyMap<string, Wanted>,
): Promise<Map<string, Wanted>> {
  const refused = new Set(await refusedBy(estate, [...texts, volumesOf(volumes)]));
  const fitting = new Map([...volumes].filter(([name]) => !refused.has(`s/volume.${name}`)));
  await estate.applied([...texts, volumesOf(fitting)]);
  return fitting;
}

export const named = (volumes: readonly Wanted[], prefix = 'v'): Map<string, Wanted> =>
  new Map(volumes.map((each, index) => [`${prefix}${index}`, each]));

export const grownBy = ({ sizeBytes, thick }: Wanted, percent: number): Wanted => ({
  sizeBytes: Math.ceil((sizeBytes * (100 + percent)) / 100),
  thick,
});
