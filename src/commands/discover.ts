/** coprhd discover: reads devices and records what they have. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { discoverView } from '../views/drift.ts';
import { EngineCommand } from './_base/command.ts';

export default class Discover extends EngineCommand<typeof Discover> {
  static override summary = 'Read storage systems and record their pools and ports.';
  static override description =
    'Changes nothing on a device. Lists objects that are not ours; coprhd import takes one of them over.';
  static override examples = [
    { description: 'All storage systems', command: '<%= config.bin %> discover' },
    { description: 'One', command: '<%= config.bin %> discover --system pmx-71' },
  ];
  static override flags = { system: Flags.string({ summary: 'Only this storage system.', helpValue: 'NAME' }) };

  protected async perform(): Promise<OperationOutcome> {
    const { system } = this.flags;
    return this.cli.finish(await this.cli.call('discover', system === undefined ? {} : { system }), discoverView);
  }
}
