/** coprhd state show: one record as it is stored. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { stateShowView } from '../../views/state.ts';
import { EngineCommand } from '../_base/command.ts';

export default class StateShow extends EngineCommand<typeof StateShow> {
  static override summary = 'Show one record as it is stored.';
  static override examples = [
    { description: 'By address', command: '<%= config.bin %> state show web/volume.data-01' },
  ];
  static override args = { address: Args.string({ description: 'Address or URN.', required: true }) };

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('state.show', { address: this.args.address }), stateShowView);
  }
}
