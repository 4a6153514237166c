/** coprhd plan: what apply would do. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ResultOf } from '../engine/operations/types.ts';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { isEmpty, poolPromises } from '../views/plan-facts.ts';
import type { MarkdownInput } from '../views/plan-markdown.ts';
import { printPlan } from './_base/apply-flow.ts';
import { EngineCommand } from './_base/command.ts';
import {
  attestFlag,
  detailFlag,
  partFlags,
  partInput,
  partWords,
  pendingFlag,
  pendingInput,
  refreshFlag,
  variableFlag,
  waitIdleFlag,
  waitIdleInput,
} from './_base/flags.ts';
import { readSource } from './_base/plan-files.ts';
import { type SavedPlan, writePlan, writeText } from './_base/saved-plan.ts';
import { commandLine, explainCommand, usageError } from './_base/usage.ts';

/** In the place of a file. */
const STDOUT = '-';

export default class Plan extends EngineCommand<typeof Plan> {
  static override summary = 'Show what apply would do, and save it.';
  static override description =
    'Compares the files with the recorded state and with what devices show, and decides placement, ports and LUN numbers. Of pools that it puts something into it says when they are full, as far as their history tells. Writes nothing but the file given with --out.\n\nExit code 3 when something is held, else 0, or 2 with --exit-code when there are changes.';
  static override examples = [
    { description: 'Show the plan', command: '<%= config.bin %> plan plans/web.yaml' },
    { description: 'Save it, to apply exactly that', command: '<%= config.bin %> plan plans --out web.plan' },
    {
      description: 'As a comment for a merge request, with the plan to apply later',
      command: '<%= config.bin %> plan plans --out web.plan --markdown plan.md',
    },
    {
      description: 'In a pipeline: exit code 2 when something would change',
      command: '<%= config.bin %> plan plans --exit-code',
    },
  ];
  static override args = { path: Args.string({ description: 'Plan files or directories of them.', multiple: true }) };
  static override flags = {
    var: variableFlag,
    out: Flags.string({ summary: 'Save the plan to this file.', helpValue: 'FILE' }),
    markdown: Flags.string({
      summary: 'Also write it as a comment for a merge request: bounded, folded; - prints that and nothing else.',
      helpValue: 'FILE',
    }),
    'exit-code': Flags.boolean({ summary: 'Exit with 2 when there are changes.', default: false }),
    'replace-missing': Flags.string({
      summary: 'Make a new, empty one in the place of what is missing on its device; may be repeated.',
      helpValue: 'ADDRESS',
      multiple: true,
      multipleNonGreedy: true,
    }),
    ...partFlags,
    'attest-offline': attestFlag,
    'wait-idle': waitIdleFlag,
    'activate-pending': pendingFlag,
    refresh: refreshFlag,
    detail: detailFlag,
    // Known, so that who looks for it learns how it stands.
    emit: Flags.string({ hidden: true, helpValue: 'commands' }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { flags, cli } = this;
    if (flags.emit !== undefined) {
      usageError(
        `plan --emit ${flags.emit} is not built yet: no plan is written as commands of the device`,
        'leave it out; coprhd plan --markdown FILE writes the plan for a change board. Until then mode: propose only observes.',
      );
    }
    const paths = this.args.path ?? [];
    const attest = flags['attest-offline'];
    const result = await cli.call('plan', {
      ...(await readSource(paths, flags.var ?? [], this.flags.state)),
      ...partInput(flags),
      replaceMissing: flags['replace-missing'] ?? [],
      refresh: flags.refresh,
      ...(attest === undefined ? {} : { attestOffline: attest }),
      ...waitIdleInput(flags),
      ...pendingInput(flags),
    });
    const { plan } = result;
    if (flags.out !== undefined && plan !== undefined) await writePlan(flags.out, plan);
    const forecast = plan === undefined ? {} : await this.#forecast(plan);
    if (flags.markdown !== undefined) await this.#writeMarkdown(flags.markdown, { ...result, ...forecast });
    if (plan === undefined) return cli.finish(result);
    const outcome = this.#outcome(result.outcome, isEmpty(plan));
    cli.json({ ...result, outcome, ...forecast, ...(flags.out === undefined ? {} : { savedAs: flags.out }) });
    const variables = (flags.var ?? []).flatMap((each) => ['--var', each]);
    const target = flags.out === undefined ? [...paths, ...variables, ...partWords(flags)] : [flags.out];
    if (flags.markdown === STDOUT) return outcome;
    printPlan(cli, plan, result.diagnostics, {
      detail: flags.detail,
      ...forecast,
      ...(flags.out === undefined ? {} : { savedAs: flags.out }),
      next: commandLine('apply', ...target),
      explain: explainCommand(paths, flags.var ?? []),
    });
    return outcome;
  }

  /** Of no part of the plan: what it does never depends on it, and who saves the plan saves none of it. Nothing is read where it adds nothing to a pool. */
  async #forecast(plan: SavedPlan): Promise<{ readonly forecast?: ResultOf<'capacity.forecast'>['rows'] }> {
    const adding = poolPromises(plan)
      .filter(({ allocatedBytes, subscribedBytes }) => allocatedBytes > 0 || subscribedBytes > 0)
      .map(({ urn, allocatedBytes, subscribedBytes }) => ({ pool: urn, usedBytes: allocatedBytes, subscribedBytes }));
    if (adding.length === 0) return {};
    const { rows } = await this.cli.call('capacity.forecast', { adding });
    return rows.length === 0 ? {} : { forecast: rows };
  }

  /** Also when no plan could be made: whoever reviews must see why. */
  async #writeMarkdown(file: string, result: ResultOf<'plan'> & Pick<MarkdownInput, 'forecast'>): Promise<void> {
    const { planMarkdown } = await import('../views/plan-markdown.ts');
    const text = planMarkdown({ ...result, savedAs: this.flags.out });
    if (file !== STDOUT) await writeText(file, text);
    else if (this.cli.mode.format !== 'json') this.cli.out([text.trimEnd()]);
  }

  /** `changes` is an exit code only for those who ask for it. */
  #outcome(outcome: OperationOutcome, empty: boolean): OperationOutcome {
    if (outcome !== 'ok' && outcome !== 'changes') return outcome;
    return this.flags['exit-code'] && !empty ? 'changes' : 'ok';
  }
}
