/** coprhd project list: what is recorded of this kind. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { listByName, listFlags } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class ProjectList extends EngineCommand<typeof ProjectList> {
  static override summary = 'List projects.';
  static override description = 'Projects that files declare are listed too. Reads the state only.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> project list' },
    { description: 'Of one tenant', command: '<%= config.bin %> project list --tenant finance' },
  ];
  static override flags = { tenant: listFlags.tenant };

  protected async perform(): Promise<OperationOutcome> {
    return listByName(this.cli, 'project', this.flags);
  }
}
