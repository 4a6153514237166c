/** coprhd host list: what is recorded of this kind. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { listByName, listFlags } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class HostList extends EngineCommand<typeof HostList> {
  static override summary = 'List hosts.';
  static override description = 'Hosts that files declare are listed too. Reads the state only.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> host list' },
    { description: 'Of one tenant', command: '<%= config.bin %> host list --tenant finance' },
  ];
  static override flags = { tenant: listFlags.tenant };

  protected async perform(): Promise<OperationOutcome> {
    return listByName(this.cli, 'host', this.flags);
  }
}
