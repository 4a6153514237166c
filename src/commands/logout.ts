/** coprhd logout: the token is no good any more, and commands stay on this machine. */
import * as Args from '@oclif/core/args';
import { type Diagnostic, OperationError, type OperationOutcome } from '../lib/diagnostic.ts';
import { loggedOutView } from '../views/login.ts';
import { EngineCommand } from './_base/command.ts';
import { readServers, serverUrl, writeServers } from './_base/servers.ts';

export default class Logout extends EngineCommand<typeof Logout> {
  static override summary = 'Log out of a daemon.';
  static override description =
    'Its token is revoked there and forgotten here; commands use the state of this machine again. Where the daemon can not be reached the token is forgotten all the same, and ends by itself.';
  static override examples = [
    { description: 'Of the one that commands go to', command: '<%= config.bin %> logout' },
    { description: 'Of another', command: '<%= config.bin %> logout https://storage.example.com:4443' },
  ];
  static override args = {
    server: Args.string({ description: 'https://HOST:4443; by default the current one.', ignoreStdin: true }),
  };
  static override flags = {};

  protected async perform(): Promise<OperationOutcome> {
    const { env } = this.cli.context;
    const { current, servers } = readServers(env);
    const url = this.args.server === undefined ? current : serverUrl(this.args.server);
    const known = url === undefined ? undefined : servers[url];
    if (url === undefined || known === undefined) {
      return this.cli.finish({ outcome: 'ok', diagnostics: [], loggedOut: false }, loggedOutView);
    }
    const { logOut } = await import('../client/login.ts');
    const diagnostics: Diagnostic[] = [];
    await logOut({ ...known, url }).catch((error: unknown) => {
      if (!(error instanceof OperationError)) throw error;
      diagnostics.push(...error.diagnostics.map((each) => ({ ...each, severity: 'warning' as const })));
    });
    const { [url]: _gone, ...others } = servers;
    writeServers(env, { ...(current === url || current === undefined ? {} : { current }), servers: others });
    return this.cli.finish({ outcome: 'ok', diagnostics, loggedOut: true, server: url }, loggedOutView);
  }
}
