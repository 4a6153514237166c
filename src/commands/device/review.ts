/** coprhd device review: looks at a device after the state was imported, and accepts a mode again. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { deviceReviewView } from '../../views/device.ts';
import { EngineCommand } from '../_base/command.ts';

const MODES = ['observe', 'propose', 'manage'] as const;

export default class DeviceReview extends EngineCommand<typeof DeviceReview> {
  static override summary = 'Compare a device with the state, and accept what may be done with it.';
  static override description =
    'After the state was imported or restored, devices are only observed until somebody has looked: what is on them may be newer than the state. Of a network system it counts the zones of ours that are there, and names those that are missing or changed. Without --accept nothing is changed.';
  static override examples = [
    { description: 'Look', command: '<%= config.bin %> device review pmx-71' },
    { description: 'Let it be managed again', command: '<%= config.bin %> device review pmx-71 --accept manage' },
  ];
  static override args = { name: Args.string({ description: 'Name of the device.', required: true }) };
  static override flags = {
    accept: Flags.option({
      summary: 'Highest mode that is accepted; the file may say a lower one; propose only observes for now.',
      options: MODES,
    })(),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { accept } = this.flags;
    const { name } = this.args;
    const result = await this.cli.call('device.review', accept === undefined ? { name } : { name, accept });
    return this.cli.finish(result, deviceReviewView);
  }
}
