/** coprhd copy create: full copies of a volume or a snapshot, or continuous ones of a volume. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { flowOptions, planThenApply } from '../_base/apply-flow.ts';
import { said } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags, attestSourceFlag } from '../_base/flags.ts';
import { quiesceFlags, quiesceOf } from '../_base/quiesce-flags.ts';
import { commandLine } from '../_base/usage.ts';
import { onRemoveFlag } from '../_base/volume-flags.ts';

export default class CopyCreate extends EngineCommand<typeof CopyCreate> {
  static override summary = 'Make full copies of a volume, a snapshot or a consistency group, or continuous ones.';
  static override description =
    'A full copy is a volume with a WWN of its own, on the storage system of what it is a copy of, in another pool as long as one will do. It holds what was there when the copy began. Until it is detached its source stays, and it can be restored from and resynchronised. With --continuous it follows the volume instead, until it is split from it (coprhd copy pause, resume, split), and no host sees it as long. It belongs to who makes it, and to no plan file.';
  static override examples = [
    { description: 'Of a volume', command: '<%= config.bin %> copy create db-test --of erp/volume.db' },
    {
      description: 'Three of a snapshot, that anybody may remove',
      command: '<%= config.bin %> copy create dev --count 3 --of snapshot.nightly --no-protect --on-remove delete',
    },
    {
      description: 'Of all volumes of a group, of one moment',
      command: '<%= config.bin %> copy create dev --of erp/consistencyGroup.db',
    },
    {
      description:
        'The same where snapshots are full copies, and hosts have unmounted the group and are still logged in',
      command: '<%= config.bin %> copy create dev --of erp/consistencyGroup.db --attest "anna: unmounted on db-1"',
    },
    {
      description: 'The same with the applications of its hosts at rest (`quiesce` of the hosts says how)',
      command: '<%= config.bin %> copy create dev --of erp/consistencyGroup.db --quiesce',
    },
    { description: 'That follows', command: '<%= config.bin %> copy create db-mirror --continuous --of erp/volume.db' },
  ];
  static override args = { name: Args.string({ description: 'Name of the new volume.', required: true }) };
  static override flags = {
    of: Flags.string({
      summary:
        'Volume, snapshot (not with --continuous) or consistency group. Of a group: NAME-VOLUME of each, of one moment; their sources are snapshots NAME-source-VOLUME that are taken for them.',
      helpValue: 'ADDRESS',
      required: true,
    }),
    continuous: Flags.boolean({ summary: 'It follows the volume.' }),
    count: Flags.integer({ summary: 'How many.', helpValue: 'N', min: 1, max: LIMITS.byNameMax }),
    'virtual-pool': Flags.string({ summary: 'What it shall be like; as its source when left out.', helpValue: 'NAME' }),
    'virtual-array': Flags.string({ summary: 'Where it shall be; as its source when left out.', helpValue: 'NAME' }),
    protect: Flags.boolean({ summary: 'Refuse to remove it.', default: true, allowNo: true }),
    'on-remove': onRemoveFlag,
    ...quiesceFlags,
    attest: attestSourceFlag,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { of, count, continuous, protect } = this.flags;
    const { name } = this.args;
    const options = flowOptions(this.flags, commandLine('copy', 'create', name));
    const input = {
      ...{ name, of, count, continuous, protect, onRemove: this.flags['on-remove'] },
      virtualPool: this.flags['virtual-pool'],
      virtualArray: this.flags['virtual-array'],
      ...said({ attestOffline: this.flags.attest }),
      ...quiesceOf(this.flags),
    };
    return planThenApply(this.cli, options, () => this.cli.call('copy.make', input));
  }
}
