/** coprhd network fabrics: what network systems show of their fabrics. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { networkFabricsView } from '../../views/fabric.ts';
import { EngineCommand } from '../_base/command.ts';
import { kindlyRefreshFlag } from '../_base/flags.ts';

export default class NetworkFabrics extends EngineCommand<typeof NetworkFabrics> {
  static override summary = 'Show the fabrics of network systems, and how they are zoned.';
  static override description =
    'Of each fabric: its switches, who is logged in, zones (in effect, and ours), aliases, the configuration in effect, edits of others that are open or not activated, and how full the zone database is. With --contents every endpoint, alias and zone. Changes nothing.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> network fabrics' },
    {
      description: 'Of one network system, looked at now',
      command: '<%= config.bin %> network fabrics core-a --refresh full',
    },
    {
      description: 'Every zone of one fabric, for scripts',
      command: '<%= config.bin %> network fabrics core-a --fabric net-a --contents --json',
    },
  ];
  static override args = {
    networkSystem: Args.string({ description: 'Name of a network system; all when left out.' }),
  };
  static override flags = {
    fabric: Flags.string({
      summary: 'Only this fabric: the name of its network, its own name, its number or WWN.',
      helpValue: 'NAME',
    }),
    contents: Flags.boolean({ summary: 'All endpoints, aliases and zones, too.', default: false }),
    refresh: kindlyRefreshFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const { fabric, contents } = this.flags;
    const { networkSystem: system } = this.args;
    const input = {
      ...(system === undefined ? {} : { system }),
      ...(fabric === undefined ? {} : { fabric }),
      ...(contents ? { contents } : {}),
      refresh: this.flags.refresh,
    };
    return this.cli.finish(await this.cli.call('network.fabrics', input), networkFabricsView);
  }
}
