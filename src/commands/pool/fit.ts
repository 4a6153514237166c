/** coprhd pool fit: which storage pools a virtual pool may use, and why not the others. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { poolFitView } from '../../views/pool.ts';
import { EngineCommand } from '../_base/command.ts';

export default class PoolFit extends EngineCommand<typeof PoolFit> {
  static override summary = 'Say which storage pools a virtual pool may use, and why not the others.';
  static override description =
    'Every storage pool with the room that the limits of the virtual pool leave in it, or with each fact that stands in the way: what is needed and what it has. As recorded; writes nothing. For one volume: coprhd explain, coprhd why-not.';
  static override examples = [
    { description: 'Of virtual pool gold', command: '<%= config.bin %> pool fit gold' },
    { description: 'For scripts', command: '<%= config.bin %> pool fit virtualPool.gold --plain' },
  ];
  static override args = { virtualPool: Args.string({ description: 'The virtual pool.', required: true }) };

  protected async perform(): Promise<OperationOutcome> {
    const { virtualPool } = this.args;
    return this.cli.finish(await this.cli.call('pool.fit', { virtualPool }), poolFitView);
  }
}
