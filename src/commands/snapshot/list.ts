/** coprhd snapshot list: what is recorded of this kind. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { listByName, listFlags } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class SnapshotList extends EngineCommand<typeof SnapshotList> {
  static override summary = 'List snapshots.';
  static override description =
    'With what they are snapshots of, and when they were taken by the clock of their storage system. Reads the state only.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> snapshot list' },
    { description: 'Of one project', command: '<%= config.bin %> snapshot list --project web' },
  ];
  static override flags = listFlags;

  protected async perform(): Promise<OperationOutcome> {
    return listByName(this.cli, 'snapshot', this.flags);
  }
}
