/** coprhd path show: everything that is known of the paths of a host or an export. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { pathShowView } from '../../views/path.ts';
import { EngineCommand } from '../_base/command.ts';
import { kindlyRefreshFlag } from '../_base/flags.ts';

export default class PathShow extends EngineCommand<typeof PathShow> {
  static override summary = 'Show the paths of a host or an export, with switches, zones, HA domains and loads.';
  static override description =
    'The same as coprhd path list, with all that is known of each path. coprhd explain says why an export has these ports.';
  static override examples = [
    { description: 'Of a host', command: '<%= config.bin %> path show db-1' },
    { description: 'Of an export', command: '<%= config.bin %> path show web/export.db' },
  ];
  static override args = {
    of: Args.string({ description: 'Name of a host, or address of a host or an export.', required: true }),
  };
  static override flags = {
    system: Flags.string({ summary: 'Only to this storage system.', helpValue: 'NAME' }),
    refresh: kindlyRefreshFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const { system, refresh } = this.flags;
    const asked = { of: this.args.of, ...(system === undefined ? {} : { system }), refresh };
    return this.cli.finish(await this.cli.call('path.list', asked), pathShowView);
  }
}
