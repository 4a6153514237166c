/** `recover`: brings the workflows of dead processes to their end, and says what was found at each open step. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { recoverAll } from '../workflow/recover.ts';
import { withWorkflowEnv } from './apply.ts';
import type { Call } from './engine.ts';
import type { RecoveredWorkflow, ResultOf } from './types.ts';

export async function recover(call: Call): Promise<ResultOf<'recover'>> {
  const workflows = await withWorkflowEnv(call, (env) => recoverAll(env));
  return { outcome: recoveryOutcome(workflows), diagnostics: [], workflows };
}

function recoveryOutcome(workflows: readonly RecoveredWorkflow[]): OperationOutcome {
  if (workflows.some(({ result }) => result === 'unknown')) return 'unknown';
  if (workflows.some(({ result }) => result === 'partial')) return 'partial';
  return workflows.some(({ result }) => result === 'left') ? 'claimed' : 'ok';
}
