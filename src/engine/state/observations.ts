/**
 * What was seen of a storage system, kept: an index under `o/storageSystem/…` and one blob a section, rewritten only when
 * its content changed. Three rules make it safe to plan from: nothing is kept of a system that a workflow is working on;
 * a workflow that changed it says so in the index before it lets go; and whoever keeps compares the index with how it was
 * before the look. So an observation that is there is younger than every change of ours. Operations and workflow use it.
 */
import { z } from 'zod';
import type { Urn } from '../model/urn.ts';
import type { BlobStore } from './blobs.ts';
import { keys } from './keys.ts';
import type { KeyValue, Operation, Snapshot, StateStore } from './store.ts';

const FORMAT = 1;

const INDEX = z.looseObject({
  format: z.int(),
  /** Hash of how the device is reached: another configuration may be another device. */
  device: z.string().optional(),
  observedAtMs: z.number().optional(),
  /** Identity of the system, as the driver reported it. */
  identity: z.unknown().optional(),
  /** Section name to blob. */
  sections: z.record(z.string(), z.string()),
  /** Where a read of changes can go on from. Of the device as this principal sees it: hash of how it is logged in to. */
  current: z
    .object({ token: z.string(), version: z.number(), wholeAtMs: z.number(), reader: z.string() })
    .optional()
    .catch(undefined),
  /** The workflow that changed the system since. */
  changedBy: z.string().optional(),
});
type Index = z.infer<typeof INDEX>;

export interface KeptObservation {
  readonly observedAtMs: number;
  readonly identity: unknown;
  readonly sections: Readonly<Record<string, readonly unknown[]>>;
  /** Only where the device can tell its changes from here on. */
  readonly current?: KeptCurrent | undefined;
}

/** `token` and `version` are the driver's; `reader` is whoever read it: another one may see less. */
export interface KeptCurrent {
  readonly token: string;
  readonly version: number;
  readonly wholeAtMs: number;
  readonly reader: string;
}

/** How things were before a look at the device began. */
export interface BeforeLook {
  readonly index: KeyValue | undefined;
  readonly busy: boolean;
}

/** What an older version kept has another shape: it counts as nothing. */
function decodeIndex(item: KeyValue | undefined): Index | undefined {
  if (!item) return undefined;
  const parsed = INDEX.safeParse(JSON.parse(item.value));
  return parsed.success && parsed.data.format === FORMAT ? parsed.data : undefined;
}

async function isBusy(source: Pick<Snapshot, 'range'>, system: Urn): Promise<boolean> {
  return (await source.range({ prefix: keys.sharedClaimsOn(system), limit: 1, keysOnly: true })).items.length > 0;
}

export async function beforeLook(store: StateStore, system: Urn): Promise<BeforeLook> {
  return { index: await store.get(keys.observed(system)), busy: await isBusy(store, system) };
}

/** When what is kept was seen, whatever has become of it since. */
export const observedAt = (item: KeyValue | undefined): number | undefined => decodeIndex(item)?.observedAtMs;

/** False: something happened to the system meanwhile, so nothing is kept. */
export async function keepObservation(
  { store, blobs }: { readonly store: StateStore; readonly blobs: BlobStore },
  { system, device, before, seen }: { system: Urn; device: string; before: BeforeLook; seen: KeptObservation },
): Promise<boolean> {
  if (before.busy) return false;
  const sections: Record<string, string> = {};
  for (const [name, items] of Object.entries(seen.sections)) {
    // Named in its own text, so that no two sections share a blob: each can be deleted when it is replaced.
    sections[name] = await blobs.put(JSON.stringify({ system, section: name, items }));
  }
  const { observedAtMs, identity, current } = seen;
  const index: Index = { format: FORMAT, device, observedAtMs, identity, sections, ...(current ? { current } : {}) };
  const key = keys.observed(system);
  const busy = await isBusy(store, system);
  const kept =
    !busy &&
    (
      await store.txn({
        compare: [{ key, modRevision: before.index?.modRevision ?? 0 }],
        success: [{ type: 'put', key, value: JSON.stringify(index) }, ...dropped(before.index, sections)],
      })
    ).succeeded;
  if (!kept) await dropUnused(store, key, sections);
  return kept;
}

/** The blobs of an index that its successor has no use for. */
function dropped(item: KeyValue | undefined, successor: Readonly<Record<string, string>>): Operation[] {
  const used = new Set(Object.values(successor));
  const gone = Object.values(decodeIndex(item)?.sections ?? {}).filter((hash) => !used.has(hash));
  return gone.map((hash) => ({ type: 'delete-prefix', prefix: keys.blob(hash) }));
}

async function dropUnused(store: StateStore, key: string, sections: Readonly<Record<string, string>>): Promise<void> {
  const item = await store.get(key);
  const used = new Set(Object.values(decodeIndex(item)?.sections ?? {}));
  const gone = Object.values(sections).filter((hash) => !used.has(hash));
  if (gone.length === 0) return;
  await store.txn({
    compare: [{ key, modRevision: item?.modRevision ?? 0 }],
    success: gone.map((hash): Operation => ({ type: 'delete-prefix', prefix: keys.blob(hash) })),
  });
}

/** Says in the index that a workflow has changed the system: what was seen before counts no more. */
export function changedIndex(item: KeyValue | undefined, workflow: string): string {
  const index: Index = { ...(decodeIndex(item) ?? { format: FORMAT, sections: {} }), changedBy: workflow };
  return JSON.stringify(index);
}

export interface LastSeen {
  readonly system: Urn;
  /** By what it was reached then and is now. */
  readonly device: string;
  /** Also where it may have been changed since. */
  readonly changedSince?: true;
}

/** From one snapshot. `why`: there is nothing to go by, and the reason. */
export async function loadObservation(
  { snapshot, blobs }: { readonly snapshot: Pick<Snapshot, 'get' | 'range'>; readonly blobs: BlobStore },
  { system, device, changedSince }: LastSeen,
): Promise<KeptObservation | { readonly why: string }> {
  const index = decodeIndex(await snapshot.get(keys.observed(system)));
  if (!index) return { why: 'nothing that was seen of it is kept' };
  if (index.changedBy !== undefined && !changedSince)
    return { why: `workflow ${index.changedBy} has changed it since it was seen` };
  if (index.observedAtMs === undefined || index.device !== device) {
    return { why: 'it is reached in another way than when it was seen' };
  }
  if (!changedSince && (await isBusy(snapshot, system))) return { why: 'a workflow is changing it' };
  const sections = await readSections(blobs, Object.entries(index.sections));
  return sections ? { observedAtMs: index.observedAtMs, identity: index.identity, sections } : REPLACED;
}

const REPLACED = { why: 'what was seen of it has just been replaced' };

async function readSections(
  blobs: BlobStore,
  wanted: readonly (readonly [string, string])[],
): Promise<Record<string, readonly unknown[]> | undefined> {
  const sections: Record<string, readonly unknown[]> = {};
  for (const [name, hash] of wanted) {
    const text = await blobs.get(hash);
    if (text === undefined) return undefined;
    sections[name] = (JSON.parse(text) as { items: unknown[] }).items;
  }
  return sections;
}

export interface KeptBase {
  readonly identity: unknown;
  readonly sections: Readonly<Record<string, readonly unknown[]>>;
  readonly current: KeptCurrent;
}

/**
 * What a read of changes can be put on. Other than for planning, it doesn't matter what workflows did since, or do: the
 * device tells that as well. `why`: there is nothing to go on from, and the reason.
 */
export async function loadBase(
  blobs: BlobStore,
  item: KeyValue | undefined,
  { device, reader, names }: { readonly device: string; readonly reader: string; readonly names: readonly string[] },
): Promise<KeptBase | { readonly why: string }> {
  const index = decodeIndex(item);
  if (index?.observedAtMs === undefined) return { why: 'nothing that was seen of it is kept' };
  const { current } = index;
  if (!current) return { why: 'it did not tell where it was when it was seen' };
  if (index.device !== device || current.reader !== reader) {
    return { why: 'it is reached in another way than when it was seen' };
  }
  const wanted = names.flatMap((name): (readonly [string, string])[] => {
    const hash = index.sections[name];
    return hash === undefined ? [] : [[name, hash]];
  });
  const sections = wanted.length === names.length ? await readSections(blobs, wanted) : undefined;
  return sections ? { identity: index.identity, sections, current } : REPLACED;
}
