/** coprhd tenant create: a tenant that no file declares. */
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { createByName, nameArgument, said } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';
import { approvalFlags } from '../_base/flags.ts';

const use = (what: string) =>
  Flags.string({
    summary: `${what} that its projects may use; may be repeated.`,
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
  });

export default class TenantCreate extends EngineCommand<typeof TenantCreate> {
  static override summary = 'Make a tenant.';
  static override description = 'It may use the virtual arrays and virtual pools that are named, and no others.';
  static override examples = [
    {
      description: 'With what it may use',
      command: '<%= config.bin %> tenant create finance --virtual-array dc1 --virtual-pool gold --quota 100TiB',
    },
  ];
  static override args = nameArgument('tenant');
  static override flags = {
    'virtual-array': use('Virtual array'),
    'virtual-pool': use('Virtual pool'),
    quota: Flags.string({ summary: 'How much all its projects may have together.', helpValue: 'SIZE' }),
    ...approvalFlags,
  };
  static override stream = true;

  protected async perform(): Promise<OperationOutcome> {
    const { 'virtual-array': virtualArrays, 'virtual-pool': virtualPools, quota } = this.flags;
    const body = {
      use: said({ virtualArrays, virtualPools }),
      ...(quota === undefined ? {} : { quota: { capacity: quota } }),
    };
    return createByName(this.cli, this.flags, { kind: 'tenant', resources: { [this.args.name]: body } });
  }
}
