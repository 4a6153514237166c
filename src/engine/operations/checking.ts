/** Operations on plan text that change nothing: validate and plan. */
import { type Diagnostic, hasErrors, sortDiagnostics } from '../../lib/diagnostic.ts';
import { keys } from '../state/keys.ts';
import { rangeAll } from '../state/store.ts';
import { openViewLoader } from '../state/view.ts';
import type { WorkflowRecord } from '../workflow/types.ts';
import type { Call } from './engine.ts';
import { type PlanReport, planReport } from './one-shot.ts';
import { checkSource, planSource } from './planning.ts';
import type { InputOf, ResultOf } from './types.ts';
import { missingSecrets } from './vault-check.ts';

export async function plan(call: Call, input: InputOf<'plan'>): Promise<PlanReport> {
  const report = planReport(await planSource(call, input));
  return { ...report, diagnostics: [...report.diagnostics, ...(await openWorkflows(call))] };
}

/** Work that a crash or an interrupt left open, or that is under way: the plan would otherwise look settled. */
async function openWorkflows({ engine }: Call): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  for await (const { key, value } of rangeAll(engine.store, keys.workflows)) {
    const { operation, phase } = JSON.parse(value) as Pick<WorkflowRecord, 'operation' | 'phase'>;
    found.push({
      code: 'COPRHD-APPLY-005',
      severity: 'warning',
      summary: `workflow ${key.slice(keys.workflows.length)} (${operation}) is ${phase}: it is under way, or was left open`,
      detail: 'what it changes may look settled in this plan and not be so yet',
      fix: 'wait for it, or run `coprhd recover`, which takes over what a dead process left',
    });
  }
  return found;
}

export async function validate(call: Call, input: InputOf<'validate'>): Promise<ResultOf<'validate'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const { graph, diagnostics: problems } = await checkSource(loader, input);
    // Files may be checked where the state isn't: there no secret is known.
    const secrets = await missingSecrets(call.engine.store, graph, 'warning');
    const diagnostics = sortDiagnostics([...problems, ...secrets]);
    const resources = graph.stacks.reduce((sum, stack) => sum + stack.nodes.size, 0);
    return { outcome: hasErrors(diagnostics) ? 'error' : 'ok', diagnostics, stacks: graph.stacks.length, resources };
  } finally {
    loader.close();
  }
}
