/** coprhd secret set: puts a secret into the vault. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { secretSetView } from '../../views/secret.ts';
import { EngineCommand } from '../_base/command.ts';
import { newSecret } from '../_base/typed-secret.ts';
import { usageError } from '../_base/usage.ts';

export default class SecretSet extends EngineCommand<typeof SecretSet> {
  static override summary = 'Keep a secret in the state, encrypted.';
  static override description =
    'The value is read from standard input, or asked for without showing it; one newline at its end is left out. It is never an argument, which others could see in ps. Plan files refer to it as vault:NAME. A secret that is there already gets the new value.';
  static override examples = [
    { description: 'Ask for it', command: '<%= config.bin %> secret set array-1' },
    { description: 'From a file', command: '<%= config.bin %> secret set array-1 < password.txt' },
    { description: 'From a password manager', command: 'pass show array-1 | <%= config.bin %> secret set array-1' },
  ];
  static override args = {
    // oclif would take a missing argument from standard input, where the secret is.
    name: Args.string({ description: 'Name of the secret.', required: true, ignoreStdin: true }),
    /** Taken only to be refused: what stands here must not be repeated, as a complaint about arguments would. */
    value: Args.string({ hidden: true, ignoreStdin: true }),
  };
  static override strict = false;

  protected async perform(): Promise<OperationOutcome> {
    const { name, value } = this.args;
    if (value !== undefined) {
      usageError(
        'the value of a secret is never an argument: nothing was set',
        'others can see arguments, and the shell keeps them: if this was the secret, change it. Then: coprhd secret set NAME < FILE',
      );
    }
    const given = await newSecret(this.cli, `Value of ${name}`);
    if (given === undefined) return 'interrupted';
    return this.cli.finish(await this.cli.call('secret.set', { name, value: given }), secretSetView);
  }
}
