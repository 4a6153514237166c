/** coprhd reclaim report: what could be given back, and whose it is. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { RECLAIM_REASON_CHOICES, reclaimView } from '../../views/reclaim.ts';
import { EngineCommand } from '../_base/command.ts';
import { spanFlag } from '../_base/flags.ts';

export default class ReclaimReport extends EngineCommand<typeof ReclaimReport> {
  static override summary = 'Report what could be given back: whose it is, why, how much, and how it would be removed.';
  static override description =
    'Volumes that nobody is shown or logged in to, old snapshots and full copies, what is in quarantine, given up or orphaned. By the records and by what apply and discover saw last: looks at no device and changes nothing. A hint and no proof: a standby host is not logged in either.';
  static override examples = [
    { description: 'All of it, the largest first', command: '<%= config.bin %> reclaim report' },
    {
      description: 'What nobody has used for three months, of one project',
      command: '<%= config.bin %> reclaim report --project web --older-than 90d',
    },
    {
      description: 'Volumes that are mapped to nobody, for a script',
      command: '<%= config.bin %> reclaim report --reason unmapped --json',
    },
  ];
  static override flags = {
    project: Flags.string({ summary: 'Only of this project.', helpValue: 'NAME' }),
    system: Flags.string({ summary: 'Only on this storage system.', helpValue: 'NAME' }),
    reason: Flags.option({
      summary: `Only for this reason; may be repeated. One of ${RECLAIM_REASON_CHOICES.join(', ')}.`,
      helpValue: 'REASON',
      options: RECLAIM_REASON_CHOICES,
      multiple: true,
      multipleNonGreedy: true,
    })(),
    'older-than': spanFlag({
      flag: 'older-than',
      summary: 'Age from which snapshots and full copies are old, else 30 days; and nothing that came later.',
      helpValue: 'TIME',
    }),
    detail: Flags.option({
      summary: 'How much to print: only whose it is and how much; some of each; all.',
      options: ['summary', 'some', 'full'] as const,
      default: 'some',
    })(),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { project, system, reason, 'older-than': olderThanMs, detail } = this.flags;
    const result = await this.cli.call('reclaim.report', {
      ...(project === undefined ? {} : { project }),
      ...(system === undefined ? {} : { system }),
      ...(reason === undefined ? {} : { reasons: reason }),
      ...(olderThanMs === undefined ? {} : { olderThanMs }),
    });
    return this.cli.finish(result, reclaimView(detail));
  }
}
