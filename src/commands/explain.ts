/** coprhd explain: why something is where it is. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { explainView } from '../views/explain.ts';
import { EngineCommand } from './_base/command.ts';
import { variableFlag } from './_base/flags.ts';
import { readSource } from './_base/plan-files.ts';

export default class Explain extends EngineCommand<typeof Explain> {
  static override summary = 'Say why a resource is where it is.';
  static override description =
    'Shows the decision. Of a volume: which pools were candidates, which were refused and what they lacked. Of a snapshot: by which method it was made and why, how consistent it is, who or which policy took it and until when it stays. Of a copy: what it is a copy of, in which state, what keeps what, and what may be done to it now. Of an export: its paths and how used their ports were when they were chosen, the ports that were not taken and why, zones that are new or were there, LUN numbers.';
  static override examples = [
    { description: 'A volume', command: '<%= config.bin %> explain web/volume.data-01' },
    { description: 'A snapshot', command: '<%= config.bin %> explain snapshot.before-upgrade' },
    { description: 'An export', command: '<%= config.bin %> explain web/export.db' },
    {
      description: 'One that is only planned',
      command: '<%= config.bin %> explain --from plans/web.yaml web/volume.data-01',
    },
  ];
  static override args = { address: Args.string({ description: 'Address of the resource.', required: true }) };
  static override flags = {
    from: Flags.string({
      summary: 'Plan files that declare it, when it is not applied yet; may be repeated.',
      helpValue: 'PATH',
      multiple: true,
      multipleNonGreedy: true,
    }),
    var: variableFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const { address } = this.args;
    const { from = [], var: variables = [] } = this.flags;
    const source = from.length === 0 ? {} : { source: await readSource(from, variables, this.flags.state) };
    return this.cli.finish(await this.cli.call('explain', { address, ...source }), explainView);
  }
}
