/** coprhd completion: a script that makes a shell complete what is typed. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { EngineCommand } from './_base/command.ts';
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from './_base/completion-scripts.ts';

export default class Completion extends EngineCommand<typeof Completion> {
  static override summary = 'Print a script that makes your shell complete coprhd.';
  static override description =
    'Commands, flags, their values and files, and addresses, storage systems and secrets by name from the state. Put the line of the example into the start-up file of your shell.';
  static override examples = [
    { description: 'bash', command: 'source <(<%= config.bin %> completion bash)' },
    { description: 'zsh', command: 'source <(<%= config.bin %> completion zsh)' },
    { description: 'fish', command: '<%= config.bin %> completion fish | source' },
  ];
  static override args = {
    shell: Args.string({ description: 'Your shell.', required: true, options: [...SHELLS] }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const shell = this.args.shell as Shell;
    const script = COMPLETION_SCRIPTS[shell];
    if (this.cli.mode.format === 'json') return this.cli.finish({ outcome: 'ok', diagnostics: [], shell, script });
    this.cli.out([script.trimEnd()]);
    return 'ok';
  }
}
