/** What a step makes that takes snapshots: all of one moment, all or none. */
import type { Urn } from '../model/urn.ts';

export interface SnapshotSet {
  readonly set: string;
  readonly members: readonly {
    readonly snapshot: Urn;
    readonly volume: Urn;
    readonly name: string;
    readonly pool: Urn;
    readonly wwn: string;
    readonly serial: string;
  }[];
}
