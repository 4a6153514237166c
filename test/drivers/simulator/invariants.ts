/** What is true of a simulated array after every request, checked on all its keys at once, indexes included. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type {
  StoredArray,
  StoredInitiator,
  StoredMask,
  StoredPool,
  StoredVolume,
} from '../../../drivers/simulator/objects.ts';

/** Values by key, all of them. */
export type Contents = ReadonlyMap<string, unknown>;

export const contentsOf = (texts: ReadonlyMap<string, string>): Contents =>
  new Map([...texts].map(([key, text]) => [key, JSON.parse(text)]));

/** Everything in the files of an array. A batch that is under way would be missing: call it when nobody writes. */
export function contentsOnDisk(directory: string, array: string): Contents {
  const root = path.join(directory, array);
  const contents = new Map<string, unknown>();
  for (const entry of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const [collection, shard, file] = entry.split(path.sep);
    if (collection === undefined || shard === undefined || !file?.endsWith('.json')) continue;
    contents.set(`${collection}/${file.slice(0, -5)}`, JSON.parse(readFileSync(path.join(root, entry), 'utf8')));
  }
  return contents;
}

function valuesOf<T>(contents: Contents, collection: string): T[] {
  const prefix = `${collection}/`;
  return [...contents].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value as T);
}

const sorted = (items: readonly string[]) => [...items].sort();
const numberOf = (nativeId: string) => Number(nativeId.split('-')[1]);

function checkPools(pools: readonly StoredPool[], volumes: readonly StoredVolume[]): void {
  for (const pool of pools) {
    const inside = volumes.filter((volume) => volume.pool === pool.name);
    const sum = (of: (volume: StoredVolume) => number) => inside.reduce((total, volume) => total + of(volume), 0);
    assert.equal(
      pool.allocatedBytes,
      sum(({ allocatedBytes }) => allocatedBytes),
      'allocated is the sum',
    );
    assert.equal(
      pool.subscribedBytes,
      sum(({ sizeBytes }) => sizeBytes),
      'subscribed is the sum',
    );
    assert.equal(pool.volumes, inside.length);
    assert.ok(pool.allocatedBytes <= pool.totalBytes, 'allocated is at most total');
  }
}

function checkVolume(volume: StoredVolume, pool: StoredPool | undefined): void {
  assert.ok(pool, 'the pool is there');
  assert.equal(volume.sizeBytes % pool.granularityBytes, 0, 'sizes are whole granules');
  assert.ok(volume.allocatedBytes <= volume.sizeBytes && volume.zeroedBytes <= volume.sizeBytes);
  if (volume.provisioning === 'thick') assert.equal(volume.allocatedBytes, volume.sizeBytes);
}

export function checkInvariants(contents: Contents): void {
  const [array] = valuesOf<StoredArray>(contents, 'array');
  const volumes = valuesOf<StoredVolume>(contents, 'volume');
  const masks = valuesOf<StoredMask>(contents, 'mask');
  const initiators = valuesOf<StoredInitiator>(contents, 'initiator');
  const pools = valuesOf<StoredPool>(contents, 'pool');
  assert.ok(array, 'the array is there');
  checkPools(pools, volumes);
  for (const volume of volumes) {
    checkVolume(
      volume,
      pools.find(({ name }) => name === volume.pool),
    );
  }
  // Names and identities are unique, and their indexes hold exactly what is there.
  assert.equal(new Set(volumes.map(({ name }) => name)).size, volumes.length, 'volume names are unique');
  assert.equal(new Set(masks.map(({ name }) => name)).size, masks.length, 'mask names are unique');
  const ids = sorted(volumes.map(({ id }) => id));
  assert.deepEqual(sorted(valuesOf<string>(contents, 'volume-name')), ids);
  assert.deepEqual(sorted(valuesOf<string>(contents, 'mask-name')), sorted(masks.map(({ id }) => id)));
  const identified = volumes.filter(({ wwn }) => wwn !== undefined);
  assert.equal(new Set(identified.map(({ wwn }) => wwn)).size, identified.length, 'identities are unique');
  assert.deepEqual(sorted(valuesOf<string>(contents, 'wwn')), sorted(identified.map(({ id }) => id)));
  assert.ok(volumes.every(({ id }) => numberOf(id) < array.nextVolume));
  assert.ok(masks.every(({ id }) => numberOf(id) < array.nextMask));
  // Both sides of a mapping agree; a mapped volume is there.
  const maskSide = masks.flatMap(({ id, mappings }) => mappings.map(({ hlu, volume }) => `${volume} ${id} ${hlu}`));
  const volumeSide = volumes.flatMap(({ id, mappings }) => mappings.map(({ mask, hlu }) => `${id} ${mask} ${hlu}`));
  assert.deepEqual(sorted(maskSide), sorted(volumeSide), 'mappings agree');
  assert.ok(
    maskSide.every((text) => ids.includes(text.split(' ')[0]!)),
    'a mapped volume is there',
  );
  for (const { mappings } of masks) {
    const hlus = mappings.map(({ hlu }) => hlu);
    assert.equal(new Set(hlus).size, hlus.length, 'an HLU is unique in its mask');
    assert.equal(new Set(mappings.map(({ volume }) => volume)).size, mappings.length);
  }
  const admitted = masks.flatMap(({ id, initiators: names }) => names.map((name) => `${name} ${id}`));
  const held = initiators.flatMap(({ name, mask }) => (mask === undefined ? [] : [`${name} ${mask}`]));
  assert.deepEqual(sorted(held), sorted(admitted), 'an initiator is in one mask');
}

/** Counters, which only grow. */
export function countersOf(contents: Contents): readonly number[] {
  const [array] = valuesOf<StoredArray>(contents, 'array');
  return [array!.nextVolume, array!.nextMask, array!.nextJob];
}
