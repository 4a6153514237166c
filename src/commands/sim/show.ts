/** coprhd sim show: what is in the simulated data centre. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { genericView } from '../../views/generic.ts';
import { EngineCommand } from '../_base/command.ts';
import { directoryFlag } from '../_base/sim-flags.ts';

export default class SimShow extends EngineCommand<typeof SimShow> {
  static override summary = 'Show the simulated data centre, or everything on one of its arrays, fabrics or hosts.';
  static override description =
    'Two arrays or fabrics are equal when their JSON is, with --limit 0. What is broken (cables that are out, switches and hosts that are off) is listed without a name.';
  static override examples = [
    { description: 'What there is, and what is broken', command: '<%= config.bin %> sim show' },
    { description: 'One array', command: '<%= config.bin %> sim show sim-1' },
    { description: 'A fabric: logins, zones, configurations', command: '<%= config.bin %> sim show fabric-a' },
    { description: 'For comparison', command: '<%= config.bin %> sim show sim-1 --limit 0 --json' },
  ];
  static override args = { name: Args.string({ description: 'Name of an array, a fabric or a host.' }) };
  static override flags = {
    directory: directoryFlag,
    limit: Flags.integer({ summary: 'At most so many items of each kind; 0 = all.', default: 100, min: 0 }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { directory, limit } = this.flags;
    const { name } = this.args;
    const call = { directory, ...(name === undefined ? {} : { name }), ...(limit === 0 ? {} : { limit }) };
    return this.cli.finish(await this.cli.call('sim', { verb: 'show', arguments: call }), genericView);
  }
}
