/** coprhd pool deregister: the pool gets nothing new, and keeps what it has. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { registrationView } from '../../views/registration.ts';
import { EngineCommand } from '../_base/command.ts';
import { reasonInput, whyFlag } from '../_base/flags.ts';

export default class PoolDeregister extends EngineCommand<typeof PoolDeregister> {
  static override summary = 'Keep new volumes away from a pool; those in it stay.';
  static override description =
    'Placement does not choose it any more, and why-not says who deregistered it, and when. Its volumes stay, can be exported, expanded and removed. Saved plans that would put a new volume there are stale. In the audit log.';
  static override examples = [
    { description: 'Say why', command: '<%= config.bin %> pool deregister array-1/fast --why "to be emptied"' },
  ];
  static override args = { name: Args.string({ description: 'SYSTEM/POOL.', required: true }) };
  static override flags = { why: whyFlag };

  protected async perform(): Promise<OperationOutcome> {
    const input = { name: this.args.name, ...reasonInput(this.flags) };
    return this.cli.finish(await this.cli.call('pool.deregister', input), registrationView);
  }
}
