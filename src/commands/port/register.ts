/** coprhd port register: ends a deregistration. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { registrationView } from '../../views/registration.ts';
import { EngineCommand } from '../_base/command.ts';

export default class PortRegister extends EngineCommand<typeof PortRegister> {
  static override summary = 'Let a port be used by new masks again.';
  static override description = 'Ends what coprhd port deregister began. In the audit log.';
  static override examples = [{ description: 'It is ready', command: '<%= config.bin %> port register array-1/SP-A1' }];
  static override args = { name: Args.string({ description: 'SYSTEM/PORT.', required: true }) };

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('port.register', { name: this.args.name }), registrationView);
  }
}
