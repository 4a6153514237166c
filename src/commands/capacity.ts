/** coprhd capacity: how much there is, is used, is promised and is left, and until when. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { capacityView } from '../views/pool.ts';
import { EngineCommand } from './_base/command.ts';
import { spanFlag } from './_base/flags.ts';

export default class Capacity extends EngineCommand<typeof Capacity> {
  static override summary = 'Show capacity by storage pool, virtual pool, project and tenant, and when it is full.';
  static override description =
    'As recorded by the last discover or apply, with what running workflows have reserved. A pool that several virtual pools use counts in each of them. Forecasts go by one sample a day, which every discover and apply keeps. Writes nothing. Exit code 0, or 2 with --within when something is full by then.';
  static override examples = [
    { description: 'All of it', command: '<%= config.bin %> capacity' },
    { description: 'In bytes, for a report', command: '<%= config.bin %> capacity --json' },
    { description: 'When each pool, virtual pool and quota is full', command: '<%= config.bin %> capacity --forecast' },
    {
      description: 'In a pipeline: exit code 2 when something is full within 90 days',
      command: '<%= config.bin %> capacity --within 90d',
    },
  ];
  static override flags = {
    forecast: Flags.boolean({
      summary: 'How much it grows a day, and when it reaches its limit, as far as its history tells.',
      default: false,
    }),
    within: spanFlag({
      flag: 'within',
      summary: 'Of the forecast only what is full within this time; exit with 2 when there is something.',
      helpValue: 'TIME',
    }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { forecast, within } = this.flags;
    if (!forecast && within === undefined) return this.cli.finish(await this.cli.call('capacity', {}), capacityView);
    const { forecastView } = await import('../views/forecast.ts');
    const asked = within === undefined ? {} : { withinMs: within };
    return this.cli.finish(await this.cli.call('capacity.forecast', asked), forecastView);
  }
}
