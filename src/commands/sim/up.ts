/** coprhd sim up: makes a simulated data centre. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { genericView } from '../../views/generic.ts';
import { EngineCommand } from '../_base/command.ts';
import { directoryFlag, SIM_DIRECTORY } from '../_base/sim-flags.ts';
import { commandLine } from '../_base/usage.ts';

export default class SimUp extends EngineCommand<typeof SimUp> {
  static override summary = 'Make a simulated data centre to try everything on: arrays, fabrics, hosts.';
  static override description =
    'It lives in a directory, needs no process, and answers like a real one. What is there already is never overwritten. Hosts have an HBA for each fabric and two NICs; see coprhd sim show.';
  static override examples = [
    { description: 'Two arrays, two fabrics, three hosts', command: '<%= config.bin %> sim up' },
    {
      description: 'A larger one',
      command: '<%= config.bin %> sim up --directory big --arrays 1 --pools 100 --volumes 10000',
    },
  ];
  static override flags = {
    directory: directoryFlag,
    arrays: Flags.integer({ summary: 'Number of arrays.', default: 2, min: 1 }),
    pools: Flags.integer({ summary: 'Pools of each array.', default: 2, min: 1 }),
    volumes: Flags.integer({ summary: 'Foreign volumes on each array.', default: 0, min: 0 }),
    fabrics: Flags.integer({ summary: 'Number of FC fabrics.', default: 2, min: 0 }),
    hosts: Flags.integer({ summary: 'Number of hosts.', default: 3, min: 0 }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { directory, arrays, pools, volumes, fabrics, hosts } = this.flags;
    const generate = { arrays, pools, volumes, fabrics, hosts };
    const input = { verb: 'up' as const, arguments: { directory, generate } };
    const next = commandLine('init', ...(directory === SIM_DIRECTORY ? [] : ['--directory', directory]));
    return this.cli.finish(await this.cli.call('sim', input), {
      human: (result, style) => [...genericView.human(result, style), '', `next: ${next}`],
      plain: genericView.plain,
    });
  }
}
