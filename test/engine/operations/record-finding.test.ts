/** Records found in memory, where the watch that tells of them is slow. */
import { expect, it } from 'vitest';
import type { StateStore } from '../../../src/engine/state/store.ts';
import { createEstate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

it('are as the process itself has written them, however late the watch is', async () => {
  const estate = await createEstate();
  const { store } = estate.engine;
  const { watch } = store;
  let late = 0;
  store.watch = (...asked: Parameters<StateStore['watch']>) => {
    const batches = watch.apply(store, asked);
    return (async function* () {
      for await (const batch of batches) {
        await new Promise((resolve) => setTimeout(resolve, 3));
        late++;
        yield batch;
      }
    })();
  };
  await estate.applied([infrastructure(), stack({ volumes: { a: null } })]);
  const names = async () =>
    (await estate.run('record.find', { kind: 'volume', by: { all: true } })).records.map(({ record }) => record.name);
  expect(await names()).toEqual(['a']);
  await estate.applied([infrastructure(), stack({ volumes: { a: null, b: null } })]);
  expect(await names()).toEqual(['a', 'b']);
  expect(late).toBeGreaterThan(0);
});
