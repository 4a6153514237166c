/** coprhd user password: sets the password of a local user. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { userPasswordView } from '../../views/user.ts';
import { EngineCommand } from '../_base/command.ts';
import { newSecret } from '../_base/typed-secret.ts';

export default class UserPassword extends EngineCommand<typeof UserPassword> {
  static override summary = 'Set the password of a local user; all logins of that user end.';
  static override description =
    'It is read from standard input, or asked for without showing it; it is never an argument. It has 8 characters or more, with a small and a capital letter, a digit and a special character, none more than three times in a row, does not contain the name, and is none of the last three.';
  static override examples = [
    { description: 'Ask for it', command: '<%= config.bin %> user password root' },
    { description: 'From a file', command: '<%= config.bin %> user password svcuser < password.txt' },
  ];
  static override args = { name: Args.string({ description: 'Name of the user.', required: true, ignoreStdin: true }) };
  static override flags = {};

  protected async perform(): Promise<OperationOutcome> {
    const { name } = this.args;
    const password = await newSecret(this.cli, `New password of ${name}`);
    if (password === undefined) return 'interrupted';
    return this.cli.finish(await this.cli.call('user.password', { name, password }), userPasswordView);
  }
}
