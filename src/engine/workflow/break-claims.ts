/**
 * Breaks the hold of a process over its workflow: raises the fence, so that it can write nothing more, and leaves the
 * workflow to whoever recovers, resumes or rolls it back. Claims themselves are never simply dropped: what is under way on
 * a device is known to nobody but the journal.
 */
import { keys } from '../state/keys.ts';
import { newOwner, readOwner, takeOver } from './owners.ts';
import type { WorkflowEnv } from './types.ts';

/** alive: the holder may live, and `force` was not given. lost: somebody else was faster. */
export async function breakHold(
  env: WorkflowEnv,
  workflow: string,
  force: boolean,
): Promise<'broken' | 'gone' | 'alive' | 'lost'> {
  const seen = await readOwner(env, workflow);
  if (seen.state === 'gone') return 'gone';
  if (seen.state === 'alive' && !force) return 'alive';
  const revision = await takeOver(env, workflow, seen);
  if (revision === undefined) return 'lost';
  const owner = { ...newOwner(env, (seen.owner?.fence ?? 0) + 1), released: true };
  const { succeeded } = await env.store.txn({
    compare: [{ key: keys.workflowOwner(workflow), modRevision: revision }],
    success: [{ type: 'put', key: keys.workflowOwner(workflow), value: JSON.stringify(owner) }],
  });
  return succeeded ? 'broken' : 'lost';
}
