/** coprhd show: what is recorded, or a saved plan. */
import * as Args from '@oclif/core/args';
import { fail, OperationError, type OperationOutcome } from '../lib/diagnostic.ts';
import { showView } from '../views/show.ts';
import { EngineCommand } from './_base/command.ts';
import { detailFlag } from './_base/flags.ts';

export default class Show extends EngineCommand<typeof Show> {
  static override summary = 'Show what is recorded, or a saved plan.';
  static override description = 'Reads the state only, no device. A saved plan can be shown even when it is stale.';
  static override examples = [
    { description: 'Everything', command: '<%= config.bin %> show' },
    { description: 'One resource with all its attributes', command: '<%= config.bin %> show web/volume.data-01' },
    { description: 'A saved plan', command: '<%= config.bin %> show web.plan' },
  ];
  static override args = { what: Args.string({ description: 'Address of a resource, or a saved plan.' }) };
  static override flags = { detail: detailFlag };

  protected async perform(): Promise<OperationOutcome> {
    const { what } = this.args;
    const shown = what === undefined ? undefined : await this.#savedPlan(what);
    if (shown !== undefined) return shown;
    const asked = this.cli.call('show', what === undefined ? {} : { address: what });
    const result = await (what?.endsWith('.plan') ? asked.catch((error: unknown) => noSuchPlan(what, error)) : asked);
    return this.cli.finish(result, showView(what !== undefined));
  }

  /** Undefined when the argument is no saved plan. What shows plans is loaded only for them: `show` is quick. */
  async #savedPlan(file: string): Promise<OperationOutcome | undefined> {
    const { readSavedPlan } = await import('./_base/saved-plan.ts');
    const plan = await readSavedPlan(file);
    if (plan === undefined) return undefined;
    this.cli.json({ outcome: 'ok', diagnostics: [], plan });
    const [{ printPlan }, { commandLine }] = await Promise.all([
      import('./_base/apply-flow.ts'),
      import('./_base/usage.ts'),
    ]);
    printPlan(this.cli, plan, [], { detail: this.flags.detail, next: commandLine('apply', file) });
    return 'ok';
  }
}

/** No resource has that name either: what was meant is a file. */
function noSuchPlan(file: string, error: unknown): never {
  const unknown = error instanceof OperationError && error.diagnostics.some(({ code }) => code === 'COPRHD-STATE-005');
  if (!unknown) throw error;
  return fail('error', {
    code: 'COPRHD-PLAN-004',
    summary: `there is no saved plan ${file}`,
    fix: `save one: coprhd plan PATH --out ${file}`,
  });
}
