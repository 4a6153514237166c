/** coprhd network list: what is recorded of this kind. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { listByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class NetworkList extends EngineCommand<typeof NetworkList> {
  static override summary = 'List networks.';
  static override description =
    'Of IP and of Fibre Channel. Reads the state only; coprhd network fabrics shows what switches show.';
  static override examples = [{ description: 'All of them', command: '<%= config.bin %> network list' }];

  protected async perform(): Promise<OperationOutcome> {
    return listByName(this.cli, 'network', {});
  }
}
