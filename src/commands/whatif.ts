/** coprhd whatif: what would fit, and what would be lost, if the estate were another one. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { InputOf } from '../engine/operations/types.ts';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { whatIfView } from '../views/whatif.ts';
import { EngineCommand } from './_base/command.ts';
import { kindlyRefreshFlag, variableFlag } from './_base/flags.ts';
import { readSource } from './_base/plan-files.ts';
import { usageError } from './_base/usage.ts';

const many = { multiple: true, multipleNonGreedy: true } as const;

export default class WhatIf extends EngineCommand<typeof WhatIf> {
  static override summary =
    'Suppose an array lost, one added, or volumes larger: what would fit, and what would be lost.';
  static override description =
    'The planner answers, on a copy of what is recorded and seen, so that the answer is what a plan would say then. With --lose: whose volumes and paths go, and whether the lost volumes would find a place on what remains, as new, empty ones of the same size and virtual pool. With --add or --like: what the given plan files could then place. With --grow: which volumes could grow in their pools. They may be combined. A storage system that is supposed to be lost is not looked at. Writes nothing.\n\nExit code 0 when there is an answer, or 2 with --exit-code when something does not fit.';
  static override examples = [
    { description: 'An array is lost', command: '<%= config.bin %> whatif --lose array-1' },
    { description: 'All volumes grow', command: '<%= config.bin %> whatif --grow 30%' },
    {
      description: 'Those of a project, with an exit code for a pipeline',
      command: '<%= config.bin %> whatif --grow 30% --project web --exit-code',
    },
    {
      description: 'What a plan could place on an array that is not registered yet',
      command: '<%= config.bin %> whatif --add new-array.yaml plans/web.yaml',
    },
    {
      description: 'The same, on another one like array-1',
      command: '<%= config.bin %> whatif --like array-1 --as array-9 plans/web.yaml',
    },
    {
      description: 'An array is lost and one like it is bought',
      command: '<%= config.bin %> whatif --lose array-1 --like array-1 --as array-9',
    },
  ];
  static override args = {
    path: Args.string({ description: 'Plan files or directories of them, to be placed then.', multiple: true }),
  };
  static override flags = {
    lose: Flags.string({ summary: 'Without this storage system; may be repeated.', helpValue: 'SYSTEM', ...many }),
    grow: Flags.string({ summary: 'All volumes, or those named below, larger by so much.', helpValue: 'PERCENT' }),
    project: Flags.string({ summary: 'Only volumes of this project grow.', helpValue: 'NAME' }),
    'virtual-pool': Flags.string({ summary: 'Only volumes of this virtual pool grow.', helpValue: 'NAME' }),
    add: Flags.string({
      summary: 'A plan file with storage systems that are not registered; may be repeated.',
      helpValue: 'FILE',
      ...many,
    }),
    like: Flags.string({ summary: 'With an empty storage system more, like this one.', helpValue: 'SYSTEM' }),
    as: Flags.string({ summary: 'Name of that one.', helpValue: 'NAME' }),
    into: Flags.string({
      summary: 'Virtual array that added storage systems join; may be repeated.',
      helpValue: 'NAME',
      ...many,
    }),
    'exit-code': Flags.boolean({ summary: 'Exit with 2 when something does not fit.', default: false }),
    refresh: kindlyRefreshFlag,
    var: variableFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const result = await this.cli.call('whatif', await this.#input());
    const misfit = result.whatIf !== undefined && !result.whatIf.fits;
    const outcome = result.outcome === 'ok' && misfit && this.flags['exit-code'] ? 'changes' : result.outcome;
    return this.cli.finish({ ...result, outcome }, whatIfView);
  }

  async #input(): Promise<InputOf<'whatif'>> {
    const { lose, grow, project, 'virtual-pool': virtualPool, add = [], like, as: name, into, refresh } = this.flags;
    if (lose === undefined && grow === undefined && like === undefined && add.length === 0) {
      usageError('nothing is supposed', 'say what, with --lose, --grow, --add or --like');
    }
    if (into !== undefined && like === undefined && add.length === 0) {
      usageError('--into is for storage systems that are added', 'say which, with --add or --like');
    }
    if (name !== undefined && like === undefined) {
      usageError('--as names a copy of a storage system', 'say of which, with --like');
    }
    if ((project ?? virtualPool) !== undefined && grow === undefined) {
      usageError('--project and --virtual-pool say which volumes grow', 'say by how much, with --grow');
    }
    const paths = [...add, ...(this.args.path ?? [])];
    const { var: variables = [], state } = this.flags;
    const source = paths.length === 0 ? undefined : await readSource(paths, variables, state);
    return {
      ...(lose === undefined ? {} : { lose }),
      ...(grow === undefined ? {} : { grow: { percent: percentOf(grow), project, virtualPool } }),
      ...(like === undefined ? {} : { like: { system: like, name } }),
      ...(into === undefined ? {} : { into }),
      ...(source === undefined ? {} : { source, adds: add }),
      refresh,
    };
  }
}

/** `30%`, `30 %` and `30` are the same. */
function percentOf(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(text);
  const percent = Number(match?.[1]);
  if (!match || percent === 0) {
    usageError(`--grow: ${JSON.stringify(text)} is not a percentage`, 'write how much larger: 30%');
  }
  return percent;
}
