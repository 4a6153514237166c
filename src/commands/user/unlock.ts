/** coprhd user unlock: lets an address log in again. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { userUnlockView } from '../../views/user.ts';
import { EngineCommand } from '../_base/command.ts';

export default class UserUnlock extends EngineCommand<typeof UserUnlock> {
  static override summary = 'Let people log in from an address again, before its time is over.';
  static override description = 'Each daemon knows its own lockouts: ask the one that refuses (coprhd login).';
  static override examples = [{ description: 'One address', command: '<%= config.bin %> user unlock 10.0.0.7' }];
  static override args = { address: Args.string({ description: 'As user lockouts shows it.', required: true }) };

  protected async perform(): Promise<OperationOutcome> {
    const { address } = this.args;
    const result = await this.cli.call('user.unlock', { address });
    return this.cli.finish({ ...result, address }, userUnlockView);
  }
}
