/** coprhd topo export: connections as a tree or a picture. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { EngineCommand } from '../_base/command.ts';
import { kindlyRefreshFlag } from '../_base/flags.ts';
import { pictureFlags, printTopology } from '../_base/topology.ts';

export default class TopoExport extends EngineCommand<typeof TopoExport> {
  static override summary = "Draw how an export's hosts reach its volumes.";
  static override description =
    'As coprhd topo host, with only what the export maps, for each of its hosts. Writes nothing.';
  static override examples = [
    { description: 'As a tree', command: '<%= config.bin %> topo export web/export.db' },
    {
      description: 'As a picture',
      command: '<%= config.bin %> topo export web/export.db --format svg --out export.svg',
    },
  ];
  static override args = { address: Args.string({ description: 'Address of the export.', required: true }) };
  static override flags = { ...pictureFlags, refresh: kindlyRefreshFlag };

  protected async perform(): Promise<OperationOutcome> {
    const { refresh } = this.flags;
    return printTopology(this.cli, await this.cli.call('topo', { export: this.args.address, refresh }), this.flags);
  }
}
