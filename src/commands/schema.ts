/** coprhd schema: the JSON Schema of plan files, for editors. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { EngineCommand } from './_base/command.ts';
import { writeText } from './_base/write-text.ts';

export default class Schema extends EngineCommand<typeof Schema> {
  static override summary = 'Print the JSON Schema of plan files.';
  static override description =
    'Editors complete and check plan files with it. A file names it in its first line:\n\n  # yaml-language-server: $schema=plan.schema.json';
  static override examples = [
    { description: 'To standard output', command: '<%= config.bin %> schema' },
    {
      description: 'Into a file beside the plan files',
      command: '<%= config.bin %> schema --out plans/plan.schema.json',
    },
  ];
  static override flags = { out: Flags.string({ summary: 'Write it to this file.', helpValue: 'FILE' }) };

  protected async perform(): Promise<OperationOutcome> {
    const { out } = this.flags;
    const result = await this.cli.call('schema', {});
    const text = `${JSON.stringify(result.schema, null, 2)}\n`;
    if (out !== undefined) {
      await writeText(out, text, { replace: true });
      const { schema: _schema, ...rest } = result;
      const view = { human: () => [`written: ${out}`], plain: () => [['written', out]] };
      return this.cli.finish({ ...rest, savedAs: out }, view);
    }
    if (this.cli.mode.format === 'json') return this.cli.finish(result);
    this.cli.context.stdout.write(text);
    return result.outcome;
  }
}
