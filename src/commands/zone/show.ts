/** coprhd zone show: one zone, as recorded and as the fabric has it. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { zoneShowView } from '../../views/zone.ts';
import { EngineCommand } from '../_base/command.ts';
import { refreshFlag } from '../_base/flags.ts';

export default class ZoneShow extends EngineCommand<typeof ZoneShow> {
  static override summary = 'Show a zone: as recorded, as saved on the fabric, and as it is in effect.';
  static override description =
    'Also zones of others. Fabrics may have zones of the same name: all are shown. Writes nothing.';
  static override examples = [
    { description: 'One of ours', command: '<%= config.bin %> zone show SDS_h1_000000000101_1BFC_FA11_98d03d97' },
    { description: 'Of one network', command: '<%= config.bin %> zone show backup_zone --network fabric-a' },
  ];
  static override args = { name: Args.string({ description: 'Name of the zone on the fabric.', required: true }) };
  static override flags = {
    network: Flags.string({ summary: 'Only in this network.', helpValue: 'NAME' }),
    refresh: refreshFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const { network, refresh } = this.flags;
    const input = { name: this.args.name, ...(network === undefined ? {} : { network }), refresh };
    return this.cli.finish(await this.cli.call('zone.show', input), zoneShowView);
  }
}
