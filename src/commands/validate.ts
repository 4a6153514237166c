/** coprhd validate: checks plan files without state or devices. */
import * as Args from '@oclif/core/args';
import { plural } from '../views/format.ts';
import { EngineCommand } from './_base/command.ts';
import { variableFlag } from './_base/flags.ts';
import { readSource } from './_base/plan-files.ts';

export default class Validate extends EngineCommand<typeof Validate> {
  static override summary = 'Check plan files.';
  static override description = 'Reads nothing but the files and writes nothing. All complaints are said at once.';
  static override examples = [
    { description: 'One file', command: '<%= config.bin %> validate plans/web.yaml' },
    {
      description: 'All files of a directory, with a variable',
      command: '<%= config.bin %> validate plans --var size=2TiB',
    },
  ];
  static override args = { path: Args.string({ description: 'Plan files or directories of them.', multiple: true }) };
  static override flags = { var: variableFlag };

  protected async perform() {
    const result = await this.cli.call(
      'validate',
      await readSource(this.args.path ?? [], this.flags.var ?? [], this.flags.state),
    );
    return this.cli.finish(result, {
      human: ({ outcome, stacks, resources }) =>
        outcome === 'ok' ? [`Valid: ${plural(resources, 'resource')} in ${plural(stacks, 'stack')}.`] : [],
      plain: ({ outcome, stacks, resources }) => [['validated', outcome, stacks, resources]],
    });
  }
}
