/** coprhd copy list: volumes that are copies of others. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { listByNameView } from '../../views/by-name.ts';
import { listFlags } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class CopyList extends EngineCommand<typeof CopyList> {
  static override summary = 'List full and continuous copies.';
  static override description =
    'Volumes that are copies of others, with what they are copies of, and of continuous ones how far they are in sync: their storage systems are asked.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> copy list' },
    { description: 'Of one project', command: '<%= config.bin %> copy list --project web' },
  ];
  static override flags = listFlags;

  protected async perform(): Promise<OperationOutcome> {
    const { project, tenant } = this.flags;
    const listed = await this.cli.call('copy.list', { project, tenant });
    return this.cli.finish(listed, listByNameView('copy', 'copies'));
  }
}
