/** `freeze` and `thaw`: nothing is changed on any device in between, whoever asks. Both are in the audit log. */
import { freeze, thaw } from '../workflow/control.ts';
import { openWorkflowIds } from '../workflow/open-workflows.ts';
import { readOwner } from '../workflow/owners.ts';
import { audit } from './auditing.ts';
import type { Call } from './engine.ts';
import type { InputOf, ResultOf } from './types.ts';
import { readerOf } from './workflow-env.ts';

export async function freezeAll(call: Call, { why }: InputOf<'freeze'>): Promise<ResultOf<'freeze'>> {
  const { engine, ctx } = call;
  const wanted = { by: ctx.actor, atMs: engine.clock.nowMs(), why };
  await audit(call, 'freeze', { why });
  const there = await freeze(engine.store, wanted);
  const already = JSON.stringify(there) !== JSON.stringify(wanted);
  return { outcome: 'ok', diagnostics: [], freeze: there, already, running: await workflowsThatAre(call, 'alive') };
}

export async function thawAll(call: Call): Promise<ResultOf<'thaw'>> {
  await audit(call, 'thaw', {});
  const lifted = await thaw(call.engine.store);
  const waiting = await workflowsThatAre(call, 'dead');
  return { outcome: 'ok', diagnostics: [], ...(lifted ? { freeze: lifted } : {}), waiting };
}

/** alive: a process is at work on them. dead: nobody is, and they don't wait for a decision. */
async function workflowsThatAre(call: Call, wanted: 'alive' | 'dead'): Promise<string[]> {
  const reader = readerOf(call);
  const found: string[] = [];
  for (const id of await openWorkflowIds(reader.store)) {
    const { state, workflow } = await readOwner(reader, id);
    if (state === wanted && (state === 'alive' || workflow?.waitsFor === undefined)) found.push(id);
  }
  return found;
}
