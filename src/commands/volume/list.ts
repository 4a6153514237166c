/** coprhd volume list: what is recorded of this kind. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { listByName, listFlags } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class VolumeList extends EngineCommand<typeof VolumeList> {
  static override summary = 'List volumes.';
  static override description =
    'Volumes that files declare are listed too; only those made by name can be changed by name. Reads the state only.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> volume list' },
    { description: 'Of one project', command: '<%= config.bin %> volume list --project web' },
  ];
  static override flags = listFlags;

  protected async perform(): Promise<OperationOutcome> {
    return listByName(this.cli, 'volume', this.flags);
  }
}
