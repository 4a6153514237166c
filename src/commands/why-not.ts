/** coprhd why-not: why something is not where one might expect it. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { whyNotView } from '../views/why-not.ts';
import { EngineCommand } from './_base/command.ts';
import { variableFlag } from './_base/flags.ts';
import { readSource } from './_base/plan-files.ts';

export default class WhyNot extends EngineCommand<typeof WhyNot> {
  static override summary = 'Say why a volume is not in a storage pool.';
  static override description =
    "Every filter's verdict on that pool: what was needed, what it had, and what is nearest to passing; or which pool was better; or that the volume is there. Reads devices and writes nothing.";
  static override examples = [
    { description: 'By name of the pool', command: '<%= config.bin %> why-not web/volume.data-01 array-1/bulk' },
    {
      description: 'A volume that is only planned',
      command: '<%= config.bin %> why-not --from plans volume.data-01 pool.array-1/bulk',
    },
  ];
  static override args = {
    address: Args.string({ description: 'Address of the volume.', required: true }),
    pool: Args.string({
      description: 'Storage pool: array/pool, or its name where it is the only one.',
      required: true,
    }),
  };
  static override flags = {
    from: Flags.string({
      summary: 'Plan files that declare it, when it is not applied yet; may be repeated.',
      helpValue: 'PATH',
      multiple: true,
      multipleNonGreedy: true,
    }),
    var: variableFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const { address, pool } = this.args;
    const { from = [], var: variables = [] } = this.flags;
    const source = from.length === 0 ? {} : { source: await readSource(from, variables, this.flags.state) };
    return this.cli.finish(await this.cli.call('why-not', { address, pool, ...source }), whyNotView);
  }
}
