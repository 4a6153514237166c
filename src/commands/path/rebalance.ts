/** coprhd path rebalance: paths of an export chosen afresh, where that is better. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { NamedPath } from '../../engine/operations/path-types.ts';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { adjustThenApply } from '../_base/adjust-flow.ts';
import { flowOptions } from '../_base/apply-flow.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags, pendingFlag, pendingInput, removePathsFlag } from '../_base/flags.ts';
import { commandLine, usageError } from '../_base/usage.ts';

export default class PathRebalance extends EngineCommand<typeof PathRebalance> {
  static override summary = 'Choose the paths of an export afresh, and exchange those that are worse.';
  static override description =
    'Applying a plan never moves a path that is there, however the load has changed since. This does: it compares the paths of each host with what would be chosen today, and shows what is better (HA domains, physical ports, fabrics evened out, load of the ports by more than a margin). Add before remove: the first run adds the new paths and their zones; when the hosts have found them (rescan, multipath -ll), a run with --remove takes the replaced ones away. Over Fibre Channel only: over IP the host chooses. With --pair and --without nothing is chosen: these paths are added, and those go, where the rules of the virtual pool allow it.';
  static override examples = [
    { description: 'See what would be better', command: '<%= config.bin %> path rebalance erp/export.db --dry-run' },
    { description: 'Add the new paths', command: '<%= config.bin %> path rebalance erp/export.db' },
    {
      description: 'Take away the replaced ones, once the hosts use the new ones',
      command: '<%= config.bin %> path rebalance erp/export.db --remove',
    },
    {
      description: 'One path in the place of another, by name',
      command:
        '<%= config.bin %> path rebalance erp/export.db --pair 10:00:00:00:00:00:01:01=array-1/FA-3-1 --without 10:00:00:00:00:00:01:01=array-1/FA-1-1',
    },
  ];
  static override args = { address: Args.string({ description: 'Address of the export.', required: true }) };
  static override flags = {
    pair: Flags.string({
      summary: 'This path, and no chosen one. May be given several times.',
      helpValue: 'INITIATOR=SYSTEM/PORT',
      multiple: true,
      default: [],
    }),
    without: Flags.string({
      summary: 'This path goes, with --remove. May be given several times.',
      helpValue: 'INITIATOR=SYSTEM/PORT',
      multiple: true,
      default: [],
    }),
    remove: removePathsFlag,
    'activate-pending': pendingFlag,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { address } = this.args;
    const { remove, pair, without } = this.flags;
    const named = [...pair.flatMap((text) => ['--pair', text]), ...without.flatMap((text) => ['--without', text])];
    const exactly = named.length === 0 ? {} : { exactly: { add: pair.map(pathOf), remove: without.map(pathOf) } };
    const options = flowOptions(this.flags, commandLine('path', 'rebalance', address, ...named));
    return adjustThenApply(this.cli, options, () =>
      this.cli.call('path.rebalance', { address, remove, ...exactly, ...pendingInput(this.flags) }),
    );
  }
}

function pathOf(text: string): NamedPath {
  const [initiator = '', port = '', ...more] = text.split('=');
  if (initiator !== '' && port !== '' && more.length === 0) return { initiator, port };
  usageError(`"${text}" is no path`, 'write INITIATOR=SYSTEM/PORT, as 10:00:00:00:00:00:01:01=array-1/FA-1-1');
}
