/** coprhd daemon show: how daemons serve. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { daemonSettingsView } from '../../views/daemon.ts';
import { EngineCommand } from '../_base/command.ts';

export default class DaemonShow extends EngineCommand<typeof DaemonShow> {
  static override summary = 'Show what nodes that start with a bootstrap file are told.';
  static override description = 'Without --node what all are told; with it what that one goes by.';
  static override examples = [
    { description: 'All nodes', command: '<%= config.bin %> daemon show' },
    { description: 'One of them', command: '<%= config.bin %> daemon show --node node-1' },
  ];
  static override flags = { node: Flags.string({ summary: 'Name of the node.', helpValue: 'NAME' }) };

  protected async perform(): Promise<OperationOutcome> {
    const { node } = this.flags;
    const result = await this.cli.call('daemon.settings', node === undefined ? {} : { node });
    return this.cli.finish(result, daemonSettingsView);
  }
}
