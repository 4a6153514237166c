/** coprhd init: makes the state. */
import { EngineCommand } from './_base/command.ts';

export default class Init extends EngineCommand<typeof Init> {
  static override summary = 'Make a new, empty state.';
  static override description =
    'The state records what was made, where, and who may change it. It gets a random installation id, which marks every object made on a device.';
  static override examples = [
    { description: 'In ./.coprhd', command: '<%= config.bin %> init' },
    { description: 'Somewhere else', command: '<%= config.bin %> init --state /var/lib/coprhd' },
  ];

  protected async perform() {
    const result = await this.cli.call('init', {});
    return this.cli.finish(
      { outcome: 'ok', diagnostics: [], ...result },
      {
        human: ({ state, installation }) => [
          `State made in ${state} (installation ${installation}).`,
          'next: coprhd plan PATH',
        ],
        plain: ({ state, installation }) => [['initialized', state, installation]],
      },
    );
  }
}
