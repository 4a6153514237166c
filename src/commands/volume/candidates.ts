/** coprhd volume candidates: which virtual pools and virtual arrays a volume could belong to, and why not the others. */
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { candidatesView } from '../../views/candidates.ts';
import { addressArgument, withKind } from '../_base/by-name.ts';
import { EngineCommand } from '../_base/command.ts';

export default class VolumeCandidates extends EngineCommand<typeof VolumeCandidates> {
  static override summary =
    'Say which virtual pools and virtual arrays a volume can be moved to, and why not to the others.';
  static override description =
    'A move changes what a volume belongs to, not where its data is: it is possible where its storage pool, what it is given there, its consistency group and the hosts that see it fit. It is done by changing virtualPool or virtualArray in its plan file, or with coprhd volume change. Looks at the storage system; writes nothing.';
  static override examples = [
    { description: 'Of one volume', command: '<%= config.bin %> volume candidates erp/volume.data-01' },
    { description: 'For scripts', command: '<%= config.bin %> volume candidates data-01 --plain' },
  ];
  static override args = addressArgument('volume');

  protected async perform(): Promise<OperationOutcome> {
    const addresses = [withKind('volume', this.args.address)];
    return this.cli.finish(await this.cli.call('volume.candidates', { addresses }), candidatesView);
  }
}
