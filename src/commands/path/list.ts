/** coprhd path list: which initiators reach storage systems through which ports. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { pathListView } from '../../views/path.ts';
import { EngineCommand } from '../_base/command.ts';
import { kindlyRefreshFlag } from '../_base/flags.ts';

export default class PathList extends EngineCommand<typeof PathList> {
  static override summary = 'List paths: initiator, network, storage port, LUNs, and whether they can be used now.';
  static override description =
    'Paths are as recorded; logins, zones in effect and the load of ports are as seen. A port without metrics says so. Writes nothing.';
  static override examples = [
    { description: 'Of all hosts', command: '<%= config.bin %> path list' },
    { description: 'Of one host on one storage system', command: '<%= config.bin %> path list db-1 --system vmax-1' },
    { description: 'Of an export, for scripts', command: '<%= config.bin %> path list web/export.db --plain' },
  ];
  static override args = { of: Args.string({ description: 'Name of a host, or address of a host or an export.' }) };
  static override flags = {
    system: Flags.string({ summary: 'Only to this storage system.', helpValue: 'NAME' }),
    refresh: kindlyRefreshFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const { of } = this.args;
    const { system, refresh } = this.flags;
    const asked = { ...(of === undefined ? {} : { of }), ...(system === undefined ? {} : { system }), refresh };
    return this.cli.finish(await this.cli.call('path.list', asked), pathListView);
  }
}
