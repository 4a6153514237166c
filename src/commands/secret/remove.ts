/** coprhd secret remove: takes a secret out of the vault. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { secretRemoveView } from '../../views/secret.ts';
import { EngineCommand } from '../_base/command.ts';
import { usageError } from '../_base/usage.ts';

export default class SecretRemove extends EngineCommand<typeof SecretRemove> {
  static override summary = 'Remove a secret.';
  static override description =
    'Refused while a storage system uses it. It is gone for good, but in backups and on the disk of the state sealed copies may be left.';
  static override examples = [
    { description: 'One that nothing uses', command: '<%= config.bin %> secret remove array-1' },
  ];
  static override args = { name: Args.string({ description: 'Name of the secret.', required: true }) };
  static override flags = { yes: Flags.boolean({ char: 'y', summary: "Don't ask.", default: false }) };

  protected async perform(): Promise<OperationOutcome> {
    const { name } = this.args;
    if (!(await this.#confirmed(name))) return this.cli.interrupted ? 'interrupted' : 'held';
    return this.cli.finish(await this.cli.call('secret.remove', { name }), secretRemoveView);
  }

  async #confirmed(name: string): Promise<boolean> {
    if (this.flags.yes) return true;
    if (!this.cli.mode.interactive) usageError('a secret that is removed is gone', 'confirm it with --yes');
    const answer = await this.cli.ask(`Remove the secret ${name} for good? [y/N] `);
    return /^y(?:es)?$/i.test(answer?.trim() ?? '');
  }
}
