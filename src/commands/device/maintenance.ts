/** coprhd device maintenance: nothing new is begun on a storage system for a while. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { maintenanceView } from '../../views/maintenance.ts';
import { EngineCommand } from '../_base/command.ts';
import { durationFlag, reasonInput, whyFlag } from '../_base/flags.ts';
import { usageError } from '../_base/usage.ts';

export default class DeviceMaintenance extends EngineCommand<typeof DeviceMaintenance> {
  static override summary = 'Begin nothing new on a device while somebody works on it.';
  static override description =
    'Plans hold every change of the device (exit code 3), naming who and why, and place new volumes elsewhere; of a network system, every export that needs other zones in its fabrics. Discovery and drift go on. An apply that is under way finishes; what a dead process has left open waits. With --until it is over by itself. In the audit log. To stop everything everywhere at once: coprhd freeze.';
  static override examples = [
    {
      description: 'For two hours',
      command: '<%= config.bin %> device maintenance array-1 --start --until 2h --why "new firmware"',
    },
    {
      description: 'A switch',
      command: '<%= config.bin %> device maintenance core-a --start --until 30m --why "new line card"',
    },
    { description: 'It is over', command: '<%= config.bin %> device maintenance array-1 --end' },
  ];
  static override args = { name: Args.string({ description: 'Name of the device.', required: true }) };
  static override flags = {
    start: Flags.boolean({ summary: 'Begin it; again: give it another end or reason.', default: false }),
    end: Flags.boolean({ summary: 'End it.', default: false }),
    until: durationFlag({
      flag: 'until',
      summary: 'How long from now; without it until --end.',
      helpValue: 'DURATION',
    }),
    why: whyFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const { name } = this.args;
    const { start, end, until, why } = this.flags;
    if (start === end) usageError('give one of --start and --end', `coprhd device maintenance ${name} --start`);
    if (end && (until !== undefined || why !== undefined)) {
      usageError('--until and --why go with --start', `coprhd device maintenance ${name} --end`);
    }
    const input = { name, on: start, ...(until === undefined ? {} : { forMs: until }), ...reasonInput(this.flags) };
    return this.cli.finish(await this.cli.call('device.maintenance', input), maintenanceView);
  }
}
