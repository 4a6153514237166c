/** coprhd thaw: ends a freeze. */
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { thawView } from '../views/freeze.ts';
import { EngineCommand } from './_base/command.ts';

export default class Thaw extends EngineCommand<typeof Thaw> {
  static override summary = 'End a freeze.';
  static override description =
    'Starts nothing by itself: what the freeze has stopped goes on with coprhd recover, and is listed. In the audit log.';
  static override examples = [{ description: 'It is over', command: '<%= config.bin %> thaw' }];

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('thaw', {}), thawView);
  }
}
