/** coprhd apply: makes it so. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { EngineEvent, PlanOptions, PlanSource } from '../engine/operations/types.ts';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { type FlowOptions, finishApply, flowOptions, planThenApply, printPlan, runInput } from './_base/apply-flow.ts';
import { EngineCommand } from './_base/command.ts';
import {
  approvalFlags,
  attestFlag,
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
import { readSavedPlan } from './_base/saved-plan.ts';
import { commandLine, usageError } from './_base/usage.ts';

export default class Apply extends EngineCommand<typeof Apply> {
  static override summary = 'Apply a saved plan, or plan files.';
  static override description =
    'With plan files: plans, shows the plan, asks, applies. With a saved plan: applies exactly that, once, or refuses because something changed.\n\nRemovals are confirmed by their number (--confirm-destroy), never by --yes.\n\nWhen a step fails for good: --on-error rollback undoes its resource and does the rest; suspend begins nothing more, continue does the rest, and both keep what failed for coprhd task resume or coprhd task rollback. --atomic undoes all when one fails, and is refused where a step can not be undone.';
  static override examples = [
    { description: 'Plan, ask, apply', command: '<%= config.bin %> apply plans/web.yaml' },
    { description: 'Apply exactly what was reviewed', command: '<%= config.bin %> apply web.plan' },
    { description: 'In a pipeline', command: '<%= config.bin %> apply plans --yes' },
    { description: 'All or nothing', command: '<%= config.bin %> apply web.plan --atomic' },
    { description: 'The plan removes two volumes', command: '<%= config.bin %> apply plans --confirm-destroy=2' },
  ];
  static override args = {
    path: Args.string({ description: 'A saved plan, or plan files or directories of them.', multiple: true }),
  };
  static override flags = {
    ...approvalFlags,
    'skip-held': Flags.boolean({ summary: 'Do the rest when something is held.', default: false }),
    'replace-missing': Flags.string({
      summary: 'Make a new, empty one in the place of what is missing on its device; may be repeated.',
      helpValue: 'ADDRESS',
      multiple: true,
      multipleNonGreedy: true,
    }),
    ...partFlags,
    var: variableFlag,
    'attest-offline': attestFlag,
    'wait-idle': waitIdleFlag,
    'activate-pending': pendingFlag,
    refresh: refreshFlag,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const paths = this.args.path ?? [];
    const variables = (this.flags.var ?? []).flatMap((each) => ['--var', each]);
    const command = commandLine('apply', ...paths, ...variables, ...partWords(this.flags));
    const saved = await this.#savedPlan(paths);
    if (saved !== undefined) {
      this.#refusePart(paths);
      const options = flowOptions(this.flags, command, false);
      // Nobody reads and confirms a plan that was used or is too old.
      const checked = await this.cli.call('apply', { plan: saved, ...runInput(options), onlyCheck: true });
      if (checked.outcome !== 'ok') return finishApply(this.cli, checked, options);
      return planThenApply(this.cli, options, async () => ({ outcome: 'ok', diagnostics: [], plan: saved }));
    }
    const attest = this.flags['attest-offline'];
    const source = {
      ...(await readSource(paths, this.flags.var ?? [], this.flags.state)),
      ...partInput(this.flags),
      replaceMissing: this.flags['replace-missing'] ?? [],
      refresh: this.flags.refresh,
      ...(attest === undefined ? {} : { attestOffline: attest }),
      ...waitIdleInput(this.flags),
      ...pendingInput(this.flags),
    };
    const options = flowOptions(this.flags, command);
    const confirmed = options.yes || options.confirmDestroy !== undefined;
    if (!this.cli.mode.interactive && confirmed && !options.dryRun) return this.#applySource(source, options);
    return planThenApply(this.cli, options, () => this.cli.call('plan', source));
  }

  /** What a saved plan does was decided when it was made. */
  #refusePart(paths: readonly string[]): void {
    if (partWords(this.flags).length === 0) return;
    usageError('a saved plan is applied as it is, not a part of it', commandLine('apply', ...paths));
  }

  async #savedPlan(paths: readonly string[]) {
    const found = await Promise.all(paths.map(async (path) => ({ path, plan: await readSavedPlan(path) })));
    const saved = found.find(({ plan }) => plan !== undefined);
    if (saved !== undefined && found.length > 1) {
      usageError(`${saved.path} is a saved plan: it is applied alone`, `${commandLine('apply', saved.path)}`);
    }
    return saved?.plan;
  }

  /** Confirmed in advance: the engine plans, checks what was confirmed, and may place again when something changed. */
  async #applySource(source: PlanSource & PlanOptions, options: FlowOptions): Promise<OperationOutcome> {
    const { confirmDestroy } = options;
    const onEvent = (event: EngineEvent) => {
      if (event.type === 'plan.made') printPlan(this.cli, event.plan, [], options);
    };
    const confirmed = confirmDestroy === undefined ? {} : { confirmDestroy };
    const result = await this.cli.call('apply', { source, ...runInput(options), ...confirmed }, onEvent);
    return finishApply(this.cli, result, options);
  }
}
