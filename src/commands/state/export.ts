/** coprhd state export: a backup of the state. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { stateExportView } from '../../views/state.ts';
import { EngineCommand } from '../_base/command.ts';
import { writePrivate } from '../_base/saved-plan.ts';

export default class StateExport extends EngineCommand<typeof StateExport> {
  static override summary = 'Write the whole state as one document.';
  static override description =
    'To stdout, or to a file that only its owner can read. Secrets of the vault are in it as the state has them: encrypted.';
  static override examples = [
    { description: 'A backup', command: '<%= config.bin %> state export --out state.json' },
    { description: 'To another program', command: '<%= config.bin %> state export | gzip > state.json.gz' },
  ];
  static override flags = { out: Flags.string({ summary: 'File to write.', helpValue: 'FILE' }) };

  protected async perform(): Promise<OperationOutcome> {
    const { out } = this.flags;
    const result = await this.cli.call('state.export', {});
    if (result.outcome !== 'ok') return this.cli.finish({ outcome: result.outcome, diagnostics: result.diagnostics });
    if (out !== undefined) {
      await writePrivate(out, result.document);
      const { outcome, diagnostics, records } = result;
      return this.cli.finish({ outcome, diagnostics, records, file: out }, stateExportView(out));
    }
    this.cli.diagnose(result.diagnostics);
    // The document is the output itself, with --json too; a file that gets the JSON is told how it went.
    if (this.cli.mode.format !== 'json') this.cli.json({ outcome: 'ok', diagnostics: [], records: result.records });
    this.cli.out([result.document.trimEnd()]);
    return 'ok';
  }
}
