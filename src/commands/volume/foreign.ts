/** coprhd volume foreign: volumes on storage systems that aren't recorded here, as they were seen last. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { foreignView } from '../../views/foreign.ts';
import { EngineCommand } from '../_base/command.ts';

export default class VolumeForeign extends EngineCommand<typeof VolumeForeign> {
  static override summary = 'List volumes on storage systems that are not recorded here, and who sees them.';
  static override description =
    'As coprhd discover, or an apply, has seen the storage systems last: no device is asked. coprhd volume adopt takes them over at once, coprhd import --match writes a plan file that does.';
  static override examples = [
    { description: 'Of all storage systems', command: '<%= config.bin %> volume foreign' },
    {
      description: 'Of one, as it is now',
      command: '<%= config.bin %> discover pmx-71 && coprhd volume foreign pmx-71',
    },
  ];
  static override args = {
    system: Args.string({ description: 'Storage systems; all when left out.', multiple: true }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { system: systems } = this.args;
    const input = systems === undefined || systems.length === 0 ? {} : { systems };
    return this.cli.finish(await this.cli.call('foreign.list', input), foreignView);
  }
}
