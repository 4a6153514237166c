/** coprhd export delete: removes what was made by name. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, removeByName, removeFlags } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class ExportDelete extends EngineCommand<typeof ExportDelete> {
  static override summary = 'Remove an export.';
  static override description =
    'Its hosts lose access to its volumes; the volumes stay. Refused where a file declares it.';
  static override examples = [{ description: 'In a script', command: '<%= config.bin %> export delete data --yes' }];
  static override args = addressArgument('export');
  static override flags = removeFlags;
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return removeByName(this.cli, this.flags, 'export', [this.args.address]);
  }
}
