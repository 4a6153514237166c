/** Plan, show and apply an exchange of paths, and say what is left to do. */
import type { Adjustment } from '../../engine/planner/path-adjusting.ts';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { adjustmentsView, waits } from '../../views/path-adjusting.ts';
import { type FlowOptions, type Planned, planThenApply } from './apply-flow.ts';
import type { Cli } from './cli.ts';

export async function adjustThenApply(
  cli: Cli,
  options: FlowOptions,
  ask: () => Promise<Planned & { readonly adjustments: readonly Adjustment[] }>,
): Promise<OperationOutcome> {
  let found: readonly Adjustment[] = [];
  const outcome = await planThenApply(cli, options, async () => {
    const result = await ask();
    found = result.adjustments;
    cli.line({ type: 'adjustments', adjustments: found });
    cli.show(adjustmentsView, found);
    return result;
  });
  if (outcome === 'ok' && waits(found) && !options.dryRun) {
    cli.say('', `let the hosts look for their new paths, then: ${options.command} --remove`);
  }
  return outcome;
}
