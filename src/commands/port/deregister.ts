/** coprhd port deregister: the port gets nothing new, and keeps what it has. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { registrationView } from '../../views/registration.ts';
import { EngineCommand } from '../_base/command.ts';
import { reasonInput, whyFlag } from '../_base/flags.ts';

export default class PortDeregister extends EngineCommand<typeof PortDeregister> {
  static override summary = 'Keep new masks away from a port; those that have it keep it.';
  static override description =
    'When a mask is made for a host on the storage system, the port is not among those that are chosen. Masks that were made before keep it, and their paths with it. Saved plans that would make a mask with it are stale. In the audit log.';
  static override examples = [
    {
      description: 'Say why',
      command: '<%= config.bin %> port deregister array-1/SP-A1 --why "its switch is replaced"',
    },
  ];
  static override args = { name: Args.string({ description: 'SYSTEM/PORT.', required: true }) };
  static override flags = { why: whyFlag };

  protected async perform(): Promise<OperationOutcome> {
    const input = { name: this.args.name, ...reasonInput(this.flags) };
    return this.cli.finish(await this.cli.call('port.deregister', input), registrationView);
  }
}
