/** coprhd recover: brings workflows of dead processes to their end. */
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { recoverView } from '../views/recover.ts';
import { EngineCommand } from './_base/command.ts';
import { liveFlag } from './_base/flags.ts';

export default class Recover extends EngineCommand<typeof Recover> {
  static override summary = 'Bring interrupted work to its end.';
  static override description =
    'Looks at every workflow whose process has died, asks the devices what became of the open steps, and goes forward. Work that had not begun is released. Safe to run again.';
  static override examples = [{ description: 'After a crash', command: '<%= config.bin %> recover' }];
  static override flags = liveFlag;
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('recover', {}), recoverView);
  }
}
