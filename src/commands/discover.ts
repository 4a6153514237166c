/** coprhd discover: reads devices and records what they have, or how busy they are. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { discoverView } from '../views/drift.ts';
import { metricsView } from '../views/metrics.ts';
import { EngineCommand } from './_base/command.ts';

export default class Discover extends EngineCommand<typeof Discover> {
  static override summary = 'Read devices and record what they have: pools and ports, logins of fabrics.';
  static override description =
    `Changes nothing on a device. Lists objects that are not ours; coprhd import takes one of them over.

A storage system that can tell what has changed is asked only for that, and for its pools, ports and masks; the output says which ones were read so. All of it is read once in 24 hours, with --whole, and whenever there is doubt.

Of a network system it reads each fabric: switches, ports that are logged in, aliases, zones, the configuration in effect, and edits of others that are open or not activated. Ports that are logged in are recorded as endpoints of the network that is declared as the fabric; one that isn't logged in any more is named, and stays recorded.

With --metrics only the counters of ports and directors are read, and how busy they were since the last time is kept, averaged over a day and over days. Placement prefers storage systems whose ports are less busy. Run it at equal intervals, every hour for instance. What was measured more than 48 hours ago is not gone by.`;
  static override examples = [
    { description: 'All devices', command: '<%= config.bin %> discover' },
    { description: 'One', command: '<%= config.bin %> discover pmx-71' },
    { description: 'The fabrics of a network system', command: '<%= config.bin %> discover core-a' },
    { description: 'All of it, whatever it tells of changes', command: '<%= config.bin %> discover pmx-71 --whole' },
    { description: 'How busy the ports of all are, as every hour', command: '<%= config.bin %> discover --metrics' },
    { description: 'Of two, for scripts', command: '<%= config.bin %> discover --metrics pmx-71 unity-2 --json' },
  ];
  static override args = {
    system: Args.string({ description: 'Storage or network systems; all when left out.', multiple: true }),
  };
  static override flags = {
    metrics: Flags.boolean({ summary: 'Sample the counters of ports and directors instead.', default: false }),
    system: Flags.string({ summary: 'Only this storage or network system.', helpValue: 'NAME' }),
    whole: Flags.boolean({
      summary: 'Read all of each storage system, also where it can tell what has changed.',
      default: false,
      exclusive: ['metrics'],
    }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { system, metrics, whole } = this.flags;
    const systems = [...(this.args.system ?? []), ...(system === undefined ? [] : [system])];
    const input = systems.length === 0 ? {} : { systems };
    if (metrics) return this.cli.finish(await this.cli.call('discover.metrics', input), metricsView);
    const how = whole ? { whole } : {};
    return this.cli.finish(await this.cli.call('discover', { ...input, ...how }), discoverView);
  }
}
