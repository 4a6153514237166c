/** coprhd port list: the storage ports that discovery knows. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { portListView } from '../../views/port.ts';
import { EngineCommand } from '../_base/command.ts';

export default class PortList extends EngineCommand<typeof PortList> {
  static override summary = 'List storage ports, the networks that they are in, and the virtual arrays that have them.';
  static override description = 'As recorded by the last discover or apply. Writes nothing.';
  static override examples = [
    { description: 'Of all storage systems', command: '<%= config.bin %> port list' },
    { description: 'Of one', command: '<%= config.bin %> port list --system pmx-71' },
  ];
  static override flags = { system: Flags.string({ summary: 'Only this storage system.', helpValue: 'NAME' }) };

  protected async perform(): Promise<OperationOutcome> {
    const { system } = this.flags;
    return this.cli.finish(await this.cli.call('port.list', system === undefined ? {} : { system }), portListView);
  }
}
