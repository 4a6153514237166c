/** coprhd export create: an export that no file declares. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { createByName, nameArgument, projectFlag, said } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { numbered } from '../_base/export-flags.ts';
import { approvalFlags } from '../_base/flags.ts';

export default class ExportCreate extends EngineCommand<typeof ExportCreate> {
  static override summary = 'Show volumes to a host or a cluster.';
  static override description =
    'The volumes are of the same project; the LUN number is chosen where none is given. It belongs to who makes it, and to no plan file.';
  static override examples = [
    {
      description: 'Two volumes to one host, the second as LUN 7',
      command: '<%= config.bin %> export create data --project web --host db-1 --volume data-01 --volume data-02=7',
    },
  ];
  static override args = nameArgument('export');
  static override flags = {
    project: projectFlag,
    host: Flags.string({ summary: 'Host that sees them.', helpValue: 'NAME', exclusive: ['cluster'] }),
    cluster: Flags.string({ summary: 'Cluster whose hosts see them.', helpValue: 'NAME' }),
    volume: Flags.string({
      summary: 'Volume, and its LUN number if it is to be that; may be repeated.',
      helpValue: 'NAME[=LUN]',
      required: true,
      multiple: true,
      multipleNonGreedy: true,
    }),
    exclusive: Flags.boolean({
      summary: 'Shown to this host and to nobody else, whatever other exports say.',
      exclusive: ['cluster', 'shared-access'],
    }),
    boot: Flags.boolean({
      summary: 'The host boots from the volume: exclusive, and at LUN 0.',
      exclusive: ['cluster', 'shared-access'],
    }),
    'shared-access': Flags.boolean({ summary: 'The hosts run software that shares volumes safely.' }),
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { project, host, cluster, volume, exclusive, boot, 'shared-access': shared } = this.flags;
    const body = said({
      host,
      cluster,
      volumes: volume.map((text) => numbered('volume', text)),
      sharedAccess: shared ? 'cluster-aware' : undefined,
      exclusive: exclusive || undefined,
      boot: boot || undefined,
    });
    return createByName(this.cli, this.flags, { kind: 'export', project, resources: { [this.args.name]: body } });
  }
}
