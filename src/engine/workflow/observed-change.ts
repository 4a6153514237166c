/**
 * What is kept of a storage system's last observation is out of date once a workflow has worked on it. It says so before
 * it gives up its claims, because from then on others may plan from what is kept (state/observations.ts).
 */
import type { Urn } from '../model/urn.ts';
import { keys } from '../state/keys.ts';
import { changedIndex } from '../state/observations.ts';
import type { Run } from './run.ts';

const ATTEMPTS_MAX = 20;

export async function sayObservationsChanged(run: Run): Promise<void> {
  const systems = new Set(run.plan.units.flatMap((unit) => unit.steps.map((step) => step.system)));
  await Promise.all([...systems].map((system) => sayChanged(run, system)));
}

async function sayChanged(run: Run, system: Urn): Promise<void> {
  const key = keys.observed(system);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    run.point('end:before-observed');
    const item = await run.env.store.get(key);
    const put = { type: 'put', key, value: changedIndex(item, run.id) } as const;
    if ((await run.write([{ key, modRevision: item?.modRevision ?? 0 }], [put])) !== undefined) return;
  }
  throw run.stop(new Error(`what is kept of ${system} changes all the time`));
}
