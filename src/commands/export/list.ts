/** coprhd export list: what is recorded of this kind. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { listByName, listFlags } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class ExportList extends EngineCommand<typeof ExportList> {
  static override summary = 'List exports.';
  static override description = 'Exports that files declare are listed too. Reads the state only.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> export list' },
    { description: 'Of one project', command: '<%= config.bin %> export list --project web' },
  ];
  static override flags = listFlags;

  protected async perform(): Promise<OperationOutcome> {
    return listByName(this.cli, 'export', this.flags);
  }
}
