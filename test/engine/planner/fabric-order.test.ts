/** What a plan of exports over fabrics says of them, whatever their URNs are. */
import { describe, expect, it } from 'vitest';
import { planLines } from '../../../src/views/plan.ts';
import { createFabricEstate, fabricText } from './fabric-estate.ts';
import { stack } from './texts.ts';

const FC = 'size: 10GiB';
const STACK = stack({ volumes: { a: FC }, exports: { e: 'cluster: c1, volumes: [a]' } });

describe('a plan of a cluster on two fabrics', () => {
  it('zones all its hosts fabric after fabric in the order of their names, and says how often each is activated', async () => {
    const estate = await createFabricEstate();
    for (let time = 0; time < 4; time++) {
      const plan = await estate.planned([fabricText(), STACK]);
      const steps = plan.units.find(({ address }) => address === 's/export.e')!.steps;
      const zoned = steps.flatMap((step) => (step.kind === 'zones.apply' ? [step.args.network] : []));
      const names = new Map(plan.changes.map(({ urn, address }) => [urn, address]));
      const [a, b] = ['infrastructure/network.net-a', 'infrastructure/network.net-b'];
      expect(zoned.map((urn) => names.get(urn))).toEqual([a, b]);
      expect(plan.fabrics).toMatchObject([
        { network: 'net-a', activationsMax: 1 },
        { network: 'net-b', activationsMax: 1 },
      ]);
      const text = planLines(plan, { width: 120, color: false, nowMs: 0 }, { detail: 'changes' }).join('\n');
      expect(text).toMatch(/net-a .* 1 activation/);
    }
  });
});
