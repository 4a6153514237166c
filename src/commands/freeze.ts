/** coprhd freeze: from now on nothing is changed on any device. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { freezeView } from '../views/freeze.ts';
import { EngineCommand } from './_base/command.ts';

export default class Freeze extends EngineCommand<typeof Freeze> {
  static override summary = 'Stop everything: no step begins on any device, whoever asks.';
  static override description =
    'Holds for everybody who shares the state, at once: calls under way end, and no other begins. Until coprhd thaw, whatever would change a device is refused with exit code 3; what only looks still works. In the audit log.';
  static override examples = [
    {
      description: 'Before somebody works on the array',
      command: '<%= config.bin %> freeze --why "firmware of pmx-71, until 14:00"',
    },
  ];
  static override flags = {
    why: Flags.string({ summary: 'The reason: others see it.', helpValue: 'TEXT', default: '' }),
  };

  protected async perform(): Promise<OperationOutcome> {
    return this.cli.finish(await this.cli.call('freeze', { why: this.flags.why }), freezeView);
  }
}
