import { describe, expect, it } from 'vitest';
import { whatIfView } from '../../../src/views/whatif.ts';
import { createEstate, GIB } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

describe('whatif', () => {
  it('x', async () => {
    const estate = await createEstate({ poolBytes: 100 * GIB });
    await estate.applied([
      infrastructure({ arrays: ['array-1', 'array-2'], pools: ['fast'] }),
      stack({ volumes: { a: 'size: 80GiB', b: 'size: 90GiB', c: 'size: 70GiB', d: 'size: 20GiB, virtualPool: thick' } , exports: {e: 'host: h1, volumes: [a, b]'}}),
    ]);
    const show = async (input: any) => {
      const r = await estate.run('whatif', input);
      console.log(whatIfView.human(r, { width: 80, color: false, nowMs: estate.clock.nowMs() }).join('\n'));
      if (!r.whatIf) console.log(JSON.stringify(r, null, 1));
      return r;
    };
    await show({ grow: { percent: 30 } });
    await show({ lose: ['array-1'] });
    await show({ lose: ['array-1'], grow: {percent: 50} });
    await show({ like: {system: 'array-1', name: 'array-9'}, lose: ['array-1'] });
    expect(1).toBe(1);
  });
});
