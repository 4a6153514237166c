/** coprhd destroy: removes what stacks declare. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { OperationError, type OperationOutcome } from '../lib/diagnostic.ts';
import { flowOptions, planThenApply } from './_base/apply-flow.ts';
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
import { exists, readSource } from './_base/plan-files.ts';
import { commandLine, usageError } from './_base/usage.ts';

const INFRASTRUCTURE = 'infrastructure';

export default class Destroy extends EngineCommand<typeof Destroy> {
  static override summary = 'Remove everything of a stack.';
  static override description =
    'Removes the exports and volumes of the stacks, named with --stack or by their plan files. Protected ones are held; volumes with onRemove: quarantine are kept for a week. Infrastructure stays unless it is named with --stack.';
  static override examples = [
    { description: 'Show what would go', command: '<%= config.bin %> destroy --stack web --dry-run' },
    {
      description: 'In a pipeline, for a stack of three volumes',
      command: '<%= config.bin %> destroy --stack web --confirm-destroy=3',
    },
    { description: 'By plan file', command: '<%= config.bin %> destroy plans/web.yaml' },
  ];
  static override args = { path: Args.string({ description: 'Plan files whose stacks to remove.', multiple: true }) };
  static override flags = {
    stack: Flags.string({
      summary: 'Name of a stack; may be repeated.',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    ...approvalFlags,
    'skip-held': Flags.boolean({ summary: 'Do the rest when something is held.', default: false }),
    ...partFlags,
    var: variableFlag,
    'attest-offline': attestFlag,
    'wait-idle': waitIdleFlag,
    'activate-pending': pendingFlag,
    refresh: refreshFlag,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const named = this.flags.stack ?? [];
    const paths = this.args.path ?? [];
    if (named.length === 0 && paths.length === 0) {
      usageError('no stack given', 'name one: coprhd destroy --stack NAME, or its plan file');
    }
    await this.#refuseNames(paths);
    const stacks = [...new Set([...named, ...(await this.#stacksOf(paths))])];
    const attest = this.flags['attest-offline'];
    const stackWords = named.flatMap((name) => ['--stack', name]);
    const command = commandLine('destroy', ...paths, ...stackWords, ...partWords(this.flags));
    return planThenApply(this.cli, flowOptions(this.flags, command), () =>
      this.cli.call('destroy', {
        stacks,
        refresh: this.flags.refresh,
        ...partInput(this.flags),
        ...(attest === undefined ? {} : { attestOffline: attest }),
        ...waitIdleInput(this.flags),
        ...pendingInput(this.flags),
      }),
    );
  }

  /** `destroy web` for `destroy --stack web` is a likely slip, and the complaint about a missing file no help. */
  async #refuseNames(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const isName = /^[A-Za-z0-9_-]+$/.test(path) && !(await exists(path));
      if (isName) usageError(`there is no file ${path}`, `to name a stack: ${commandLine('destroy', '--stack', path)}`);
    }
  }

  /**
   * Stacks that plan files declare. The files must be right: a half-read file must not decide what is removed. Throws the
   * complaints of the plan when it can't be made.
   */
  async #stacksOf(paths: readonly string[]): Promise<string[]> {
    if (paths.length === 0) return [];
    const { plan, outcome, diagnostics } = await this.cli.call('plan', {
      ...(await readSource(paths, this.flags.var ?? [], this.flags.state)),
      refresh: this.flags.refresh,
    });
    if (plan === undefined) throw new OperationError(outcome, diagnostics);
    return plan.stacks.filter((name) => name !== INFRASTRUCTURE);
  }
}
