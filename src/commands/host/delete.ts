/** coprhd host delete: removes what was made by name. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, removeByName, removeFlags } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class HostDelete extends EngineCommand<typeof HostDelete> {
  static override summary = 'Remove a host.';
  static override description = 'Refused while an export names it, and where a file declares it.';
  static override examples = [{ description: 'In a script', command: '<%= config.bin %> host delete db-1 --yes' }];
  static override args = addressArgument('host');
  static override flags = removeFlags;
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return removeByName(this.cli, this.flags, 'host', [this.args.address]);
  }
}
