/** coprhd secret list: what the vault holds. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { secretListView } from '../../views/secret.ts';
import { EngineCommand } from '../_base/command.ts';

export default class SecretList extends EngineCommand<typeof SecretList> {
  static override summary = 'List secrets: names, when and by whom they were set, what uses them.';
  static override description = 'Never their values. Needs no key.';
  static override examples = [{ description: 'All secrets', command: '<%= config.bin %> secret list' }];

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('secret.list', {}), secretListView);
  }
}
