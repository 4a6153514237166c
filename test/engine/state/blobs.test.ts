/** The blob store over a state store. */
import { describe, expect, it } from 'vitest';
import { createBlobStore } from '../../../src/engine/state/blobs.ts';
import { AssertionError } from '../../../src/lib/assert.ts';
import { sha256Hex } from '../../../src/lib/canonical-json.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { environment } from './fixtures.ts';

describe('blobs', () => {
  it.each([
    ['nothing', ''],
    ['a line', 'hello, wörld'],
    ['exactly one chunk', 'x'.repeat(LIMITS.blobChunkBytes)],
    ['several chunks, cut inside characters', 'a€'.repeat(700_000)],
  ])('gives back %s under its hash', async (_what, text) => {
    const { store } = environment();
    const blobs = createBlobStore(store);
    const hash = await blobs.put(text);
    expect(hash).toBe(sha256Hex(text));
    expect((await blobs.get(hash)) === text).toBe(true);
  });

  it('writes the same content once', async () => {
    const { store } = environment();
    const blobs = createBlobStore(store);
    await blobs.put('same');
    const { revision } = await store.range({ prefix: '' });
    await blobs.put('same');
    expect((await store.range({ prefix: '' })).revision).toBe(revision);
  });

  it('is absent until its last chunk is there, and complete after a second try', async () => {
    const { store } = environment();
    const text = 'y'.repeat(3 * LIMITS.blobChunkBytes);
    let left = 2;
    const dying = createBlobStore({
      ...store,
      txn: (txn) => (left-- > 0 ? store.txn(txn) : Promise.reject(new Error('killed'))),
    });
    await expect(dying.put(text)).rejects.toThrow('killed');
    const blobs = createBlobStore(store);
    expect(await blobs.get(sha256Hex(text))).toBeUndefined();
    expect((await blobs.get(await blobs.put(text))) === text).toBe(true);
  });

  it('refuses content that does not match its hash', async () => {
    const { store } = environment();
    const hash = await createBlobStore(store).put('right');
    await store.txn({ success: [{ type: 'put', key: `b/${hash}/0000`, value: 'twrong' }] });
    await expect(createBlobStore(store).get(hash)).rejects.toThrow(AssertionError);
  });
});
