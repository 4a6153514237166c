/** Records and stores for the tests of state. */

import type { KindName } from '../../../src/engine/model/kinds.ts';
import type { Actor, Owner, ResourceRecord, Status, VersionedRecord } from '../../../src/engine/model/record.ts';
import type { RecordedSpec } from '../../../src/engine/model/specs.ts';
import { makeUrn, ROOT_TENANT_URN, type Urn } from '../../../src/engine/model/urn.ts';
import { chunkWrites } from '../../../src/engine/state/chunks.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { createMemoryStore } from '../../../src/engine/state/memory/memory-store.ts';
import { decodeRecord, type RecordWrite } from '../../../src/engine/state/records.ts';
import type { StateStore } from '../../../src/engine/state/store.ts';
import { createVirtualClock } from '../../../src/lib/clock.ts';
import { createSeededRandom } from '../../../src/lib/random.ts';

export const actor: Actor = { type: 'local', name: 'alice', uid: 1000 };
export const urnOf = (kind: KindName, number: number): Urn =>
  makeUrn(kind, `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);

export const project = urnOf('project', 10);
export const stack: Owner = { type: 'stack', tenant: ROOT_TENANT_URN, name: 'Shop' };

export function record<K extends KindName>(
  kind: K,
  number: number,
  name: string,
  spec: RecordedSpec<K>,
  more: { owner?: Owner; status?: Partial<Status> } = {},
): ResourceRecord<K> {
  return {
    urn: urnOf(kind, number),
    kind,
    name,
    scope: { tenant: ROOT_TENANT_URN },
    owner: more.owner ?? { type: 'api', user: 'alice' },
    spec,
    status: { phase: 'ready', sinceMs: 1, ...more.status },
    policy: { protect: true, onRemove: 'quarantine' },
    createdBy: actor,
    createdAtMs: 1,
    incarnation: 1,
    schemaVersion: 1,
  };
}

export const volume = (number: number, name: string, more: Parameters<typeof record>[4] = { owner: stack }) =>
  record(
    'volume',
    number,
    name,
    { project, sizeBytes: 1024, virtualPool: urnOf('virtualPool', 20), virtualArray: urnOf('virtualArray', 30) },
    more,
  );

export const lunMap = (number: number, hlu: number, more: Parameters<typeof record>[4] = {}) =>
  record(
    'lunMap',
    number,
    `map-${number}`,
    { export: urnOf('export', 40), volume: urnOf('volume', number), mask: urnOf('exportMask', 50), hlu },
    more,
  );

export function environment(seed = 1) {
  const clock = createVirtualClock();
  const random = createSeededRandom(seed);
  return { clock, random, actor, store: createMemoryStore({ clock, random }) };
}

/** Writes in one or several transactions; false when a compare failed. */
export async function commit(store: StateStore, ...writes: RecordWrite[]): Promise<boolean> {
  for (const txn of chunkWrites(writes)) if (!(await store.txn(txn)).succeeded) return false;
  return true;
}

export async function readRecord(store: StateStore, urn: Urn): Promise<VersionedRecord> {
  return decodeRecord((await store.get(keys.record(urn)))!);
}

/** Everything in a store as `key` -> `value`. */
export async function dump(store: StateStore): Promise<Record<string, string>> {
  const { items } = await store.range({ prefix: '' });
  return Object.fromEntries(items.map(({ key, value }) => [key, value]));
}
