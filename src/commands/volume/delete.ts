/** coprhd volume delete: removes what was made by name. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, removeByName, removeFlags } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class VolumeDelete extends EngineCommand<typeof VolumeDelete> {
  static override summary = 'Remove a volume.';
  static override description =
    'What --on-remove said when it was made happens to it: quarantine, retain or delete. Refused while an export shows it, while it is protected, and where a file declares it.';
  static override examples = [
    { description: 'In a script', command: '<%= config.bin %> volume delete data-01 --confirm-destroy=1' },
    {
      description: 'Give it up without touching it',
      command: '<%= config.bin %> volume delete data-01 --forget --yes',
    },
  ];
  static override args = addressArgument('volume');
  static override flags = {
    forget: Flags.boolean({ summary: 'Only drop it from the state: it stays on its storage system, unmarked.' }),
    ...removeFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return removeByName(this.cli, this.flags, 'volume', [this.args.address]);
  }
}
