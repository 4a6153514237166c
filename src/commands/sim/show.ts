/** coprhd sim show: everything on a simulated array. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { genericView } from '../../views/generic.ts';
import { EngineCommand } from '../_base/command.ts';
import { arrayArgument, directoryFlag } from '../_base/sim-flags.ts';

export default class SimShow extends EngineCommand<typeof SimShow> {
  static override summary = 'Show everything on a simulated array.';
  static override description = 'Two arrays are equal when their JSON is.';
  static override examples = [
    { description: 'One array', command: '<%= config.bin %> sim show sim-1' },
    { description: 'For comparison', command: '<%= config.bin %> sim show sim-1 --json' },
  ];
  static override args = { array: arrayArgument };
  static override flags = { directory: directoryFlag };

  protected async perform(): Promise<OperationOutcome> {
    const call = { directory: this.flags.directory, array: this.args.array };
    return this.cli.finish(await this.cli.call('sim', { verb: 'show', arguments: call }), genericView);
  }
}
