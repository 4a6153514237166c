/**
 * Whether a state agrees with itself: every record can be read and holds the names and the address that it should, and
 * every name and address belongs to a record. Reads one snapshot; `doctor` relies on it.
 */
import { KIND_NAMES } from '../model/kinds.ts';
import { keys } from './keys.ts';
import { decodeRecord, heldKeys } from './records.ts';
import { rangeAll, type Snapshot, type StateStore, StoreDamagedError } from './store.ts';

export interface Integrity {
  readonly records: number;
  /** Unique and address keys. */
  readonly names: number;
  /** A sentence each, with the key. */
  readonly problems: readonly string[];
}

export async function checkIntegrity(store: StateStore): Promise<Integrity> {
  const snapshot = await store.snapshot();
  try {
    const { wanted, records, problems } = await readRecords(snapshot);
    let names = 0;
    for (const prefix of [keys.uniqueNames, keys.addresses]) {
      for await (const { key, value } of rangeAll(snapshot, prefix)) {
        names += 1;
        const owner = wanted.get(key);
        if (owner === undefined) problems.push(`${key} belongs to ${value}, which does not hold it`);
        else if (owner !== value) problems.push(`${key} says ${value}, and ${owner} holds it`);
        wanted.delete(key);
      }
    }
    for (const [key, urn] of wanted) problems.push(`${key} is missing, ${urn} should hold it`);
    return { records, names, problems };
  } finally {
    snapshot.close();
  }
}

/** What should be held, by key. */
async function readRecords(
  snapshot: Snapshot,
): Promise<{ wanted: Map<string, string>; records: number; problems: string[] }> {
  const wanted = new Map<string, string>();
  const problems: string[] = [];
  let records = 0;
  for (const kind of KIND_NAMES) {
    for await (const item of rangeAll(snapshot, keys.recordsOf(kind))) {
      records += 1;
      try {
        const { record } = decodeRecord(item);
        for (const key of heldKeys(record)) {
          const other = wanted.get(key);
          if (other !== undefined) problems.push(`${key} should be held by both ${other} and ${record.urn}`);
          wanted.set(key, record.urn);
        }
      } catch (error) {
        if (!(error instanceof StoreDamagedError)) throw error;
        problems.push(error.message);
      }
    }
  }
  return { wanted, records, problems };
}
