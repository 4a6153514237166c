/** coprhd host change: initiators of a host that was made by name. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { addressArgument, changeByName } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags, severalFlag } from '../_base/flags.ts';
import { initiatorFlag, inNetwork } from '../_base/host-flags.ts';

export default class HostChange extends EngineCommand<typeof HostChange> {
  static override summary = 'Add initiators to a host, or take some off.';
  static override description =
    'Only of hosts that were made by name: what a plan file declares is changed in the file. What the host sees, new initiators see too; one that is logged in is not taken off.';
  static override examples = [
    {
      description: 'A new adapter for an old one',
      command:
        '<%= config.bin %> host change db-1 --add-iqn iqn.2026-01.com.example:db-1b=san --remove-initiator iqn.2026-01.com.example:db-1',
    },
  ];
  static override args = addressArgument('host');
  static override flags = {
    'add-iqn': initiatorFlag('iSCSI name of a new initiator'),
    'add-wwpn': initiatorFlag('Fibre Channel port name of a new initiator'),
    'remove-initiator': severalFlag('Initiator that is taken off', 'NAME'),
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { 'add-iqn': iqn = [], 'add-wwpn': wwpn = [], 'remove-initiator': remove = [] } = this.flags;
    return changeByName(this.cli, this.flags, 'host', this.args.address, {
      add: {
        initiators: [
          ...iqn.map((text) => inNetwork('iqn', text, 'add-iqn')),
          ...wwpn.map((text) => inNetwork('wwpn', text, 'add-wwpn')),
        ],
      },
      remove: { initiators: remove },
    });
  }
}
