/** coprhd sim fault: makes a simulated array misbehave. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { genericView } from '../../views/generic.ts';
import { EngineCommand } from '../_base/command.ts';
import { arrayArgument, directoryFlag, wordsToObject } from '../_base/sim-flags.ts';
import { usageError } from '../_base/usage.ts';

export default class SimFault extends EngineCommand<typeof SimFault> {
  static override summary = 'Make a simulated array misbehave.';
  static override description =
    'A fault is given as NAME=VALUE: operation (or *), and one of before=CLASS (fails, nothing has happened), after (happens, the answer is lost), latencyMs=N, partial, vanish; times=N and match=TEXT limit it. Without any, the faults that are set are listed.';
  static override examples = [
    {
      description: 'The next volume is made, but the answer is lost',
      command: '<%= config.bin %> sim fault sim-1 operation=ensureVolume after times=1',
    },
    { description: 'Everything is busy', command: "<%= config.bin %> sim fault sim-1 'operation=*' before=busy" },
    { description: 'Enough', command: '<%= config.bin %> sim fault sim-1 --clear all' },
  ];
  static override args = {
    array: arrayArgument,
    fault: Args.string({ description: 'The fault, as NAME=VALUE words.', multiple: true }),
  };
  static override flags = {
    directory: directoryFlag,
    clear: Flags.string({ summary: 'Clear one fault by its id, or all.', helpValue: 'ID|all' }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { directory, clear } = this.flags;
    const words = this.args.fault ?? [];
    if (clear !== undefined && clear !== 'all' && !/^\d+$/.test(clear)) {
      usageError(`--clear: ${JSON.stringify(clear)} is no id of a fault`, 'write --clear ID or --clear all');
    }
    const call = {
      directory,
      array: this.args.array,
      ...(words.length === 0 ? {} : { add: wordsToObject(words) }),
      ...(clear === undefined ? {} : { clear: clear === 'all' ? 'all' : Number(clear) }),
    };
    return this.cli.finish(await this.cli.call('sim', { verb: 'fault', arguments: call }), genericView);
  }
}
