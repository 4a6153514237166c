/** coprhd fmt: plan files in one form. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ResultOf } from '../engine/operations/types.ts';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { LIMITS } from '../lib/limits.ts';
import { unifiedDiff } from '../lib/line-diff.ts';
import type { Row } from '../views/view.ts';
import { EngineCommand } from './_base/command.ts';
import { readPlanFiles } from './_base/plan-files.ts';
import { usageError } from './_base/usage.ts';
import { writeText } from './_base/write-text.ts';

/** What messages call standard input; its text is taken for YAML. */
const STDIN = '<stdin>.yaml';

type Formatted = ResultOf<'fmt'>['files'][number];

export default class Fmt extends EngineCommand<typeof Fmt> {
  static override summary = 'Bring plan files into their one form.';
  static override description =
    'Indentation, spacing and the order of known keys; comments, quotes and what the files say stay. Files are rewritten where that changes something, and named. With - it reads standard input and writes standard output.\n\nExit code 2 with --check when a file would change.';
  static override examples = [
    { description: 'All files of a directory', command: '<%= config.bin %> fmt plans' },
    {
      description: 'In a pipeline: change nothing, say what would',
      command: '<%= config.bin %> fmt plans --check --diff',
    },
    { description: 'From an editor', command: '<%= config.bin %> fmt - < plans/web.yaml' },
  ];
  static override args = {
    path: Args.string({ description: 'Plan files or directories of them, or - for standard input.', multiple: true }),
  };
  static override flags = {
    check: Flags.boolean({ summary: 'Write nothing; exit code 2 when something would change.', default: false }),
    diff: Flags.boolean({ summary: 'Print the changes, too.', default: false }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const paths = this.args.path ?? [];
    if (paths.length === 0) {
      usageError(
        'no plan file given',
        'name plan files or a directory of them: coprhd fmt plans; or - for standard input',
      );
    }
    if (paths.includes('-')) return this.#standardInput(paths);
    const texts = await readPlanFiles(paths, this.flags.state);
    const result = await this.cli.call('fmt', { texts: texts.map(({ file, text }) => ({ file, text })) });
    const changed = result.files.filter((file) => file.changed);
    if (!this.flags.check) {
      for (const { file, text } of changed) await writeText(file, text!, { replace: true });
    }
    const before = new Map(texts.map(({ file, text }) => [file, text]));
    return this.#finish(result, changed, before);
  }

  #finish(
    result: ResultOf<'fmt'>,
    changed: readonly Formatted[],
    before: ReadonlyMap<string, string>,
  ): OperationOutcome {
    const { check, diff } = this.flags;
    const outcome = result.outcome === 'ok' && check && changed.length > 0 ? 'changes' : result.outcome;
    const diffs = diff ? changed.map(({ file, text }) => unifiedDiff(file, before.get(file) ?? '', text!)) : [];
    const files = result.files.map(({ text: _text, ...file }) => file);
    return this.cli.finish(
      { outcome, diagnostics: result.diagnostics, files, ...(diff ? { diff: diffs.flat().join('\n') } : {}) },
      {
        human: () => [...diffs.flat(), ...(diff ? [] : changed.map(({ file }) => file))],
        plain: (): Row[] => [
          ...changed.map(({ file }): Row => ['file', check ? 'would-change' : 'changed', file]),
          ...diffs.flat().map((line): Row => ['diff', line]),
        ],
      },
    );
  }

  async #standardInput(paths: readonly string[]): Promise<OperationOutcome> {
    if (paths.length > 1) usageError('- stands alone', 'coprhd fmt - < FILE');
    const { cli } = this;
    const text = await cli.context.readInput(LIMITS.planFileBytesMax, cli.signal);
    if (text === undefined) usageError('standard input is too long, or not UTF-8', 'name the file instead');
    const result = await cli.call('fmt', { texts: [{ file: STDIN, text }] });
    const [file] = result.files;
    if (this.flags.check || this.flags.diff || cli.mode.format === 'json' || file?.text === undefined) {
      return this.#finish(result, file?.changed ? [file] : [], new Map([[STDIN, text]]));
    }
    cli.context.stdout.write(file.text);
    return result.outcome;
  }
}
