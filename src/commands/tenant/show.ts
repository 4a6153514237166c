/** coprhd tenant show: one tenant with all that is recorded of it. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, showByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class TenantShow extends EngineCommand<typeof TenantShow> {
  static override summary = 'Show a tenant with all its attributes.';
  static override description = 'Reads the state only, no device.';
  static override examples = [{ description: 'By its name', command: '<%= config.bin %> tenant show finance' }];
  static override args = addressArgument('tenant');
  static override flags = {};

  protected async perform(): Promise<OperationOutcome> {
    return showByName(this.cli, 'tenant', this.args.address);
  }
}
