/** coprhd audit: what is wrong, wasted or worth knowing on an estate. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { AUDIT_CHECK_CHOICES, auditView } from '../views/audit.ts';
import { EngineCommand } from './_base/command.ts';
import { kindlyRefreshFlag } from './_base/flags.ts';

export default class Audit extends EngineCommand<typeof Audit> {
  static override summary = 'Look over an estate: what is at risk, wasted or not in use, each with its evidence.';
  static override description =
    'For the first hour after devices were added, and for every week after it. Reads devices and the state, and changes nothing anywhere. Exit code 0, or 2 with --exit-code when something was found.';
  static override examples = [
    { description: 'Everything', command: '<%= config.bin %> audit' },
    {
      description: 'One storage system, with all evidence',
      command: '<%= config.bin %> audit --system pmx-71 --detail full',
    },
    {
      description: 'In a pipeline: exit code 2 when a pool is over-subscribed',
      command: '<%= config.bin %> audit --check over-subscribed-pool --exit-code',
    },
  ];
  static override flags = {
    system: Flags.string({ summary: 'Only this storage system.', helpValue: 'NAME' }),
    check: Flags.option({
      summary: `Only this check; may be repeated. One of ${AUDIT_CHECK_CHOICES.join(', ')}.`,
      helpValue: 'CHECK',
      options: AUDIT_CHECK_CHOICES,
      multiple: true,
      multipleNonGreedy: true,
    })(),
    'exit-code': Flags.boolean({ summary: 'Exit with 2 when something was found.', default: false }),
    refresh: kindlyRefreshFlag,
    detail: Flags.option({
      summary: 'How much to print: only how many; some of each check with their evidence; all.',
      options: ['summary', 'some', 'full'] as const,
      default: 'some',
    })(),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { system, check, refresh, detail } = this.flags;
    const result = await this.cli.call('audit', {
      ...(system === undefined ? {} : { system }),
      ...(check === undefined ? {} : { checks: check }),
      refresh,
    });
    const outcome = result.outcome === 'changes' && !this.flags['exit-code'] ? 'ok' : result.outcome;
    return this.cli.finish({ ...result, outcome }, auditView(detail));
  }
}
