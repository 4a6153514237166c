/** coprhd project delete: removes what was made by name. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, removeByName, removeFlags } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class ProjectDelete extends EngineCommand<typeof ProjectDelete> {
  static override summary = 'Remove a project.';
  static override description = 'Refused while anything is in it, and where a file declares it.';
  static override examples = [{ description: 'In a script', command: '<%= config.bin %> project delete web --yes' }];
  static override args = addressArgument('project');
  static override flags = removeFlags;
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return removeByName(this.cli, this.flags, 'project', [this.args.address]);
  }
}
