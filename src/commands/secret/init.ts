/** coprhd secret init: the first key of the vault. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { secretInitView } from '../../views/secret.ts';
import { EngineCommand } from '../_base/command.ts';

export default class SecretInit extends EngineCommand<typeof SecretInit> {
  static override summary = 'Make the key that secrets are sealed with.';
  static override description =
    'Writes it to the file that COPRHD_KEY_FILE names, else to coprhd/key in the configuration directory of the user, readable for its owner only. Keep a copy of it elsewhere: without the key, no secret of this state or of its backups can be read. It belongs neither into the state nor beside its backups. A key that is there already is taken as it is.';
  static override examples = [
    { description: "In the user's configuration directory", command: '<%= config.bin %> secret init' },
    {
      description: 'In a file of your choice',
      command: 'COPRHD_KEY_FILE=/etc/coprhd/key <%= config.bin %> secret init',
    },
  ];

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('secret.init', {}), secretInitView);
  }
}
