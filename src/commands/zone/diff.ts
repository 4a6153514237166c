/** coprhd zone diff: our records against the fabric, and what is saved against what is in effect. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { zoneDiffView } from '../../views/zone-check.ts';
import { EngineCommand } from '../_base/command.ts';

export default class ZoneDiff extends EngineCommand<typeof ZoneDiff> {
  static override summary =
    'Compare zones as recorded with the fabrics, and what is saved there with what is in effect.';
  static override description =
    "Reads fabrics now and writes nothing. Exit code 2 when a zone of ours is missing or changed, or something is saved and not in effect. Zones of others that join the same ports are listed, and are no difference. Switches don't say who saved an edit: whatever is not a zone of ours as recorded is somebody else's.";
  static override examples = [
    { description: 'All networks that coprhd zones', command: '<%= config.bin %> zone diff' },
    { description: 'One', command: '<%= config.bin %> zone diff fabric-a' },
  ];
  static override args = { network: Args.string({ description: 'Name of a network.' }) };

  protected async perform(): Promise<OperationOutcome> {
    const { network } = this.args;
    return this.cli.finish(await this.cli.call('zone.diff', network === undefined ? {} : { network }), zoneDiffView);
  }
}
