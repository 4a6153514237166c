/** coprhd export change: volumes and hosts of an export that was made by name. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, changeByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { numbered } from '../_base/export-flags.ts';
import { approvalFlags, severalFlag } from '../_base/flags.ts';

export default class ExportChange extends EngineCommand<typeof ExportChange> {
  static override summary = 'Show more volumes by an export, or fewer.';
  static override description =
    'Only of exports that were made by name: what a plan file declares is changed in the file. Volumes that stay keep their LUN numbers.';
  static override examples = [
    {
      description: 'One volume more, as LUN 8, and one less',
      command: '<%= config.bin %> export change data --add-volume data-03=8 --remove-volume data-01',
    },
  ];
  static override args = addressArgument('export');
  static override flags = {
    'add-volume': severalFlag('Volume, and its LUN number if it is to be that', 'NAME[=LUN]'),
    'remove-volume': severalFlag('Volume that is no longer shown', 'NAME'),
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { 'add-volume': add = [], 'remove-volume': remove = [] } = this.flags;
    return changeByName(this.cli, this.flags, 'export', this.args.address, {
      add: { volumes: add.map((text) => numbered('add-volume', text)) },
      remove: { volumes: remove },
    });
  }
}
