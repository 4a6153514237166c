/** `recover`: brings the workflows of dead processes to their end, and says what was found at each open step. */
import type { Diagnostic, OperationOutcome } from '../../lib/diagnostic.ts';
import { readFreeze } from '../workflow/control.ts';
import { recoverAll } from '../workflow/recover.ts';
import { frozenDiagnostic } from '../workflow/run-plan.ts';
import type { Call } from './engine.ts';
import type { RecoveredWorkflow, ResultOf } from './types.ts';
import { withWorkflowEnv } from './workflow-env.ts';

export async function recover(call: Call): Promise<ResultOf<'recover'>> {
  const workflows = await withWorkflowEnv(call, (env) => recoverAll(env));
  const frozen = await readFreeze(call.engine.store);
  const diagnostics = [...(frozen ? [frozenDiagnostic(frozen)] : []), ...workflows.flatMap(undecided)];
  return { outcome: frozen ? 'held' : recoveryOutcome(workflows), diagnostics, workflows };
}

function recoveryOutcome(workflows: readonly RecoveredWorkflow[]): OperationOutcome {
  const has = (result: RecoveredWorkflow['result']) => workflows.some((each) => each.result === result);
  if (has('interrupted')) return 'interrupted';
  if (has('unknown')) return 'unknown';
  if (has('frozen') || has('unreviewed')) return 'held';
  if (has('partial') || has('suspended')) return 'partial';
  return has('left') ? 'claimed' : 'ok';
}

/** What waits for a review of a device, for who asks for it to go on. */
export function unreviewedDiagnostic({ workflow, unreviewed = '' }: RecoveredWorkflow): Diagnostic {
  return {
    code: 'COPRHD-DEVICE-006',
    severity: 'warning',
    summary: `workflow ${workflow} waits until ${unreviewed} is reviewed`,
    detail:
      'the state was restored since: what the workflow has done by now is looked up on the device, and then it goes on',
    fix: `coprhd device review ${unreviewed}, then coprhd recover`,
  };
}

function undecided(recovered: RecoveredWorkflow): Diagnostic[] {
  const { workflow, result } = recovered;
  if (result === 'unreviewed') return [unreviewedDiagnostic(recovered)];
  if (result !== 'suspended') return [];
  return [
    {
      code: 'COPRHD-APPLY-005',
      severity: 'warning',
      summary: `workflow ${workflow} waits for a decision`,
      fix: `coprhd task resume ${workflow}, or coprhd task rollback ${workflow} --preview`,
    },
  ];
}
