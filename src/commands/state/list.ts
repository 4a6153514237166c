/** coprhd state list: the records of the state. */
import * as Flags from '@oclif/core/flags';
import type { InputOf } from '../../engine/operations/types.ts';
import type { OperationOutcome } from '../../lib/diagnostic.ts';
import { stateListView } from '../../views/state.ts';
import { EngineCommand } from '../_base/command.ts';

type Kind = NonNullable<InputOf<'state.list'>['kind']>;

/** Every kind that has records. The type keeps the list complete. */
const KINDS = Object.keys({
  tenant: true,
  project: true,
  network: true,
  endpoint: true,
  storageSystem: true,
  pool: true,
  port: true,
  virtualArray: true,
  virtualPool: true,
  host: true,
  initiator: true,
  ipInterface: true,
  cluster: true,
  member: true,
  snapshotPolicy: true,
  consistencyGroup: true,
  volume: true,
  snapshot: true,
  export: true,
  exportMask: true,
  lunMap: true,
  networkSystem: true,
  path: true,
  zone: true,
} satisfies Record<Kind, true>) as Kind[];

export default class StateList extends EngineCommand<typeof StateList> {
  static override summary = 'List the records of the state.';
  static override description =
    'Everything that is recorded, also what the engine made for itself, with revisions. Lists of references (the hosts of a cluster) are shown by `state show` of what has them; their entries are listed with --kind member, the endpoints of a network with --kind endpoint.';
  static override examples = [
    { description: 'Everything', command: '<%= config.bin %> state list' },
    { description: 'One kind', command: '<%= config.bin %> state list --kind volume' },
  ];
  static override flags = {
    kind: Flags.option({ summary: 'Only this kind.', options: KINDS, helpValue: 'KIND' })(),
  };

  protected async perform(): Promise<OperationOutcome> {
    const { kind } = this.flags;
    return this.cli.finish(await this.cli.call('state.list', kind === undefined ? {} : { kind }), stateListView);
  }
}
