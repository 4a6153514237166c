/** coprhd init: makes the state, and a first plan where there is a simulated data centre to try it on. */
import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { EngineCommand } from './_base/command.ts';
import { directoryFlag } from './_base/sim-flags.ts';
import { commandLine } from './_base/usage.ts';

export default class Init extends EngineCommand<typeof Init> {
  static override summary = 'Make a new, empty state, and a first plan to try it.';
  static override description =
    'The state records what was made, where, and who may change it. It gets a random installation id, which marks every object made on a device.\n\nWhere there is a simulated data centre (coprhd sim up), a first plan for it is written, too: one volume, exported to one host, with a comment on every line that differs from the careful defaults. A file that is there is never overwritten.';
  static override examples = [
    { description: 'In ./.coprhd', command: '<%= config.bin %> init' },
    { description: 'Somewhere else', command: '<%= config.bin %> init --state /var/lib/coprhd' },
  ];
  static override flags = {
    plan: Flags.string({ summary: 'Where the first plan is written.', default: 'first.yaml', helpValue: 'FILE' }),
    directory: directoryFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const made = await this.cli.call('init', {});
    const plan = await this.#writePlan();
    return this.cli.finish(
      { outcome: 'ok', diagnostics: [], ...made, ...(plan === undefined ? {} : { plan }) },
      {
        human: ({ state, installation }) => [
          `State made in ${state} (installation ${installation}).`,
          ...(plan === undefined
            ? [
                'next: coprhd sim up           a simulated data centre, to try everything on',
                '      coprhd device add       a storage system of yours, only looked at',
                '      coprhd plan PATH        what your plan files would do',
              ]
            : [
                `First plan written: ${plan} (one volume for one host, on the simulated arrays).`,
                `next: ${commandLine('plan', plan)}`,
              ]),
        ],
        plain: ({ state, installation }) => [['initialized', state, installation, plan]],
      },
    );
  }

  /** Its name; undefined where there is nothing to plan on, or such a file already. */
  async #writePlan(): Promise<string | undefined> {
    const { plan: file, directory } = this.flags;
    const there = await readFile(file).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
    );
    if (there) return undefined;
    const [{ firstPlan, inventoryOf }, { writeText }] = await Promise.all([
      import('./_base/first-plan.ts'),
      import('./_base/saved-plan.ts'),
    ]);
    const show = async (name: string | undefined, limit: number) => {
      const call = { directory, limit, ...(name === undefined ? {} : { name }) };
      return (await this.cli.call('sim', { verb: 'show', arguments: call })).output;
    };
    const inventory = await inventoryOf(show);
    if (inventory === undefined) return undefined;
    const from = relative(dirname(resolve(file)), resolve(directory));
    await writeText(file, firstPlan({ ...inventory, directory: from === '' ? '.' : from }));
    return file;
  }
}
