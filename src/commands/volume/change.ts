/** coprhd volume change: name, size, tags, protection, group, policy, virtual pool and virtual array of a volume. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, changeByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';
import { onRemoveFlag } from '../_base/volume-flags.ts';

export default class VolumeChange extends EngineCommand<typeof VolumeChange> {
  static override summary =
    'Grow, rename or tag a volume, move it to another virtual pool, or change what protects it.';
  static override description =
    'A volume never shrinks, and its data stays where it is: coprhd volume candidates says which virtual pools it can belong to there. Where a plan file declares it, the next plan of that file says who changed it, and asks to keep it or revert.';
  static override examples = [
    { description: 'Grow it', command: '<%= config.bin %> volume change data-01 --size 200GiB' },
    { description: 'Move it', command: '<%= config.bin %> volume change data-01 --virtual-pool silver' },
    {
      description: 'Rename and tag it',
      command: '<%= config.bin %> volume change data-01 --rename data-old --tag archive',
    },
    {
      description: 'Have snapshots taken of it',
      command: '<%= config.bin %> volume change data-01 --snapshot-policy hourly',
    },
    { description: 'Let it be removed', command: '<%= config.bin %> volume change data-01 --no-protect' },
  ];
  static override args = addressArgument('volume');
  static override flags = {
    rename: Flags.string({ summary: 'New name; what its storage system calls it stays.', helpValue: 'NAME' }),
    tag: Flags.string({ summary: 'Add a tag; may be repeated.', helpValue: 'TAG', multiple: true, default: [] }),
    untag: Flags.string({ summary: 'Remove a tag; may be repeated.', helpValue: 'TAG', multiple: true, default: [] }),
    'consistency-group': Flags.string({
      summary: 'Consistency group that it joins.',
      helpValue: 'NAME',
      exclusive: ['leave-consistency-group'],
    }),
    'leave-consistency-group': Flags.boolean({ summary: 'Take it out of its consistency group.' }),
    'snapshot-policy': Flags.string({
      summary: 'Policy by which snapshots of it are taken.',
      helpValue: 'NAME',
      exclusive: ['leave-snapshot-policy'],
    }),
    'leave-snapshot-policy': Flags.boolean({ summary: 'Take no more snapshots of it by a policy.' }),
    size: Flags.string({ summary: 'New size: 200GiB.', helpValue: 'SIZE' }),
    'virtual-pool': Flags.string({
      summary: 'Virtual pool that it belongs to from now on, where it is.',
      helpValue: 'NAME',
    }),
    'virtual-array': Flags.string({ summary: 'Virtual array, likewise.', helpValue: 'NAME' }),
    protect: Flags.boolean({ summary: 'Refuse to remove it, or not any more.', allowNo: true }),
    'on-remove': onRemoveFlag,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { size, protect, 'on-remove': onRemove } = this.flags;
    const { 'virtual-pool': virtualPool, 'virtual-array': virtualArray } = this.flags;
    const consistencyGroup = this.flags['leave-consistency-group'] ? null : this.flags['consistency-group'];
    const snapshotPolicy = this.flags['leave-snapshot-policy'] ? null : this.flags['snapshot-policy'];
    return changeByName(this.cli, this.flags, 'volume', this.args.address, {
      set: { size, protect, onRemove, virtualPool, virtualArray, consistencyGroup, snapshotPolicy },
      add: { tags: this.flags.tag },
      remove: { tags: this.flags.untag },
      rename: this.flags.rename,
    });
  }
}
