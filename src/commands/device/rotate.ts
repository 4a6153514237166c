/** coprhd device rotate: another credential for a device, with the one before as a fallback for a while. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { deviceRotateView } from '../../views/device-rotation.ts';
import { EngineCommand } from '../_base/command.ts';
import { durationFlag } from '../_base/flags.ts';
import { usageError } from '../_base/usage.ts';

const ENDS = ['credential', 'finish', 'back'] as const;

export default class DeviceRotate extends EngineCommand<typeof DeviceRotate> {
  static override summary = 'Change the credential of a device; the old one works on for a while.';
  static override description =
    'The device is logged in to with the new credential at once: only if it takes it, and is the same device, the reference is recorded. Until the window ends, a login that is refused is tried once more with the old credential, and each time that is said. A plan file that still names the old one changes nothing: the plan says so. In the audit log.';
  static override examples = [
    {
      description: 'The new key is on the array already',
      command: '<%= config.bin %> device rotate array-1 --credential vault:arrays/array-1-2027',
    },
    {
      description: 'Keep the old one for a weekend',
      command: '<%= config.bin %> device rotate array-1 --credential file:/etc/coprhd/array-1.key --keep-old-for 72h',
    },
    { description: 'The old one is not needed any more', command: '<%= config.bin %> device rotate array-1 --finish' },
    { description: 'Something still needs the old one', command: '<%= config.bin %> device rotate array-1 --back' },
  ];
  static override args = { name: Args.string({ description: 'Name of the device.', required: true }) };
  static override flags = {
    credential: Flags.string({
      summary:
        'Reference to the new credential, never the secret: env:NAME, file:PATH, vault:NAME or, over SSH, agent.',
      helpValue: 'REF',
    }),
    'keep-old-for': durationFlag({
      flag: 'keep-old-for',
      summary: `How long the old one is tried where the new one is refused; ${LIMITS.credentialWindowDefaultMs / 3_600_000}h without it.`,
      helpValue: 'DURATION',
      dependsOn: ['credential'],
    }),
    finish: Flags.boolean({ summary: 'End the window now; the new credential must work.', default: false }),
    back: Flags.boolean({ summary: 'Return to the old credential; it must work.', default: false }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { name } = this.args;
    const { credential, finish, back, 'keep-old-for': keepOldForMs } = this.flags;
    if ([credential !== undefined, finish, back].filter(Boolean).length !== 1) {
      const flags = ENDS.map((flag) => `--${flag}`).join(', ');
      usageError(`give one of ${flags}`, `coprhd device rotate ${name} --credential REF`);
    }
    const input =
      credential === undefined
        ? { name, end: finish ? ('finish' as const) : ('back' as const) }
        : { name, credential, ...(keepOldForMs === undefined ? {} : { keepOldForMs }) };
    return this.cli.finish(await this.cli.call('device.rotate', input), deviceRotateView);
  }
}
