/** coprhd device register: ends a deregistration. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { registrationView } from '../../views/registration.ts';
import { EngineCommand } from '../_base/command.ts';

export default class DeviceRegister extends EngineCommand<typeof DeviceRegister> {
  static override summary = 'Let a device get new volumes, or new zones, again.';
  static override description = 'Ends what coprhd device deregister began. In the audit log.';
  static override examples = [{ description: 'It is ready', command: '<%= config.bin %> device register array-1' }];
  static override args = { name: Args.string({ description: 'Name of the device.', required: true }) };

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('device.register', { name: this.args.name }), registrationView);
  }
}
