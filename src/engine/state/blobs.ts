/**
 * Content-addressed bulk: observations, decisions, plans. A blob is cut into chunks under `b/{sha256}/{n}`; the same
 * content is stored once. Anybody may put; a blob is immutable.
 */
import { assert } from '../../lib/assert.ts';
import { sha256Hex } from '../../lib/canonical-json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { keys } from './keys.ts';
import { rangeAll, type StateStore } from './store.ts';

export interface BlobStore {
  /** Resolves with the SHA-256 of the text once it is durable. */
  put(text: string): Promise<string>;
  /** Undefined when there is no such blob. Throws when the stored bytes don't match their hash. */
  get(hash: string): Promise<string | undefined>;
}

export function createBlobStore(store: StateStore): BlobStore {
  return {
    put: async (text) => {
      const bytes = Buffer.from(text, 'utf8');
      const hash = sha256Hex(bytes);
      const count = Math.max(1, Math.ceil(bytes.length / LIMITS.blobChunkBytes));
      // The last chunk is written last: a blob without it doesn't exist. Somebody may have begun, or begun to forget it.
      if (count === 1) {
        const key = keys.blobChunk(hash, 0);
        await store.txn({ compare: [{ key, exists: false }], success: [{ type: 'put', key, value: `t${text}` }] });
        return hash;
      }
      const there = await store.range({ prefix: keys.blob(hash), keysOnly: true, limit: count });
      if (there.items.length === count) return hash;
      for (let index = 0; index < count; index++) {
        const part = bytes.subarray(index * LIMITS.blobChunkBytes, (index + 1) * LIMITS.blobChunkBytes);
        // base64 keeps a chunk valid text wherever it is cut.
        const value = `${index === count - 1 ? 'e' : 'p'}${part.toString('base64')}`;
        await store.txn({ success: [{ type: 'put', key: keys.blobChunk(hash, index), value }] });
      }
      return hash;
    },
    get: async (hash) => {
      const parts: Buffer[] = [];
      let complete = false;
      const snapshot = await store.snapshot();
      try {
        for await (const { value } of rangeAll(snapshot, keys.blob(hash))) {
          complete = value[0] !== 'p';
          parts.push(value[0] === 't' ? Buffer.from(value.slice(1), 'utf8') : Buffer.from(value.slice(1), 'base64'));
        }
      } finally {
        snapshot.close();
      }
      if (!complete) return undefined;
      const bytes = Buffer.concat(parts);
      assert(sha256Hex(bytes) === hash, `blob ${hash} is damaged`);
      return bytes.toString('utf8');
    },
  };
}
