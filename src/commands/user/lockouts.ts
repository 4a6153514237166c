/** coprhd user lockouts: addresses from which too many wrong passwords came. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { userLockoutsView } from '../../views/user.ts';
import { EngineCommand } from '../_base/command.ts';

export default class UserLockouts extends EngineCommand<typeof UserLockouts> {
  static override summary = 'List the addresses that a daemon lets nobody log in from.';
  static override description =
    'After ten wrong passwords nobody logs in from an address for ten minutes. Each daemon knows its own: ask it (coprhd login).';
  static override examples = [
    { description: 'Of the daemon that you are logged in to', command: '<%= config.bin %> user lockouts' },
  ];

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('user.lockouts', {}), userLockoutsView);
  }
}
