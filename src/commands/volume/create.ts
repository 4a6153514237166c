/** coprhd volume create: volumes that no file declares. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { createByName, nameArgument, projectFlag, said } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';
import { onRemoveFlag } from '../_base/volume-flags.ts';

export default class VolumeCreate extends EngineCommand<typeof VolumeCreate> {
  static override summary = 'Make volumes.';
  static override description =
    'Placed as the volumes of a plan are: the plan is shown first. They belong to who makes them, and to no plan file. With --count they are NAME-1, NAME-2 and so on, each made or undone on its own.';
  static override examples = [
    {
      description: 'One',
      command:
        '<%= config.bin %> volume create data-01 --size 100GiB --project web --virtual-pool gold --virtual-array dc1',
    },
    {
      description: 'Three that anybody may remove',
      command:
        '<%= config.bin %> volume create scratch --count 3 --size 1TiB --project web --virtual-pool gold --virtual-array dc1 --no-protect --on-remove delete',
    },
  ];
  static override args = nameArgument('volume');
  static override flags = {
    size: Flags.string({ summary: 'Of each: 10GiB, 1.5TiB.', helpValue: 'SIZE', required: true }),
    project: projectFlag,
    'virtual-pool': Flags.string({ summary: 'What it shall be like.', helpValue: 'NAME', required: true }),
    'virtual-array': Flags.string({ summary: 'Where it shall be.', helpValue: 'NAME', required: true }),
    'consistency-group': Flags.string({ summary: 'Consistency group that it is in.', helpValue: 'NAME' }),
    count: Flags.integer({ summary: 'How many.', helpValue: 'N', min: 1, max: LIMITS.byNameMax }),
    protect: Flags.boolean({ summary: 'Refuse to remove it.', default: true, allowNo: true }),
    'on-remove': onRemoveFlag,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { size, project, count, protect } = this.flags;
    const body = said({
      size,
      virtualPool: this.flags['virtual-pool'],
      virtualArray: this.flags['virtual-array'],
      consistencyGroup: this.flags['consistency-group'],
      protect,
      onRemove: this.flags['on-remove'],
    });
    const { name } = this.args;
    const names = count === undefined ? [name] : Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
    const resources = Object.fromEntries(names.map((each) => [each, body]));
    return createByName(this.cli, this.flags, { kind: 'volume', project, resources });
  }
}
