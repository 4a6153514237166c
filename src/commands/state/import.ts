/** coprhd state import: a backup comes back. */
import { readFile } from 'node:fs/promises';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { fail, type OperationOutcome } from '../../lib/diagnostic.ts';
import { stateImportView } from '../../views/state.ts';
import { EngineCommand } from '../_base/command.ts';
import { reasonOf } from '../_base/plan-files.ts';
import { usageError } from '../_base/usage.ts';

export default class StateImport extends EngineCommand<typeof StateImport> {
  static override summary = 'Read a state that was exported.';
  static override description =
    'The epoch of the state goes up, and every device is only observed until it is reviewed: what is on devices may be newer than the backup.';
  static override examples = [
    { description: 'Into a new state', command: '<%= config.bin %> state import state.json' },
    {
      description: 'In the place of the state that is there',
      command: '<%= config.bin %> state import state.json --replace --yes',
    },
  ];
  static override args = { file: Args.string({ description: 'Document of coprhd state export.', required: true }) };
  static override flags = {
    replace: Flags.boolean({ summary: 'Discard the state that is there.', default: false }),
    yes: Flags.boolean({ char: 'y', summary: "Don't ask before discarding.", default: false }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { replace } = this.flags;
    const document = await this.#read(this.args.file);
    if (replace && !(await this.#confirmed())) return this.cli.interrupted ? 'interrupted' : 'held';
    return this.cli.finish(await this.cli.call('state.import', { document, replace }), stateImportView);
  }

  async #read(file: string): Promise<string> {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      fail('error', {
        code: 'COPRHD-STATE-008',
        summary: `can't read ${file}: ${reasonOf(error)}`,
        fix: 'name a file that coprhd state export wrote',
      });
    }
  }

  async #confirmed(): Promise<boolean> {
    if (this.flags.yes) return true;
    if (!this.cli.mode.interactive) usageError('--replace discards the state that is there', 'confirm it with --yes');
    const answer = await this.cli.ask(`Discard the state in ${this.flags.state}? [y/N] `);
    return /^y(?:es)?$/i.test(answer?.trim() ?? '');
  }
}
