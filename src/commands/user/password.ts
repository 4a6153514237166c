/** coprhd user password: sets the password of a local user. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { userPasswordView } from '../../views/user.ts';
import { EngineCommand } from '../_base/command.ts';
import { usageError } from '../_base/usage.ts';

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
    const password = await this.#given(name);
    if (password === undefined) return 'interrupted';
    return this.cli.finish(await this.cli.call('user.password', { name, password }), userPasswordView);
  }

  /** Undefined when the person gave up. */
  async #given(name: string): Promise<string | undefined> {
    const { context, mode, signal } = this.cli;
    if (!context.stdin.isTTY) {
      const text = await context.readInput(LIMITS.secretBytesMax, signal);
      return text?.replace(/\r?\n$/, '') ?? usageError('the password is too long or not UTF-8', 'give a shorter one');
    }
    if (!mode.interactive) usageError('there is nobody to ask', 'give the password on standard input');
    const first = await this.cli.askSecret(`New password of ${name} (not shown): `);
    const again = first === undefined ? undefined : await this.cli.askSecret('Once more: ');
    if (again === undefined) return undefined;
    if (first !== again) usageError('the two passwords differ: nothing was set', 'try again');
    return first;
  }
}
