/** coprhd user list: the local users. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { userListView } from '../../views/user.ts';
import { EngineCommand } from '../_base/command.ts';

export default class UserList extends EngineCommand<typeof UserList> {
  static override summary = 'List the local users of a daemon, their roles and how often they are logged in.';
  static override description =
    'There are root, sysmonitor, svcuser and proxyuser, as in CoprHD, once a daemon was started. Nobody can log in as one of them until a password is set; that of root is made by the first start.';
  static override examples = [{ description: 'All of them', command: '<%= config.bin %> user list' }];

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('user.list', {}), userListView);
  }
}
