/** coprhd drift: what differs on the devices. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { driftView } from '../views/drift.ts';
import { EngineCommand } from './_base/command.ts';
import { partInput, seenPartFlags } from './_base/flags.ts';

export default class Drift extends EngineCommand<typeof Drift> {
  static override summary = 'Show where devices differ from what is recorded.';
  static override description = 'Reads devices and writes nothing. Exit code 2 when there is drift.';
  static override examples = [
    { description: 'All storage systems', command: '<%= config.bin %> drift' },
    { description: 'One', command: '<%= config.bin %> drift --system pmx-71' },
  ];
  static override flags = {
    system: Flags.string({ summary: 'Only this storage system.', helpValue: 'NAME' }),
    ...seenPartFlags,
  };

  protected async perform(): Promise<OperationOutcome> {
    const { system } = this.flags;
    const input = { ...(system === undefined ? {} : { system }), ...partInput(this.flags) };
    return this.cli.finish(await this.cli.call('drift', input), driftView);
  }
}
