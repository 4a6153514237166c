/** coprhd volume adopt: takes volumes over that are on a storage system already, without a file. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { flowOptions, planThenApply } from '../_base/apply-flow.ts';
import { projectFlag, said } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';
import { commandLine } from '../_base/usage.ts';

const into = (summary: string) => Flags.string({ summary, helpValue: 'NAME', required: true });

export default class VolumeAdopt extends EngineCommand<typeof VolumeAdopt> {
  static override summary = 'Take over volumes that are on a storage system already, and are declared in no file.';
  static override description =
    'Marks them as ours and records them; data, names and WWNs stay. With --host or --cluster those that are exported to it, at the LUN numbers that they have, in an export of its name: all that its mask there shows is best taken over at once, for what is left in a mask of ours can not come later. What can not be taken over is left out, and said with its reason. They are not protected, and quarantined for some days when they are removed.';
  static override examples = [
    {
      description: 'Two that nobody sees',
      command:
        '<%= config.bin %> volume adopt 0A1F 0A20 --system pmx-71 --project erp --virtual-pool gold --virtual-array dc1',
    },
    {
      description: 'What host db-1 sees',
      command:
        '<%= config.bin %> volume adopt 0B01 --host db-1 --system pmx-71 --project erp --virtual-pool gold --virtual-array dc1',
    },
  ];
  static override args = {
    id: Args.string({
      description: 'Ids on the storage system; see coprhd volume foreign.',
      required: true,
      multiple: true,
    }),
  };
  static override flags = {
    system: into('Storage system that has them.'),
    project: projectFlag,
    'virtual-pool': into('Virtual pool that they belong to from now on.'),
    'virtual-array': into('Virtual array that they belong to from now on.'),
    host: Flags.string({ summary: 'Host that they are exported to.', helpValue: 'NAME', exclusive: ['cluster'] }),
    cluster: Flags.string({ summary: 'Cluster that they are exported to.', helpValue: 'NAME' }),
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { system, project, 'virtual-pool': virtualPool, 'virtual-array': virtualArray, host, cluster } = this.flags;
    const nativeIds = this.args.id;
    const options = flowOptions(this.flags, commandLine('volume', 'adopt', ...nativeIds, '--system', system));
    const input = { system, nativeIds, project, virtualPool, virtualArray, ...said({ host, cluster }) };
    return planThenApply(this.cli, options, () => this.cli.call('foreign.adopt', input));
  }
}
