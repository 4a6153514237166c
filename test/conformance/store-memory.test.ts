/** The memory store against the conformance suite. */
import { createMemoryStore } from '../../src/engine/state/memory/memory-store.ts';
import { createSeededRandom } from '../../src/lib/random.ts';
import { storeConformance } from './store.ts';

storeConformance('memory', async (clock) => {
  const store = createMemoryStore({ clock, random: createSeededRandom(1) });
  return { store, secondClient: async () => store.client() };
});
