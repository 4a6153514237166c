/** coprhd zone list: zones that coprhd made or uses. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { zoneListView } from '../../views/zone.ts';
import { EngineCommand } from '../_base/command.ts';
import { kindlyRefreshFlag } from '../_base/flags.ts';

export default class ZoneList extends EngineCommand<typeof ZoneList> {
  static override summary = 'List zones that coprhd made or uses, with their members, exports and state.';
  static override description =
    'State: same, missing or changed on the fabric; changing while somebody works on it; unknown where the fabric could not be read. Writes nothing.';
  static override examples = [
    { description: 'Of all networks', command: '<%= config.bin %> zone list' },
    {
      description: 'Of one, by what was seen last',
      command: '<%= config.bin %> zone list --network fabric-a --refresh none',
    },
  ];
  static override flags = {
    network: Flags.string({ summary: 'Only this network.', helpValue: 'NAME' }),
    refresh: kindlyRefreshFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const { network, refresh } = this.flags;
    const input = { ...(network === undefined ? {} : { network }), refresh };
    return this.cli.finish(await this.cli.call('zone.list', input), zoneListView);
  }
}
