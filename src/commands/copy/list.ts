/** coprhd copy list: volumes that are full copies. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { listByNameView } from '../../views/by-name.ts';
import { listFlags } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class CopyList extends EngineCommand<typeof CopyList> {
  static override summary = 'List full copies.';
  static override description =
    'Volumes that are copies of others, with what they are copies of. Reads the state only.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> copy list' },
    { description: 'Of one project', command: '<%= config.bin %> copy list --project web' },
  ];
  static override flags = listFlags;

  protected async perform(): Promise<OperationOutcome> {
    const { project, tenant } = this.flags;
    const listed = await this.cli.call('resource.list', { kind: 'volume', project, tenant });
    const resources = listed.resources.filter(({ of }) => of !== undefined);
    return this.cli.finish({ ...listed, resources }, listByNameView('full copy', 'full copies'));
  }
}
