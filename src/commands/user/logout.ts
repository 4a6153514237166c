/** coprhd user logout: ends the logins of a local user. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { userLogoutView } from '../../views/user.ts';
import { EngineCommand } from '../_base/command.ts';

export default class UserLogout extends EngineCommand<typeof UserLogout> {
  static override summary = 'End all logins of a local user.';
  static override description =
    'Tokens that others hold to ask in the name of the user stay, unless --proxies ends them too.';
  static override examples = [
    { description: 'All logins of svcuser', command: '<%= config.bin %> user logout svcuser' },
    { description: 'Also what others ask with', command: '<%= config.bin %> user logout root --proxies' },
  ];
  static override args = { name: Args.string({ description: 'Name of the user.', required: true }) };
  static override flags = { proxies: Flags.boolean({ summary: 'Also tokens to ask in the name of the user.' }) };

  protected async perform(): Promise<OperationOutcome> {
    const input = { name: this.args.name, proxies: this.flags.proxies };
    return this.cli.finish(await this.cli.call('user.logout-other', input), userLogoutView);
  }
}
