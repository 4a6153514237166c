/** coprhd host show: one host with all that is recorded of it. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, showByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class HostShow extends EngineCommand<typeof HostShow> {
  static override summary = 'Show a host with all its attributes.';
  static override description = 'Reads the state only, no device.';
  static override examples = [{ description: 'By its name', command: '<%= config.bin %> host show db-1' }];
  static override args = addressArgument('host');
  static override flags = {};

  protected async perform(): Promise<OperationOutcome> {
    return showByName(this.cli, 'host', this.args.address);
  }
}
