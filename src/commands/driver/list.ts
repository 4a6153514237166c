/** coprhd driver list: which devices can be driven, and how well that is proven. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { driverListView } from '../../views/device.ts';
import { EngineCommand } from '../_base/command.ts';

export default class DriverList extends EngineCommand<typeof DriverList> {
  static override summary = 'List drivers, what they can do, and on what evidence.';
  static override examples = [{ description: 'All drivers', command: '<%= config.bin %> driver list' }];

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('driver.list', {}), driverListView);
  }
}
