/** coprhd tag: tags of pools, ports, initiators, IP interfaces and devices. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { OperationOutcome } from '../lib/diagnostic.ts';
import { tagView } from '../views/tag.ts';
import { EngineCommand } from './_base/command.ts';
import { usageError } from './_base/usage.ts';

export default class Tag extends EngineCommand<typeof Tag> {
  static override summary = 'Tag pools, ports, initiators, IP interfaces and devices.';
  static override description =
    'What discovery has found, what hosts are made of, and devices that no plan file declares. They keep their tags when they are discovered again. Volumes have theirs in a plan file, or by coprhd volume change --tag.';
  static override examples = [
    { description: 'A storage pool', command: '<%= config.bin %> tag pool.fast --add flash --remove new' },
    { description: 'Several ports', command: '<%= config.bin %> tag port.SP-A0 port.SP-B0 --add backup-only' },
  ];
  static override args = {
    address: Args.string({ description: 'Addresses or URNs.', required: true, multiple: true }),
  };
  static override flags = {
    add: Flags.string({ summary: 'A tag that they get.', helpValue: 'TAG', multiple: true }),
    remove: Flags.string({ summary: 'A tag that they lose.', helpValue: 'TAG', multiple: true }),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { add, remove } = this.flags;
    if (add === undefined && remove === undefined) usageError('no tag is named', 'give --add or --remove');
    const addresses = this.args.address;
    return this.cli.finish(await this.cli.call('resource.tag', { addresses, add, remove }), tagView);
  }
}
