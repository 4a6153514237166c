/** coprhd tenant list: what is recorded of this kind. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { listByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class TenantList extends EngineCommand<typeof TenantList> {
  static override summary = 'List tenants.';
  static override description = 'Tenants that files declare are listed too. Reads the state only.';
  static override examples = [{ description: 'All of them', command: '<%= config.bin %> tenant list' }];
  static override flags = {};

  protected async perform(): Promise<OperationOutcome> {
    return listByName(this.cli, 'tenant', {});
  }
}
