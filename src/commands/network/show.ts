/** coprhd network show: one network in full. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, showByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class NetworkShow extends EngineCommand<typeof NetworkShow> {
  static override summary = 'Show a network in full: who zones it, its endpoints, and the zones of ours in it.';
  static override description = 'Reads the state only.';
  static override examples = [{ description: 'One', command: '<%= config.bin %> network show net-a' }];
  static override args = addressArgument('network');

  protected async perform(): Promise<OperationOutcome> {
    return showByName(this.cli, 'network', this.args.address);
  }
}
