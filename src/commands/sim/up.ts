/** coprhd sim up: makes simulated arrays. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { genericView } from '../../views/generic.ts';
import { EngineCommand } from '../_base/command.ts';
import { directoryFlag } from '../_base/sim-flags.ts';

export default class SimUp extends EngineCommand<typeof SimUp> {
  static override summary = 'Make simulated arrays to try everything on.';
  static override description =
    'They live in a directory, need no process, and answer like real ones. Arrays that are there already are never overwritten.';
  static override examples = [
    { description: 'Two arrays with two pools each', command: '<%= config.bin %> sim up' },
    {
      description: 'A larger one',
      command: '<%= config.bin %> sim up --directory big --arrays 1 --pools 100 --volumes 10000',
    },
  ];
  static override flags = {
    directory: directoryFlag,
    arrays: Flags.integer({ summary: 'Number of arrays.', default: 2, min: 1 }),
    pools: Flags.integer({ summary: 'Pools of each array.', default: 2, min: 1 }),
    volumes: Flags.integer({ summary: 'Foreign volumes on each array.', default: 0, min: 0 }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { directory, arrays, pools, volumes } = this.flags;
    const input = { verb: 'up' as const, arguments: { directory, generate: { arrays, pools, volumes } } };
    return this.cli.finish(await this.cli.call('sim', input), genericView);
  }
}
