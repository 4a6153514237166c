/** `explain` of exports over two simulated fabrics: chosen ports and what they were chosen by, ports not taken, zones, LUN numbers. */
import { describe, expect, it } from 'vitest';
import { explainView } from '../../../src/views/explain.ts';
import { expectGolden } from '../../views/golden.ts';
import { createEstate, type Estate } from '../planner/estate.ts';
import { createFabricEstate, fabricText } from '../planner/fabric-estate.ts';
import { infrastructure, sourceOf, stack, type Texts } from '../planner/texts.ts';
import { exportedEstate, unchangedEstate, WEB, web } from './connectivity.ts';

async function explained(estate: Estate, address: string, texts?: Texts) {
  const result = await estate.run('explain', { address, ...(texts ? { source: sourceOf(texts) } : {}) });
  if (!result.explanation) throw new Error(result.diagnostics.map(({ summary }) => summary).join('\n'));
  const text = explainView.human(result, { width: 120, color: false, nowMs: 0 }).join('\n');
  return { ...result.explanation, text };
}

const golden = (name: string, text: string) => expectGolden(name, `${text}\n`);
const PATHS = '{ min: 2, max: 2, perInitiator: 1 }';

describe('explain of an export', () => {
  it('that is only declared says what its plan decides: ports by their use, those not taken, new zones and reused ones', async () => {
    const estate = await createFabricEstate({ hosts: 3, directors: 3, foreignZones: 4 });
    const text = fabricText({ paths: PATHS });
    await estate.applied(text);
    const { text: lines, ports, paths } = await explained(estate, 'web/export.e', [text, WEB]);
    golden('explain-export-planned.txt', lines);
    expect(paths!.map(({ host, kept, added }) => [host, kept.length, added.length])).toEqual([
      ['h1', 0, 2],
      ['h2', 0, 2],
    ]);
    expect(ports!.length).toBeGreaterThan(0);
  });

  it('that is applied says what was recorded with its paths, and what would be chosen now', async () => {
    const estate = await createFabricEstate({ hosts: 3, directors: 3, foreignZones: 4 });
    const text = fabricText({ paths: PATHS });
    await estate.applied([text, WEB]);
    for (const port of ['FA-1-1', 'FA-2-2']) estate.edit({ edit: 'port-load', port, percent: 70 });
    await estate.run('discover.metrics', {});
    estate.clock.advance(3_600_000);
    await estate.run('discover.metrics', {});
    golden('explain-export.txt', (await explained(estate, 'e')).text);
  });

  it('keeps the decision in the plan: the nearest ports that were not taken, the others by number', async () => {
    const estate = await createFabricEstate({ hosts: 2, directors: 12, foreignZones: 0 });
    const plan = await estate.planned([fabricText({ hosts: 2, paths: PATHS }), WEB]);
    const [first] = plan.pathDecisions!;
    expect(first!.nearestMisses).toHaveLength(3);
    const counted = first!.rejections.reduce((sum, { count }) => sum + count, 0);
    expect(first!.chosen.length + counted + first!.moreRejected).toBe(24);
    expect(JSON.stringify(first).length).toBeLessThan(4_096);
  });

  it('has nothing to decide in a plan that changes nothing', async () => {
    const estate = await unchangedEstate();
    expect((await estate.planned([fabricText(), WEB])).pathDecisions).toBeUndefined();
  });

  it('says of LUN numbers what was free, and what the file gives', async () => {
    const estate = await exportedEstate();
    const more = web(['a', 'b', 'c'], {
      e: 'cluster: c1, volumes: [a, b]',
      f: 'host: h1, volumes: [{ volume: c, hlu: 9 }]',
    });
    const planned = await explained(estate, 'web/export.f', [fabricText(), more]);
    expect(planned.lines.at(-1)).toBe('LUN 9 for c: as the file says');
    await estate.applied([fabricText(), more]);
    const { lines } = await explained(estate, 'web/export.f');
    expect(lines.at(-1)).toBe(
      'LUN 9 for c: given by the file, or the lowest when it was mapped (3-8 are free now); it never moves',
    );
    const { lines: cluster } = await explained(estate, 'web/export.e');
    expect(cluster.slice(-2)).toEqual([
      'LUN 1 for a, the same on h1, h2: the lowest that is free (0 is kept for boot)',
      'LUN 2 for b, the same on h1, h2: the lowest that is free (0 is kept for boot, 1 taken)',
    ]);
  });

  it('over IP names the ports of its mask', async () => {
    const estate = await createEstate();
    await estate.applied([
      infrastructure(),
      stack({ stack: 's', volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } }),
    ]);
    expect((await explained(estate, 's/export.e')).lines[0]).toMatch(/^h1 on array-1: over IP, .*SP-/);
  });

  it('of what is not recorded is refused, and a volume of the same name comes first', async () => {
    const estate = await unchangedEstate();
    await expect(explained(estate, 'web/export.none')).rejects.toThrow(/web\/export.none/);
    expect((await explained(estate, 'a')).address).toBe('web/volume.a');
  });
});
