/** coprhd device list: the storage systems. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { deviceListView } from '../../views/device.ts';
import { EngineCommand } from '../_base/command.ts';

export default class DeviceList extends EngineCommand<typeof DeviceList> {
  static override summary = 'List devices with their modes, pools and ports, or fabrics.';
  static override description =
    'As they were last observed. A device may be changed only in mode "manage", and only within its scope.';
  static override examples = [{ description: 'All devices', command: '<%= config.bin %> device list' }];

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('device.list', {}), deviceListView);
  }
}
