/** What must hold after every run that came to its end, however it got there. */
import { expect } from 'vitest';
import type { OwnershipMark } from '../../../src/engine/driver/contract.ts';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { decodeRecord, heldKeys } from '../../../src/engine/state/records.ts';
import { INSTALLATION, type World } from './world.ts';

export function snapshot(world: World) {
  const answer = world.array.handle({ operation: 'show', args: {}, nowMs: world.clock.nowMs() });
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
}

export async function allRecords(world: World): Promise<ResourceRecord[]> {
  const { items } = await world.store.range({ prefix: 'r/' });
  return items.map((item) => decodeRecord(item).record);
}

async function keysUnder(world: World, ...prefixes: string[]): Promise<string[]> {
  const ranges = await Promise.all(prefixes.map((prefix) => world.store.range({ prefix })));
  return ranges.flatMap(({ items }) => items.map((item) => item.key));
}

/** No claim, no journal, no reservation, no name without its record, no object of ours without a record, none missing. */
export async function expectSettled(world: World): Promise<void> {
  expect(await keysUnder(world, 'c/', 'w/', 'wo/', 'wj/')).toEqual([]);
  const records = await allRecords(world);
  expect(records.filter((record) => record.claim)).toEqual([]);
  const inBetween = ['creating', 'updating', 'deleting', 'replacing', 'suspect'];
  expect(records.filter((record) => inBetween.includes(record.status.phase))).toEqual([]);
  expect((await world.ledger())?.reservations ?? {}).toEqual({});

  const names = await keysUnder(world, 'u/', 'a/');
  expect(names.sort()).toEqual(records.flatMap(heldKeys).sort());

  const live = records.filter((record) => record.status.phase !== 'deleted');
  const recorded = live.flatMap(({ urn, status }) => (status.device ? [`${urn} ${status.device.nativeId}`] : []));
  expect(ourObjects(world).sort()).toEqual(recorded.sort());

  const subscribed = live.filter((record) => record.kind === 'volume').length;
  expect((await world.ledger())?.committed.volumes ?? 0).toBe(subscribed);
}

function ourObjects(world: World): string[] {
  const { volumes, masks } = snapshot(world);
  return [...volumes, ...masks].flatMap(({ id, tag }) => {
    const mark = tag === undefined ? undefined : (JSON.parse(tag) as OwnershipMark);
    return mark?.installation === INSTALLATION ? [`${mark.urn} ${id}`] : [];
  });
}
