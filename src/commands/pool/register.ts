/** coprhd pool register: ends a deregistration. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { registrationView } from '../../views/registration.ts';
import { EngineCommand } from '../_base/command.ts';

export default class PoolRegister extends EngineCommand<typeof PoolRegister> {
  static override summary = 'Let a pool get new volumes again.';
  static override description = 'Ends what coprhd pool deregister began. In the audit log.';
  static override examples = [{ description: 'It is ready', command: '<%= config.bin %> pool register array-1/fast' }];
  static override args = { name: Args.string({ description: 'SYSTEM/POOL.', required: true }) };

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('pool.register', { name: this.args.name }), registrationView);
  }
}
