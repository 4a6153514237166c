/** coprhd snapshot delete: removes what was made by name. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, removeByName, removeFlags } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class SnapshotDelete extends EngineCommand<typeof SnapshotDelete> {
  static override summary = 'Remove a snapshot.';
  static override description =
    'What --on-remove said when it was taken happens to it: quarantine, retain or delete. Refused while an export shows it, while it is protected, while full copies are attached to it, and where a file declares it.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> snapshot delete nightly --confirm-destroy=1' },
  ];
  static override args = addressArgument('snapshot');
  static override flags = removeFlags;
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return removeByName(this.cli, this.flags, 'snapshot', [this.args.address]);
  }
}
