/** coprhd sim edit: what a person does on an array by hand. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { genericView } from '../../views/generic.ts';
import { EngineCommand } from '../_base/command.ts';
import { arrayArgument, directoryFlag, wordsToObject } from '../_base/sim-flags.ts';

export default class SimEdit extends EngineCommand<typeof SimEdit> {
  static override summary = 'Change a simulated array by hand, behind the back of coprhd.';
  static override description =
    'Edits: delete-volume, rename-volume, resize-volume, add-volume, write-volume, tag-volume, tag-mask, add-mask, delete-mask, add-mapping, delete-mapping, add-initiator, remove-initiator, login, logout, port, pool, restart. Their values follow as NAME=VALUE; lists and sizes in bytes are JSON.';
  static override examples = [
    {
      description: 'A volume disappears',
      command: '<%= config.bin %> sim edit sim-1 delete-volume volume=data-01-1a2b3c4d',
    },
    {
      description: "Somebody else's volume appears",
      command: '<%= config.bin %> sim edit sim-1 add-volume name=old pool=fast sizeBytes=1073741824',
    },
    { description: 'A cable is pulled', command: '<%= config.bin %> sim edit sim-1 port port=SP-A1 status=down' },
  ];
  static override args = {
    array: arrayArgument,
    edit: Args.string({ description: 'What to do.', required: true }),
    values: Args.string({ description: 'Its values, as NAME=VALUE.', multiple: true }),
  };
  static override flags = { directory: directoryFlag };

  protected async perform(): Promise<OperationOutcome> {
    const { array, edit, values } = this.args;
    const call = { directory: this.flags.directory, array, edit: { ...wordsToObject(values ?? []), edit } };
    return this.cli.finish(await this.cli.call('sim', { verb: 'edit', arguments: call }), genericView);
  }
}
