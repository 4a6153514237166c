/** coprhd export change: volumes, hosts and clusters of an export that was made by name. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, changeByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { numbered } from '../_base/export-flags.ts';
import { approvalFlags, attestFlag, severalFlag } from '../_base/flags.ts';

const CLUSTERS = ['add-cluster', 'remove-cluster'];

export default class ExportChange extends EngineCommand<typeof ExportChange> {
  static override summary = 'Show more or fewer volumes by an export, or to more or fewer hosts.';
  static override description =
    'Only of exports that were made by name: what a plan file declares is changed in the file. Volumes that stay keep their LUN numbers, which a host that is added gets too.';
  static override examples = [
    {
      description: 'One volume more, as LUN 8, and one less',
      command: '<%= config.bin %> export change data --add-volume data-03=8 --remove-volume data-01',
    },
    {
      description: 'A second host that shares its volumes with the first',
      command: '<%= config.bin %> export change data --add-host db-2 --shared-access',
    },
    {
      description: 'One host less',
      command: '<%= config.bin %> export change data --remove-host db-1',
    },
  ];
  static override args = addressArgument('export');
  static override flags = {
    'add-volume': severalFlag('Volume, and its LUN number if it is to be that', 'NAME[=LUN]'),
    'remove-volume': severalFlag('Volume that is no longer shown', 'NAME'),
    'add-host': severalFlag('Host that sees its volumes, too', 'NAME', CLUSTERS),
    'remove-host': severalFlag('Host that no longer does', 'NAME'),
    'add-cluster': severalFlag('Cluster whose hosts see its volumes, too', 'NAME'),
    'remove-cluster': severalFlag('Cluster whose hosts no longer do', 'NAME'),
    'shared-access': Flags.boolean({ summary: 'The hosts run software that shares volumes safely.' }),
    attest: attestFlag,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { 'add-volume': add = [], 'remove-volume': remove = [], 'shared-access': shared } = this.flags;
    const { 'add-host': hosts = [], 'add-cluster': clusters = [] } = this.flags;
    const { 'remove-host': hostsGone = [], 'remove-cluster': clustersGone = [] } = this.flags;
    return changeByName(this.cli, this.flags, 'export', this.args.address, {
      set: { sharedAccess: shared ? 'cluster-aware' : undefined },
      add: { volumes: add.map((text) => numbered('add-volume', text)), hosts, clusters },
      attestOffline: this.flags.attest,
      remove: { volumes: remove, hosts: hostsGone, clusters: clustersGone },
    });
  }
}
