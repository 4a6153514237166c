/** coprhd network reach: which initiator reaches which port through which fabric. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { networkReachView } from '../../views/reach.ts';
import { EngineCommand } from '../_base/command.ts';
import { kindlyRefreshFlag } from '../_base/flags.ts';

export default class NetworkReach extends EngineCommand<typeof NetworkReach> {
  static override summary =
    'Show which initiator reaches which port of a storage system, through which fabric and zone.';
  static override description =
    'Pairs that a zone in effect joins, whoever made it, and pairs that are paths of ours. A pair is reached when it is zoned and both are logged in. A zone lets a host see a port; which LUNs it sees there the storage system decides. With --all, and a host, also pairs that nothing joins. Members of zones by domain and port, and routed fabrics, are not followed. Changes nothing.';
  static override examples = [
    { description: 'One host', command: '<%= config.bin %> network reach --host db-1' },
    { description: 'What it could reach, too', command: '<%= config.bin %> network reach --host db-1 --all' },
    {
      description: 'Who sees a storage system, for scripts',
      command: '<%= config.bin %> network reach --system pmx-71 --json',
    },
  ];
  static override flags = {
    host: Flags.string({ summary: 'Only initiators of this host.', helpValue: 'NAME' }),
    system: Flags.string({ summary: 'Only ports of this storage system.', helpValue: 'NAME' }),
    network: Flags.string({ summary: 'Only in this network.', helpValue: 'NAME' }),
    all: Flags.boolean({ summary: 'Also pairs that nothing joins.', dependsOn: ['host'] }),
    refresh: kindlyRefreshFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const { host, system, network, all } = this.flags;
    const input = {
      ...(host === undefined ? {} : { host }),
      ...(system === undefined ? {} : { system }),
      ...(network === undefined ? {} : { network }),
      ...(all ? { all } : {}),
      refresh: this.flags.refresh,
    };
    return this.cli.finish(await this.cli.call('network.reach', input), networkReachView);
  }
}
