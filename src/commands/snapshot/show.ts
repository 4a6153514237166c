/** coprhd snapshot show: one snapshot with all that is recorded of it. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, showByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class SnapshotShow extends EngineCommand<typeof SnapshotShow> {
  static override summary = 'Show a snapshot with all its attributes.';
  static override description = 'Reads the state only, no device.';
  static override examples = [
    { description: 'By its name', command: '<%= config.bin %> snapshot show before-upgrade' },
  ];
  static override args = addressArgument('snapshot');
  static override flags = {};

  protected async perform(): Promise<OperationOutcome> {
    return showByName(this.cli, 'snapshot', this.args.address);
  }
}
