/** coprhd tenant delete: removes what was made by name. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, removeByName, removeFlags } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class TenantDelete extends EngineCommand<typeof TenantDelete> {
  static override summary = 'Remove a tenant.';
  static override description = 'Refused while it has projects or hosts, and where a file declares it.';
  static override examples = [{ description: 'In a script', command: '<%= config.bin %> tenant delete finance --yes' }];
  static override args = addressArgument('tenant');
  static override flags = removeFlags;
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return removeByName(this.cli, this.flags, 'tenant', [this.args.address]);
  }
}
