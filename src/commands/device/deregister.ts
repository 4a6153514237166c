/** coprhd device deregister: the storage system gets nothing new, and keeps what it has. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { registrationView } from '../../views/registration.ts';
import { EngineCommand } from '../_base/command.ts';
import { reasonInput, whyFlag } from '../_base/flags.ts';

export default class DeviceDeregister extends EngineCommand<typeof DeviceDeregister> {
  static override summary = 'Keep new volumes, or new zones, away from a device; what is on it stays.';
  static override description =
    'Placement chooses no pool of it any more, and why-not says who deregistered it, and when. Its volumes stay, can be exported, expanded and removed; discovery and drift go on. Saved plans that would put a new volume there are stale. Through a network system nothing new is zoned: exports that need it are held, and its zones stay. In the audit log.';
  static override examples = [
    { description: 'Say why', command: '<%= config.bin %> device deregister array-1 --why "to be replaced in March"' },
  ];
  static override args = { name: Args.string({ description: 'Name of the device.', required: true }) };
  static override flags = { why: whyFlag };

  protected async perform(): Promise<OperationOutcome> {
    const input = { name: this.args.name, ...reasonInput(this.flags) };
    return this.cli.finish(await this.cli.call('device.deregister', input), registrationView);
  }
}
