/** coprhd import: takes an object of a device over, or writes a plan file that takes over many. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { flowOptions, planThenApply } from './_base/apply-flow.ts';
import { EngineCommand } from './_base/command.ts';
import { approvalFlags } from './_base/flags.ts';
import { commandLine, usageError } from './_base/usage.ts';

const text = (summary: string, helpValue: string) => Flags.string({ summary, helpValue });

/** Only with --match. */
const matchFlags = {
  match: text(
    'Write a plan file for all foreign volumes whose name, native id or WWN matches; * is any text.',
    'PATTERN',
  ),
  hosts: Flags.boolean({ summary: 'With --match: hosts, from the masks and initiators that match.' }),
  stack: text('With --match: stack of the written file; by default imported, or imported-hosts.', 'NAME'),
  as: text('With --match: how the resources are named; {name}, {id}, {wwn} and {system} are filled in.', 'TEMPLATE'),
  out: text('With --match: file or directory to write to; by default imported-SYSTEM.yaml.', 'FILE|DIR'),
  force: Flags.boolean({ summary: 'With --match: overwrite the file.' }),
};

export default class Import extends EngineCommand<typeof Import> {
  static override summary = 'Take over volumes that are on a storage system already.';
  static override description =
    'With an address: marks the volume as ours and records it; its data and name stay. What is exported is taken over with --match. Prints what to put into a plan file, so that the next plan has no changes.\n\nWith --match: changes nothing. Writes a plan file that declares what matches, as it is and protected, with import blocks, to whom it is exported, and lists what can not be taken over and why. Planning and applying that file takes it over.';
  static override examples = [
    {
      description: 'Take over volume 0A1F of array pmx-71',
      command:
        '<%= config.bin %> import web/volume.legacy --system pmx-71 --native-id 0A1F --project web --virtual-pool gold --virtual-array dc1',
    },
    {
      description: 'Write a plan file for all volumes whose name begins with erp_',
      command:
        "<%= config.bin %> import --match 'erp_*' --system pmx-71 --project erp --virtual-pool gold --virtual-array dc1 --out plans/erp.yaml",
    },
    {
      description: 'Write declarations of the hosts that the array shows volumes to',
      command:
        "<%= config.bin %> import --hosts --match '*' --system pmx-71 --virtual-array dc1 --out plans/hosts.yaml",
    },
  ];
  static override args = {
    address: Args.string({ description: 'Address to record it under: stack/volume.name.' }),
  };
  static override flags = {
    system: Flags.string({ summary: 'Storage system that has it.', helpValue: 'NAME', required: true }),
    'native-id': text('Its id on the storage system; see coprhd discover.', 'ID'),
    project: text('Project to record it in.', 'NAME'),
    'virtual-pool': text('Virtual pool that it belongs to from now on.', 'NAME'),
    'virtual-array': text('Virtual array that it belongs to from now on.', 'NAME'),
    ...matchFlags,
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { match } = this.flags;
    if (match === undefined) return this.#one();
    if (this.args.address !== undefined || this.flags['native-id'] !== undefined)
      usageError('--match writes a file for all that match', 'leave out the address and --native-id, or --match');
    const { importMatched } = await import('./_base/import-match.ts');
    return importMatched(this.cli, { ...this.flags, match });
  }

  async #one(): Promise<OperationOutcome> {
    const { flags, cli } = this;
    const address = this.args.address ?? this.#missing('the address, or --match');
    const only = Object.keys(matchFlags).find((name) => flags[name as keyof typeof matchFlags]);
    if (only !== undefined) usageError(`--${only} goes with --match`, 'see coprhd import --help');
    const input = {
      address,
      system: flags.system,
      nativeId: flags['native-id'] ?? this.#missing('--native-id'),
      project: flags.project ?? this.#missing('--project'),
      virtualPool: flags['virtual-pool'] ?? this.#missing('--virtual-pool'),
      virtualArray: flags['virtual-array'] ?? this.#missing('--virtual-array'),
    };
    const words = Object.entries(flags)
      .filter(([name]) => name in Import.flags && !(name in approvalFlags) && !(name in matchFlags))
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

  #missing(what: string): never {
    return usageError(`${what} is missing`, 'see coprhd import --help');
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
