/** coprhd host create: a host that no file declares. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { createByName, nameArgument, said } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';
import { initiatorFlag, inNetwork } from '../_base/host-flags.ts';

export default class HostCreate extends EngineCommand<typeof HostCreate> {
  static override summary = 'Make a host with its initiators.';
  static override description = 'Volumes can be exported to it. It belongs to who makes it, and to no plan file.';
  static override examples = [
    {
      description: 'A Linux host with one iSCSI initiator',
      command: '<%= config.bin %> host create db-1 --type linux --iqn iqn.2026-01.com.example:db-1=san',
    },
  ];
  static override args = nameArgument('host');
  static override flags = {
    type: Flags.string({ summary: 'Its operating system: linux, esx, windows...', helpValue: 'TYPE', required: true }),
    iqn: initiatorFlag('iSCSI name of an initiator'),
    wwpn: initiatorFlag('Fibre Channel port name of an initiator'),
    tenant: Flags.string({ summary: 'Tenant that it is of; by default the root tenant.', helpValue: 'NAME' }),
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { type, tenant, iqn = [], wwpn = [] } = this.flags;
    const initiators = [...iqn.map((text) => inNetwork('iqn', text)), ...wwpn.map((text) => inNetwork('wwpn', text))];
    const resources = { [this.args.name]: said({ type, tenant, initiators }) };
    return createByName(this.cli, this.flags, { kind: 'host', resources });
  }
}
