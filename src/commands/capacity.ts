/** coprhd capacity: how much there is, is used, is promised and is left. */
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { capacityView } from '../views/pool.ts';
import { EngineCommand } from './_base/command.ts';

export default class Capacity extends EngineCommand<typeof Capacity> {
  static override summary = 'Show capacity by storage pool, virtual pool, project and tenant.';
  static override description =
    'As recorded by the last discover or apply, with what running workflows have reserved. A pool that several virtual pools use counts in each of them. Writes nothing.';
  static override examples = [
    { description: 'All of it', command: '<%= config.bin %> capacity' },
    { description: 'In bytes, for a report', command: '<%= config.bin %> capacity --json' },
  ];

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('capacity', {}), capacityView);
  }
}
