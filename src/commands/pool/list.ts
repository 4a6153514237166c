/** coprhd pool list: the storage pools that discovery knows. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { poolListView } from '../../views/pool.ts';
import { EngineCommand } from '../_base/command.ts';

export default class PoolList extends EngineCommand<typeof PoolList> {
  static override summary = 'List storage pools, what is in them, and which virtual pools may use them.';
  static override description = 'As recorded by the last discover or apply. Writes nothing.';
  static override examples = [
    { description: 'Of all storage systems', command: '<%= config.bin %> pool list' },
    { description: 'Of one', command: '<%= config.bin %> pool list --system pmx-71' },
  ];
  static override flags = { system: Flags.string({ summary: 'Only this storage system.', helpValue: 'NAME' }) };

  protected async perform(): Promise<OperationOutcome> {
    const { system } = this.flags;
    return this.cli.finish(await this.cli.call('pool.list', system === undefined ? {} : { system }), poolListView);
  }
}
