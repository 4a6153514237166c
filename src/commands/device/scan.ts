/** coprhd device scan: the storage systems behind a provider, and what registers them. */
import { basename, extname } from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { deviceScanView } from '../../views/device-scan.ts';
import { EngineCommand } from '../_base/command.ts';
import { reachFlags, reachInput, settingFlag, settingInput } from '../_base/device-flags.ts';
import { commandLine, usageError } from '../_base/usage.ts';
import { exists, writeText } from '../_base/write-text.ts';

export default class DeviceScan extends EngineCommand<typeof DeviceScan> {
  static override summary = 'List the storage systems behind a provider, and what would register them.';
  static override description =
    'A provider is something behind which several storage systems are reached with one login. Give what reaches it, as for device add, but not what names one storage system. Changes nothing, there or in the state; with --write it writes a plan file that registers the systems that are not registered yet, to be observed only.';
  static override examples = [
    {
      description: 'The simulated arrays of a directory',
      command: '<%= config.bin %> device scan simulator --set directory=.coprhd-sim',
    },
    {
      description: 'Write a plan file for those that are not registered yet',
      command: '<%= config.bin %> device scan simulator --set directory=.coprhd-sim --write plans/scanned.yaml',
    },
  ];
  static override args = { driver: Args.string({ description: 'Driver; see coprhd driver list.', required: true }) };
  static override flags = {
    ...settingFlag,
    ...reachFlags,
    write: Flags.string({
      summary: 'Write a plan file for what is not registered; a file that is there is never overwritten.',
      helpValue: 'FILE',
    }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { cli, flags } = this;
    const { write: file } = flags;
    if (file !== undefined && (await exists(file))) usageError(`${file} exists already`, 'name another file');
    // Each file a stack of its own: planned alone it takes nothing away that another one declares.
    const stack = file === undefined ? {} : { stack: basename(file, extname(file)) };
    const input = { driver: this.args.driver, ...settingInput(flags), ...reachInput(flags), ...stack };
    const { yaml, ...result } = await cli.call('device.scan', input);
    if (file === undefined || yaml === undefined) return cli.finish(result, deviceScanView);
    await writeText(file, yaml, { replace: false });
    return cli.finish({ ...result, written: file, next: commandLine('plan', file) }, deviceScanView);
  }
}
