/** coprhd sim serve: fabrics of the simulated data centre as switches of vendors, over SSH and HTTPS. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { servingView } from '../../views/sim-serve.ts';
import { EngineCommand } from '../_base/command.ts';
import { directoryFlag, portsOf } from '../_base/sim-flags.ts';
import { usageError } from '../_base/usage.ts';

export default class SimServe extends EngineCommand<typeof SimServe> {
  static override summary = 'Serve fabrics of the simulated data centre as Brocade and Cisco switches.';
  static override description =
    'Runs until Ctrl-C. Switches listen on 127.0.0.1: a Brocade fabric by SSH and HTTPS (REST), a Cisco one by SSH, each switch of it on a port of its own. Hosts, arrays and cables are those of the data centre at the start. Zones are those of its fabrics at first; what is changed from then on is kept in the directory, at the latest a quarter of a second later, and there again at the next start, as are host key and certificate; sim reset forgets the zones. To be a colleague who changes zones by hand, log in as admin: ssh -p PORT admin@127.0.0.1.';
  static override examples = [
    { description: 'The first fabric as Brocade, the second as Cisco', command: '<%= config.bin %> sim serve' },
    {
      description: 'With ports that are the same each time',
      command:
        '<%= config.bin %> sim serve --brocade fabric-a --https-port fabric-a=8443 --cisco fabric-b --ssh-port fabric-b=2222',
    },
    { description: 'Basic zoning, which has no lock', command: '<%= config.bin %> sim serve --zone-mode basic' },
  ];
  static override flags = {
    directory: directoryFlag,
    brocade: Flags.string({ summary: 'A fabric of a Brocade switch.', multiple: true, helpValue: 'FABRIC' }),
    cisco: Flags.string({ summary: 'A fabric of Cisco MDS switches.', multiple: true, helpValue: 'FABRIC' }),
    'ssh-port': Flags.string({
      summary: 'Of the principal switch of a fabric. Default: any that is free.',
      multiple: true,
      helpValue: 'FABRIC=PORT',
    }),
    'https-port': Flags.string({ summary: 'The same for HTTPS.', multiple: true, helpValue: 'FABRIC=PORT' }),
    vsan: Flags.integer({ summary: 'The VSAN of Cisco fabrics.', default: 20, min: 1, max: 4_078 }),
    'zone-mode': Flags.string({
      summary: 'How Cisco fabrics are zoned.',
      options: ['enhanced', 'basic'],
      default: 'enhanced',
    }),
    password: Flags.string({
      summary: 'Of the accounts coprhd and admin. Everybody on this machine can see it.',
      default: 'simulated',
    }),
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { cli } = this;
    const { brocade = [], cisco = [], password, directory, vsan, 'zone-mode': zoneMode } = this.flags;
    const serve = cli.context.serveFabrics ?? usageError('nothing can be served from here', 'run it on a machine');
    const { close, fabrics, accounts } = await serve({
      ...{ directory, brocade, cisco, password, vsan },
      zoneMode: zoneMode as 'enhanced' | 'basic',
      sshPorts: portsOf('--ssh-port', this.flags['ssh-port']),
      httpsPorts: portsOf('--https-port', this.flags['https-port']),
    });
    const facts = { fabrics, accounts, password };
    cli.show(servingView, facts);
    cli.line({ type: 'sim.serving', ...facts });
    await new Promise<void>((resolve) => {
      if (cli.signal.aborted) resolve();
      cli.signal.addEventListener('abort', () => resolve());
    });
    await close();
    return cli.finish({ outcome: 'ok', diagnostics: [] });
  }
}
