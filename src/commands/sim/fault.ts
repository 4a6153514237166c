/** coprhd sim fault: makes the simulated data centre misbehave. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { genericView } from '../../views/generic.ts';
import { EngineCommand } from '../_base/command.ts';
import { directoryFlag, wordsToObject } from '../_base/sim-flags.ts';
import { usageError } from '../_base/usage.ts';

/** Faults of the data centre itself, and the one value that each takes. */
const PHYSICAL = {
  'pull-cable': 'cable',
  'plug-cable': 'cable',
  'switch-down': 'switch',
  'switch-up': 'switch',
  'host-off': 'host',
  'host-on': 'host',
} as const;
const isPhysical = (word: string): word is keyof typeof PHYSICAL => Object.hasOwn(PHYSICAL, word);

export default class SimFault extends EngineCommand<typeof SimFault> {
  static override summary = 'Break something in the simulated data centre, or make an array or a fabric misbehave.';
  static override description = [
    'Physical, by name: pull-cable [PORT] and plug-cable [PORT] (a port is written OWNER:PORT, as in sim-1:SP-A1 or host-1:hba0; without one, the first cable is pulled and all are plugged in again), switch-down and switch-up SWITCH, host-off and host-on HOST. What is broken: coprhd sim show.',
    'Of an array or a fabric, as NAME=VALUE: operation (of the driver contract; for a fabric also activate, with before: it rejects the activation; * is any), and one of before=CLASS (fails, nothing has happened; CLASS is transient, busy, conflict, exists, not-found, auth, invalid, unsupported, capacity or ambiguous), after (happens, the answer is lost), latencyMs=N, partial (lists leave something out and say so), vanish (and do not say so); times=N and match=TEXT limit it. Without any, the faults that are set are listed. Ports, directors and pools of an array go down with coprhd sim edit.',
  ].join('\n\n');
  static override examples = [
    { description: 'A cable comes out', command: '<%= config.bin %> sim fault pull-cable sim-1:SP-A1' },
    { description: 'And all cables are in again', command: '<%= config.bin %> sim fault plug-cable' },
    {
      description: 'The next volume is made, but the answer is lost',
      command: '<%= config.bin %> sim fault sim-1 operation=ensureVolume after times=1',
    },
    { description: 'Everything is busy', command: "<%= config.bin %> sim fault sim-1 'operation=*' before=busy" },
    { description: 'Enough', command: '<%= config.bin %> sim fault sim-1 --clear all' },
  ];
  static override args = {
    target: Args.string({
      description: 'Name of an array or a fabric, or one of the physical faults.',
      required: true,
    }),
    fault: Args.string({
      description: 'The fault, as NAME=VALUE words; what a physical one is about.',
      multiple: true,
    }),
  };
  static override flags = {
    directory: directoryFlag,
    clear: Flags.string({ summary: 'Clear one fault of an array or a fabric by its id, or all.', helpValue: 'ID|all' }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { target, fault: words = [] } = this.args;
    return isPhysical(target) ? this.breakOrMend(target, words) : this.ofArray(target, words);
  }

  private async breakOrMend(fault: keyof typeof PHYSICAL, words: readonly string[]): Promise<OperationOutcome> {
    const { directory, clear } = this.flags;
    const key = PHYSICAL[fault];
    if (words.length > 1) usageError(`${fault} takes one ${key}`, `write ${fault} ${key.toUpperCase()}`);
    if (clear !== undefined)
      usageError('--clear is for faults of arrays and fabrics', 'mend it: plug-cable, switch-up, host-on');
    const name = words[0]?.startsWith(`${key}=`) ? words[0].slice(key.length + 1) : words[0];
    const call = { directory, fault: { fault, ...(name === undefined ? {} : { [key]: name }) } };
    return this.cli.finish(await this.cli.call('sim', { verb: 'break', arguments: call }), genericView);
  }

  private async ofArray(array: string, words: readonly string[]): Promise<OperationOutcome> {
    const { directory, clear } = this.flags;
    if (clear !== undefined && clear !== 'all' && !/^\d+$/.test(clear)) {
      usageError(`--clear: ${JSON.stringify(clear)} is no id of a fault`, 'write --clear ID or --clear all');
    }
    const call = {
      directory,
      array,
      ...(words.length === 0 ? {} : { add: wordsToObject(words) }),
      ...(clear === undefined ? {} : { clear: clear === 'all' ? 'all' : Number(clear) }),
    };
    return this.cli.finish(await this.cli.call('sim', { verb: 'fault', arguments: call }), genericView);
  }
}
