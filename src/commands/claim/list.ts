/** coprhd claim list: who holds what. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { claimView } from '../../views/claim.ts';
import { EngineCommand } from '../_base/command.ts';

export default class ClaimList extends EngineCommand<typeof ClaimList> {
  static override summary = 'List open workflows, who runs them, and what they hold.';
  static override description =
    'An exclusive claim keeps everybody else from changing a resource; a shared one only keeps it from being removed or changed under those that use it. Claims end with their workflow.';
  static override examples = [{ description: 'All claims', command: '<%= config.bin %> claim list' }];

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('claim.list', {}), claimView(false));
  }
}
