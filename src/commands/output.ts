/** coprhd output: what the outputs of plan files are worth now. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { outputLines, outputRows, outputText } from '../views/outputs.ts';
import { EngineCommand } from './_base/command.ts';
import { variableFlag } from './_base/flags.ts';
import { readSource } from './_base/plan-files.ts';

export default class Output extends EngineCommand<typeof Output> {
  static override summary = 'Show the outputs of plan files.';
  static override description =
    'Reads the files and the recorded state, no device. With --name it prints nothing but the value, and exit code 1 says that it is not known yet.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> output plans/web.yaml' },
    { description: 'One, for a script', command: '<%= config.bin %> output plans/web.yaml --name data-wwn' },
    { description: 'All as JSON', command: '<%= config.bin %> output plans --json' },
  ];
  static override args = { path: Args.string({ description: 'Plan files or directories of them.', multiple: true }) };
  static override flags = {
    name: Flags.string({ summary: 'Only this one: NAME or STACK/NAME.', helpValue: 'NAME' }),
    var: variableFlag,
  };

  protected async perform(): Promise<OperationOutcome> {
    const { name } = this.flags;
    const source = await readSource(this.args.path ?? [], this.flags.var ?? [], this.flags.state);
    const result = await this.cli.call('output', { ...source, ...(name === undefined ? {} : { name }) });
    const [only] = result.outputs;
    if (name !== undefined && only !== undefined) {
      if (only.unknown !== undefined) return this.cli.finish(notKnown(result, only.unknown));
      return this.cli.finish(result, { human: () => [outputText(only)], plain: () => [[outputText(only)]] });
    }
    return this.cli.finish(result, {
      human: ({ outputs }, style) => (outputs.length === 0 ? ['No outputs.'] : outputLines(outputs, style).slice(1)),
      plain: ({ outputs }) => outputRows(outputs),
    });
  }
}

function notKnown<R extends { readonly outputs: readonly { readonly name: string }[] }>(
  result: R,
  unknown: readonly string[],
) {
  const diagnostic = {
    code: 'COPRHD-STATE-005',
    severity: 'error',
    summary: `the output ${result.outputs[0]!.name} is not known yet`,
    detail: `not recorded: ${unknown.join(', ')}`,
    fix: 'coprhd apply',
  } as const;
  return { ...result, outcome: 'error' as const, diagnostics: [diagnostic] };
}
