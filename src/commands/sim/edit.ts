/** coprhd sim edit: what a person does by hand on an array, a fabric or a host. */
import * as Args from '@oclif/core/args';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { genericView } from '../../views/generic.ts';
import { EngineCommand } from '../_base/command.ts';
import { directoryFlag, simEditsText, wordsToObject } from '../_base/sim-flags.ts';

export default class SimEdit extends EngineCommand<typeof SimEdit> {
  static override summary = 'Change a simulated array, fabric or host by hand, behind the back of coprhd.';
  static override description =
    `Values follow as NAME=VALUE; those with a ? may be left out. Lists, numbers and true/false are JSON, sizes are in bytes. Members of zones are WWPNs, "domain,port" or aliases; what is changed in a fabric is saved and not in effect, unless enable=true.

${simEditsText()}`;
  static override examples = [
    {
      description: 'A volume disappears',
      command: '<%= config.bin %> sim edit sim-1 delete-volume volume=data-01-1a2b3c4d',
    },
    {
      description: "Somebody else's volume appears",
      command: '<%= config.bin %> sim edit sim-1 add-volume name=old pool=fast sizeBytes=1073741824',
    },
    { description: 'A port goes down', command: '<%= config.bin %> sim edit sim-1 port port=SP-A1 status=down' },
    {
      description: 'Somebody saves a zone and does not enable it',
      command:
        '<%= config.bin %> sim edit fabric-a create-zone zone=theirs configuration=prod \'members=["10:00:00:00:00:00:00:01"]\'',
    },
    {
      description: 'Somebody leaves a zoning session open',
      command: '<%= config.bin %> sim edit fabric-a open-transaction owner=alice',
    },
  ];
  static override args = {
    target: Args.string({ description: 'Name of the array, fabric or host.', required: true }),
    edit: Args.string({ description: 'What to do.', required: true }),
    values: Args.string({ description: 'Its values, as NAME=VALUE.', multiple: true }),
  };
  static override flags = { directory: directoryFlag };

  protected async perform(): Promise<OperationOutcome> {
    const { target, edit, values } = this.args;
    const call = { directory: this.flags.directory, array: target, edit: { ...wordsToObject(values ?? []), edit } };
    return this.cli.finish(await this.cli.call('sim', { verb: 'edit', arguments: call }), genericView);
  }
}
