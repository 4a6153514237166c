/** coprhd sim reset: simulated arrays as they were made. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { genericView } from '../../views/generic.ts';
import { EngineCommand } from '../_base/command.ts';
import { directoryFlag } from '../_base/sim-flags.ts';

export default class SimReset extends EngineCommand<typeof SimReset> {
  static override summary = 'Put simulated arrays back to what they were made as.';
  static override description = 'Everything on them is gone afterwards, faults included.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> sim reset' },
    { description: 'One', command: '<%= config.bin %> sim reset sim-1' },
  ];
  static override args = { array: Args.string({ description: 'Name of the simulated array; all when left out.' }) };
  static override flags = { directory: directoryFlag };

  protected async perform(): Promise<OperationOutcome> {
    const { directory } = this.flags;
    const { array } = this.args;
    const call = array === undefined ? { directory } : { directory, array };
    return this.cli.finish(await this.cli.call('sim', { verb: 'reset', arguments: call }), genericView);
  }
}
