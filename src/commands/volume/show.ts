/** coprhd volume show: one volume with all that is recorded of it. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, showByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class VolumeShow extends EngineCommand<typeof VolumeShow> {
  static override summary = 'Show a volume with all its attributes.';
  static override description = 'Reads the state only, no device.';
  static override examples = [{ description: 'By its name', command: '<%= config.bin %> volume show data-01' }];
  static override args = addressArgument('volume');
  static override flags = {};

  protected async perform(): Promise<OperationOutcome> {
    return showByName(this.cli, 'volume', this.args.address);
  }
}
