/** coprhd export create: an export that no file declares. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { createByName, nameArgument, projectFlag, said } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { numbered } from '../_base/export-flags.ts';
import { approvalFlags, severalFlag } from '../_base/flags.ts';

/** One as most plan files have it; nobody yet is a list without hosts. */
function seers(hosts: readonly string[] | undefined, clusters: readonly string[] | undefined) {
  const names = clusters ?? hosts ?? [];
  const word = clusters ? 'cluster' : 'host';
  return names.length === 1 ? { [word]: names[0] } : { [`${word}s`]: names };
}

export default class ExportCreate extends EngineCommand<typeof ExportCreate> {
  static override summary = 'Show volumes to hosts or clusters.';
  static override description =
    'The volumes are of the same project; the LUN number, the same on all hosts, is chosen where none is given. Who sees them, and the volumes, may be added later. It belongs to who makes it, and to no plan file.';
  static override examples = [
    {
      description: 'Two volumes to one host, the second as LUN 7',
      command: '<%= config.bin %> export create data --project web --host db-1 --volume data-01 --volume data-02=7',
    },
    {
      description: 'One volume to two hosts that share it',
      command:
        '<%= config.bin %> export create quorum --project web --host db-1 --host db-2 --shared-access --volume quorum-01',
    },
  ];
  static override args = nameArgument('export');
  static override flags = {
    project: projectFlag,
    host: severalFlag('Host that sees them', 'NAME', ['cluster']),
    cluster: severalFlag('Cluster whose hosts see them', 'NAME'),
    volume: severalFlag('Volume, and its LUN number if it is to be that', 'NAME[=LUN]'),
    'virtual-array': Flags.string({ summary: 'Only volumes of this one may be added.', helpValue: 'NAME' }),
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
    const { project, host, cluster, volume = [], exclusive, boot, 'shared-access': shared } = this.flags;
    const body = said({
      ...seers(host, cluster),
      volumes: volume.map((text) => numbered('volume', text)),
      virtualArray: this.flags['virtual-array'],
      sharedAccess: shared ? 'cluster-aware' : undefined,
      exclusive: exclusive || undefined,
      boot: boot || undefined,
    });
    return createByName(this.cli, this.flags, { kind: 'export', project, resources: { [this.args.name]: body } });
  }
}
