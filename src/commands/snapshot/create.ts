/** coprhd snapshot create: what a volume, or a consistency group, holds now. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { flowOptions, planThenApply } from '../_base/apply-flow.ts';
import { said } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags, attestSourceFlag } from '../_base/flags.ts';
import { quiesceFlags, quiesceOf } from '../_base/quiesce-flags.ts';
import { commandLine } from '../_base/usage.ts';
import { onRemoveFlag } from '../_base/volume-flags.ts';

export default class SnapshotCreate extends EngineCommand<typeof SnapshotCreate> {
  static override summary = 'Take a snapshot of a volume, or of all volumes of a consistency group at one moment.';
  static override description =
    'It holds what the volume held at that moment, read-only, on the same storage system, and takes room as the volume is overwritten. Of a consistency group there is one for each of its volumes, NAME-VOLUME, of one moment: crash-consistent, as after a power failure. It belongs to who makes it, and to no plan file; snapshots that are to stay are better declared in one.\n\nWhere its pool shares no blocks all of the volume is copied, while nobody may write to it: it is held as long as an initiator is logged in, unless --attest says who has seen to it that no host uses the volume. What is written all the same is noticed, and there is no snapshot then.';
  static override examples = [
    { description: 'Of a volume', command: '<%= config.bin %> snapshot create before-upgrade --of erp/volume.db' },
    {
      description: 'Of a consistency group',
      command: '<%= config.bin %> snapshot create nightly --of erp/consistencyGroup.db --no-protect --on-remove delete',
    },
    {
      description: 'With the applications of its hosts at rest (`quiesce` of the hosts says how)',
      command: '<%= config.bin %> snapshot create before-upgrade --of erp/consistencyGroup.db --quiesce',
    },
    {
      description: 'Where snapshots are full copies: the host has unmounted it and is still logged in',
      command: '<%= config.bin %> snapshot create before-upgrade --of erp/volume.db --attest "anna: unmounted on db-1"',
    },
  ];
  static override args = { name: Args.string({ description: 'Name of the snapshot, or of the set.', required: true }) };
  static override flags = {
    of: Flags.string({ summary: 'Volume or consistency group.', helpValue: 'ADDRESS', required: true }),
    protect: Flags.boolean({ summary: 'Refuse to remove it.', default: true, allowNo: true }),
    'on-remove': onRemoveFlag,
    ...quiesceFlags,
    attest: attestSourceFlag,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { of, protect } = this.flags;
    const { name } = this.args;
    const options = flowOptions(this.flags, commandLine('snapshot', 'create', name));
    const rest = quiesceOf(this.flags);
    const vouched = said({ attestOffline: this.flags.attest });
    const input = { name, of, protect, onRemove: this.flags['on-remove'], ...rest, ...vouched };
    return planThenApply(this.cli, options, () => this.cli.call('snapshot.take', input));
  }
}
