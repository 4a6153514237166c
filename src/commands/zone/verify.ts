/** coprhd zone verify: whether every recorded path is open on its fabric. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { zoneVerifyView } from '../../views/zone-check.ts';
import { EngineCommand } from '../_base/command.ts';

export default class ZoneVerify extends EngineCommand<typeof ZoneVerify> {
  static override summary =
    'Check that every recorded path is open: zoned in what is in effect, and both ends logged in.';
  static override description =
    'Reads fabrics now and writes nothing. Exit code 0 when all are open, 2 when one is not, 1 when a fabric could not be read.';
  static override examples = [
    { description: 'All paths', command: '<%= config.bin %> zone verify' },
    { description: 'Of one network', command: '<%= config.bin %> zone verify fabric-a' },
    { description: 'Of one export', command: '<%= config.bin %> zone verify web/export.web-1' },
  ];
  static override args = { target: Args.string({ description: 'Name of a network, or address of an export.' }) };

  protected async perform(): Promise<OperationOutcome> {
    const { target } = this.args;
    return this.cli.finish(await this.cli.call('zone.verify', target === undefined ? {} : { target }), zoneVerifyView);
  }
}
