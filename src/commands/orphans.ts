/** coprhd orphans: what is ours on devices and unknown to the state. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { orphansView } from '../views/orphans.ts';
import { EngineCommand } from './_base/command.ts';

export default class Orphans extends EngineCommand<typeof Orphans> {
  static override summary = 'List what carries our mark on devices and is not in the state.';
  static override description =
    'Volumes, masks and mappings that a lost, older or edited state has left behind. Reads devices and changes nothing, neither there nor in the state. Exit code 2 when there are some.';
  static override examples = [
    { description: 'On all storage systems', command: '<%= config.bin %> orphans' },
    { description: 'On one', command: '<%= config.bin %> orphans --system pmx-71' },
  ];
  static override flags = { system: Flags.string({ summary: 'Only this storage system.', helpValue: 'NAME' }) };

  protected async perform(): Promise<OperationOutcome> {
    const { system } = this.flags;
    return this.cli.finish(await this.cli.call('orphans', system === undefined ? {} : { system }), orphansView);
  }
}
