/** A table of keys that remembers what the calls since the last question have changed. */
import type { Reader } from '../../../drivers/simulator/kv.ts';
import { createMemoryKv, type MemoryKv } from '../../../drivers/simulator/memory.ts';

export interface Change {
  /** `volume/vol-000001`. */
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface NotingKv extends MemoryKv {
  /** Since it was asked last. */
  takeChanges(): Change[];
}

export function createNotingKv(beyond?: (unit: string) => Reader | undefined): NotingKv {
  const base = createMemoryKv(beyond);
  let changed = new Map<string, string | undefined>();
  const note = (key: string) => {
    if (!changed.has(key)) changed.set(key, base.texts.get(key));
  };
  return {
    ...base,
    put: (key, value) => {
      note(key);
      base.put(key, value);
    },
    delete: (key) => {
      note(key);
      base.delete(key);
    },
    takeChanges: () => {
      const changes: Change[] = [];
      for (const [key, before] of changed) {
        const after = base.texts.get(key);
        if (before !== after) changes.push({ key, before, after });
      }
      changed = new Map();
      return changes;
    },
  };
}
