/** coprhd topo network: connections as a tree or a picture. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { EngineCommand } from '../_base/command.ts';
import { kindlyRefreshFlag } from '../_base/flags.ts';
import { pictureFlags, printTopology } from '../_base/topology.ts';

export default class TopoNetwork extends EngineCommand<typeof TopoNetwork> {
  static override summary = 'Draw who reaches what through a network.';
  static override description = 'All hosts with a path in the network, and only their paths in it. Writes nothing.';
  static override examples = [
    { description: 'As a tree', command: '<%= config.bin %> topo network fabric-a' },
    { description: 'As a picture', command: '<%= config.bin %> topo network fabric-a --format svg --out network.svg' },
  ];
  static override args = { name: Args.string({ description: 'Name of the network.', required: true }) };
  static override flags = { ...pictureFlags, refresh: kindlyRefreshFlag };

  protected async perform(): Promise<OperationOutcome> {
    const { refresh } = this.flags;
    return printTopology(this.cli, await this.cli.call('topo', { network: this.args.name, refresh }), this.flags);
  }
}
