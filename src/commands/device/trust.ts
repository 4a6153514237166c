/** coprhd device trust: pins the host key that a device shows now. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ResultOf } from '../../engine/operations/types.ts';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { deviceTrustView, trustQuestion } from '../../views/device-trust.ts';
import { EngineCommand } from '../_base/command.ts';

export default class DeviceTrust extends EngineCommand<typeof DeviceTrust> {
  static override summary = 'Show the host key of a device, and trust a changed one.';
  static override description =
    'A device behind ssh:// is known by its host key, one behind https:// by its certificate: what it showed when it was registered is pinned, and with another one it is refused, and nothing is sent to it. This shows both keys and, when they differ, asks whether the new one is right: compare its fingerprint on the machine itself.';
  static override examples = [
    { description: 'Look, and be asked', command: '<%= config.bin %> device trust array-1' },
    {
      description: 'Trust this very key',
      command:
        '<%= config.bin %> device trust array-1 --fingerprint SHA256:Zt0IDGWcWIXRwOLM5Ch4xL5wlgc0QgZ3dFZfGa8LrBk',
    },
  ];
  static override args = { name: Args.string({ description: 'Name of the device.', required: true }) };
  static override flags = {
    fingerprint: Flags.string({
      summary: 'Trust the changed key only if it has this fingerprint; may be repeated for a jump host.',
      helpValue: 'SHA256:...',
      multiple: true,
      multipleNonGreedy: true,
      exclusive: ['yes'],
    }),
    yes: Flags.boolean({ char: 'y', summary: 'Trust whatever key it shows now, without asking.', default: false }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { name } = this.args;
    const { fingerprint, yes } = this.flags;
    if (fingerprint) return this.#finish(await this.cli.call('device.trust', { name, accept: fingerprint }));
    const seen = await this.cli.call('device.trust', { name });
    if (seen.outcome !== 'held') return this.#finish(seen);
    if (!yes && !this.cli.mode.interactive) return this.#finish(seen);
    if (!yes) {
      const answer = await this.cli.ask(trustQuestion(seen.keys));
      if (!/^y(?:es)?$/i.test(answer?.trim() ?? '')) return this.cli.interrupted ? 'interrupted' : 'held';
    }
    const accept = seen.keys.flatMap(({ shown }) => (shown ? [shown.fingerprint] : []));
    return this.#finish(await this.cli.call('device.trust', { name, accept }));
  }

  #finish(result: ResultOf<'device.trust'>): OperationOutcome {
    return this.cli.finish(result, deviceTrustView);
  }
}
