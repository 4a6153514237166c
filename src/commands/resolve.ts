/** coprhd resolve: says what became of a resource whose device can't be asked. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { fail, type OperationOutcome } from '../lib/diagnostic.ts';
import { decidedView } from '../views/task.ts';
import { EngineCommand } from './_base/command.ts';
import { declined } from './_base/confirm.ts';
import { liveFlag } from './_base/flags.ts';
import { commandLine } from './_base/usage.ts';

const MEANINGS = {
  done: 'what was to be done to it is done',
  absent: 'it is not on the device',
  foreign: 'what is there is not ours, and is left alone',
} as const;

export default class Resolve extends EngineCommand<typeof Resolve> {
  static override summary = 'Say what became of a resource whose device can not be asked any more.';
  static override description =
    'Only for what is unknown, or could not be undone. The device is asked again first, and what it answers counts; only where it does not answer, what you say does. You attest it: your name goes to the audit log and the history.\n\ndone: what was to be done is done. absent: it is not on the device. foreign: what is there is not ours, and is not touched.';
  static override examples = [
    { description: 'The array is gone for good', command: '<%= config.bin %> resolve web/volume.data-01 --as absent' },
    { description: 'In a script', command: '<%= config.bin %> resolve web/volume.data-01 --as absent --yes' },
  ];
  static override args = {
    address: Args.string({ description: 'Address of the resource, or the id of its task.', required: true }),
  };
  static override flags = {
    as: Flags.option({
      summary: 'What became of it.',
      options: ['done', 'absent', 'foreign'] as const,
      required: true,
    })(),
    yes: Flags.boolean({ char: 'y', summary: 'Attest it without being asked again.', default: false }),
    ...liveFlag,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { as, yes } = this.flags;
    const { address } = this.args;
    if (!yes && !this.cli.mode.interactive) {
      fail('usage', {
        code: 'COPRHD-PLAN-008',
        summary: `nobody can be asked whether to attest this of ${address}: there is no terminal`,
        fix: `${commandLine('resolve', address, '--as', as)} --yes`,
      });
    }
    if (!yes && !(await this.#attested(address, as))) {
      return this.cli.finish({ outcome: this.cli.interrupted ? 'interrupted' : 'held', diagnostics: [declined()] });
    }
    return this.cli.finish(await this.cli.call('resolve', { address, as }), decidedView);
  }

  async #attested(address: string, as: keyof typeof MEANINGS): Promise<boolean> {
    const answer = await this.cli.ask(`You attest of ${address}: ${MEANINGS[as]}. Is that so? [y/N] `);
    return answer !== undefined && /^y(?:es)?$/i.test(answer.trim());
  }
}
