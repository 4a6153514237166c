/**
 * The examples of plans/: what is not built yet is refused by name and place, exactly this and nothing else by accident;
 * the part that exists plans, applies, and plans to nothing. UPDATE_GOLDEN=1 rewrites what is refused.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadPlan } from '../../src/engine/config/load.ts';
import { render } from '../engine/config/support.ts';
import { createEstate } from '../engine/planner/estate.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const read = (name: string) => readFileSync(path(`../../plans/${name}`), 'utf8');

describe('an example of what is not all built yet', () => {
  it.each(['dual-fabric-fc', 'disaster-recovery', 'nfs-share', 'tenant'])('%s is refused by name', (name) => {
    const { diagnostics } = loadPlan([{ file: `${name}.yaml`, text: read(`${name}/${name}.yaml`) }], { variables: {} });
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(diagnostics.filter(({ code }) => code !== 'COPRHD-CONFIG-010')).toEqual([]);
    const golden = path(`refused/${name}.txt`);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, render(diagnostics));
    expect(render(diagnostics)).toBe(readFileSync(golden, 'utf8'));
  });
});

it('the part of dual-fabric-fc that exists plans, applies, and plans to nothing', async () => {
  const estate = await createEstate({ arrays: [{}] });
  const files = {
    'infrastructure.yaml': read('dual-fabric-fc/now/infrastructure.yaml').replace(/default: \S+,/, 'default: /arrays,'),
    'stack.yaml': read('dual-fabric-fc/now/stack.yaml'),
  };
  const { outputs } = await estate.applied(files);
  expect(outputs?.[0]?.value).toMatchObject({ 'ora-data-01': 10, 'ora-data-08': 17 });
  expect(outputs?.[1]?.value).toMatch(/^[0-9a-f]{32}$/);
  expect((await estate.planned(files)).changes).toEqual([]);
}, 60_000);
