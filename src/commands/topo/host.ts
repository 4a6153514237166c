/** coprhd topo host: connections as a tree or a picture. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { EngineCommand } from '../_base/command.ts';
import { kindlyRefreshFlag } from '../_base/flags.ts';
import { pictureFlags, printTopology } from '../_base/topology.ts';

export default class TopoHost extends EngineCommand<typeof TopoHost> {
  static override summary = 'Draw how a host reaches its LUNs.';
  static override description =
    'Host, initiators and where they are logged in, networks, zones, storage ports with HA domain and switch, LUNs. Paths are as recorded; logins and zones are as seen. Initiators without a path are shown too. Writes nothing.';
  static override examples = [
    { description: 'As a tree', command: '<%= config.bin %> topo host db-1' },
    { description: 'As a picture', command: '<%= config.bin %> topo host db-1 --format svg --out host.svg' },
  ];
  static override args = { name: Args.string({ description: 'Name of the host.', required: true }) };
  static override flags = { ...pictureFlags, refresh: kindlyRefreshFlag };

  protected async perform(): Promise<OperationOutcome> {
    const { refresh } = this.flags;
    return printTopology(this.cli, await this.cli.call('topo', { host: this.args.name, refresh }), this.flags);
  }
}
