/** coprhd sim up: makes a simulated data centre. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { genericView } from '../../views/generic.ts';
import { EngineCommand } from '../_base/command.ts';
import { directoryFlag, SIM_DIRECTORY } from '../_base/sim-flags.ts';
import { commandLine } from '../_base/usage.ts';

const PRESETS = {
  small: { arrays: 2, pools: 2, hosts: 3, zones: 0 },
  medium: { arrays: 50, pools: 20, hosts: 500, zones: 5_000 },
  large: { arrays: 500, pools: 20, hosts: 5_000, zones: 50_000 },
} as const;

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
    preset: Flags.string({
      summary: 'A size; other flags change it. large: 500 arrays, 10,000 pools, 5,000 hosts, 50,000 zones.',
      options: Object.keys(PRESETS),
      default: 'small',
    }),
    arrays: Flags.integer({ summary: 'Number of arrays.', min: 1 }),
    pools: Flags.integer({ summary: 'Pools of each array.', aliases: ['pools-per-array'], min: 1 }),
    volumes: Flags.integer({ summary: 'Foreign volumes on each array.', default: 0, min: 0 }),
    fabrics: Flags.integer({ summary: 'Number of FC fabrics.', default: 2, min: 0 }),
    hosts: Flags.integer({ summary: 'Number of hosts.', min: 0 }),
    zones: Flags.integer({ summary: 'Foreign zones, over all fabrics.', min: 0 }),
    model: Flags.string({
      summary: 'Model of the arrays; given more than once, they take turns.',
      options: ['unified', 'entry', 'engines', 'flash'],
      multiple: true,
    }),
    seed: Flags.integer({
      summary: 'Who is zoned with whom. The same seed makes the same data centre.',
      default: 1,
      min: 0,
    }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { directory, preset, volumes, fabrics, model, seed } = this.flags;
    const size = PRESETS[preset as keyof typeof PRESETS];
    const { arrays = size.arrays, pools = size.pools, hosts = size.hosts, zones = size.zones } = this.flags;
    const generate = { arrays, pools, volumes, fabrics, hosts, zones, seed, ...(model ? { models: model } : {}) };
    const input = { verb: 'up' as const, arguments: { directory, generate } };
    const next = commandLine('init', ...(directory === SIM_DIRECTORY ? [] : ['--directory', directory]));
    return this.cli.finish(await this.cli.call('sim', input), {
      human: (result, style) => [...genericView.human(result, style), '', `next: ${next}`],
      plain: genericView.plain,
    });
  }
}
