/** coprhd export show: one export with all that is recorded of it. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, showByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class ExportShow extends EngineCommand<typeof ExportShow> {
  static override summary = 'Show an export with all its attributes.';
  static override description = 'Reads the state only, no device.';
  static override examples = [{ description: 'By its name', command: '<%= config.bin %> export show data' }];
  static override args = addressArgument('export');
  static override flags = {};

  protected async perform(): Promise<OperationOutcome> {
    return showByName(this.cli, 'export', this.args.address);
  }
}
