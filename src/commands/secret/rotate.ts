/** coprhd secret rotate: a new key for the vault. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { secretRotateView } from '../../views/secret.ts';
import { EngineCommand } from '../_base/command.ts';

export default class SecretRotate extends EngineCommand<typeof SecretRotate> {
  static override summary = 'Seal all secrets under a new key.';
  static override description =
    'Adds a new key to the key file and seals every secret anew. Where the last key of the file (or of COPRHD_KEY) is not in use yet, that one is taken. Others can work meanwhile if they have both keys. When it was interrupted, run it again: it goes on. Old keys stay in the file, because backups of the state may need them.';
  static override examples = [{ description: 'A new key', command: '<%= config.bin %> secret rotate' }];

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('secret.rotate', {}), secretRotateView);
  }
}
