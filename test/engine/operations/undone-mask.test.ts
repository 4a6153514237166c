import { expect, it } from 'vitest';
import { createEstate } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

const ARRAYS = ['array-1', 'array-2'];

it('a mask that an undo makes anew, and whose answer gets lost, is known by its new native id', async () => {
  const estate = await createEstate({ arrays: [{}, {}] });
  const site = infrastructure({ arrays: ARRAYS });
  const many = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`v${n}`, null]));
  const all = Object.keys(many).join(', ');
  await estate.applied([site, stack({ volumes: many, exports: { e: `host: h1, volumes: [${all}]` } })]);
  expect((await estate.records('exportMask')).length).toBe(2);
  // The mask of the second array can't be removed; that of the first is made again, and nobody hears of it.
  estate.fault({ operation: 'deleteMask', before: 'invalid', times: 1 }, 'sim-2');
  estate.fault({ operation: 'ensureMask', after: true, times: 1 }, 'sim-1');
  const gone = await estate.apply([site, stack({ volumes: many })], { confirmDestroy: 0 });
  expect(gone.counts).toMatchObject({ undone: 1 });
  expect(estate.changes.filter((change) => change.includes('deleteMask')).length).toBeGreaterThan(0);
  for (const { record } of await estate.records('exportMask')) {
    const name = record.name.endsWith('array-1') ? 'sim-1' : 'sim-2';
    expect(estate.show(name).masks.map(({ id }) => id)).toEqual([record.status.device?.nativeId]);
  }
  expect(await estate.run('orphans', {})).toMatchObject({ outcome: 'ok', orphans: [] });
  expect(await estate.run('drift', {})).toMatchObject({ outcome: 'ok', items: [] });
});
