/** plans/estate on the simulated arrays that `sim up` makes for it, and its texts with something changed. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type GeneratorInput, generatorSchema, generateTopology } from '../../drivers/simulator/topology.ts';
import type { Plan } from '../../src/engine/planner/plan.ts';
import { createEstate, type Estate } from '../engine/planner/estate.ts';

const PLANS = fileURLToPath(new URL('../../plans/estate/', import.meta.url));

/** What `coprhd sim up --arrays 7 --model unified --model engines --model entry --hosts 10` asks for. */
export const SIM_UP: GeneratorInput = { arrays: 7, pools: 2, hosts: 10, models: ['unified', 'engines', 'entry'] };
export const SIMULATED = generateTopology(generatorSchema.parse(SIM_UP));

export const TEXTS: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(PLANS)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => [name, readFileSync(PLANS + name, 'utf8').replace(/default: \S+coprhd-sim,/, 'default: /arrays,')]),
);

/** The texts with `from` replaced by `to` in one of them; it must be there. */
export function edited(file: string, from: string | RegExp, to: string, texts = TEXTS): Record<string, string> {
  const text = texts[file]!;
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`${file} has no ${from}`);
  return { ...texts, [file]: changed };
}

export const newEstate = (): Promise<Estate> => createEstate({ seed: 42, arrays: SIMULATED });

export const SYSTEMS = SIMULATED.map(({ name }) => name);

/** Removes everything that the plan files declare. */
export async function destroyed(estate: Estate, stacks: readonly string[]): Promise<Plan> {
  const { plan, diagnostics } = await estate.run('destroy', { stacks: [...stacks] });
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  const input = { plan, confirmDestroy: plan.removals.volumes, skipHeld: false, claimWaitMs: 0 };
  const { outcome, diagnostics: said } = await estate.run('apply', input);
  if (outcome !== 'ok') throw new Error(`${outcome}: ${JSON.stringify(said)}`);
  return plan;
}
