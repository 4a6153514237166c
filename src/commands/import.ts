/** coprhd import: takes an object of a device over. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { flowOptions, planThenApply } from './_base/apply-flow.ts';
import { EngineCommand } from './_base/command.ts';
import { approvalFlags } from './_base/flags.ts';
import { commandLine } from './_base/usage.ts';

const text = (summary: string, helpValue: string) => Flags.string({ summary, helpValue, required: true });

export default class Import extends EngineCommand<typeof Import> {
  static override summary = 'Take over a volume that is on a storage system already.';
  static override description =
    'Marks the volume as ours and records it; its data, name and exports stay. Prints what to put into a plan file, so that the next plan has no changes.';
  static override examples = [
    {
      description: 'Take over volume 0A1F of array pmx-71',
      command:
        '<%= config.bin %> import web/volume.legacy --system pmx-71 --native-id 0A1F --project web --virtual-pool gold --virtual-array dc1',
    },
  ];
  static override args = {
    address: Args.string({ description: 'Address to record it under: stack/volume.name.', required: true }),
  };
  static override flags = {
    system: text('Storage system that has it.', 'NAME'),
    'native-id': text('Its id on the storage system; see coprhd discover.', 'ID'),
    project: text('Project to record it in.', 'NAME'),
    'virtual-pool': text('Virtual pool that it belongs to from now on.', 'NAME'),
    'virtual-array': text('Virtual array that it belongs to from now on.', 'NAME'),
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { flags, cli } = this;
    const { address } = this.args;
    const input = {
      address,
      system: flags.system,
      nativeId: flags['native-id'],
      project: flags.project,
      virtualPool: flags['virtual-pool'],
      virtualArray: flags['virtual-array'],
    };
    const words = Object.entries(flags)
      .filter(([name]) => name in Import.flags && !(name in approvalFlags))
      .flatMap(([name, value]) => [`--${name}`, String(value)]);
    let yaml: string | undefined;
    const options = flowOptions(flags, commandLine('import', address, ...words));
    const outcome = await planThenApply(cli, options, async () => {
      const result = await cli.call('import', input);
      yaml = result.yaml;
      // Before the line that says how it ended, which is the last one.
      if (yaml !== undefined) cli.line({ type: 'yaml', yaml });
      return result;
    });
    if (yaml !== undefined && outcome === 'ok') this.#showYaml(yaml);
    return outcome;
  }

  #showYaml(yaml: string): void {
    this.cli.show(
      {
        human: () => ['', 'put this into a plan file:', '', ...yaml.trimEnd().split('\n')],
        plain: () => [['yaml', yaml]],
      },
      yaml,
    );
  }
}
