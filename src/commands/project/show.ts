/** coprhd project show: one project with all that is recorded of it. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, showByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class ProjectShow extends EngineCommand<typeof ProjectShow> {
  static override summary = 'Show a project with all its attributes.';
  static override description = 'Reads the state only, no device.';
  static override examples = [{ description: 'By its name', command: '<%= config.bin %> project show web' }];
  static override args = addressArgument('project');
  static override flags = {};

  protected async perform(): Promise<OperationOutcome> {
    return showByName(this.cli, 'project', this.args.address);
  }
}
