/** coprhd access report: which initiator reaches which LUN. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { accessView } from '../../views/access.ts';
import { EngineCommand } from '../_base/command.ts';
import { kindlyRefreshFlag } from '../_base/flags.ts';

export default class AccessReport extends EngineCommand<typeof AccessReport> {
  static override summary =
    'Report which initiator reaches which LUN, by which mask and zones: ours and those of others.';
  static override description =
    'From what storage systems and fabrics show, not from what is recorded. Zones of others that open a storage port are listed too, whether or not a mask admits who is in them. Exit code 1 when a device could not be read: what it shows to whom is not in the report then. Writes nothing.';
  static override examples = [
    { description: 'Everything, as of now', command: '<%= config.bin %> access report --refresh full' },
    { description: 'Who reaches one volume', command: '<%= config.bin %> access report --volume web/volume.data-01' },
    { description: 'What a host reaches', command: '<%= config.bin %> access report --host db-1 --json' },
  ];
  static override flags = {
    host: Flags.string({ summary: 'Only initiators of this host.', helpValue: 'NAME' }),
    system: Flags.string({ summary: 'Only this storage system.', helpValue: 'NAME' }),
    initiator: Flags.string({ summary: 'Only this initiator: a WWPN or an iSCSI name.', helpValue: 'PORT' }),
    volume: Flags.string({ summary: 'Only this volume.', helpValue: 'ADDRESS' }),
    refresh: kindlyRefreshFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const { host, system, initiator, volume, refresh } = this.flags;
    const asked = {
      ...(host === undefined ? {} : { host }),
      ...(system === undefined ? {} : { system }),
      ...(initiator === undefined ? {} : { initiator }),
      ...(volume === undefined ? {} : { volume }),
      refresh,
    };
    return this.cli.finish(await this.cli.call('access.report', asked), accessView);
  }
}
