/** coprhd sim reset: the simulated data centre as it was made. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { genericView } from '../../views/generic.ts';
import { EngineCommand } from '../_base/command.ts';
import { directoryFlag } from '../_base/sim-flags.ts';

export default class SimReset extends EngineCommand<typeof SimReset> {
  static override summary = 'Put the simulated data centre, or one array of it, back to what it was made as.';
  static override description = 'Everything else is gone afterwards, faults included.';
  static override examples = [
    { description: 'All of it', command: '<%= config.bin %> sim reset' },
    { description: 'One array', command: '<%= config.bin %> sim reset sim-1' },
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
