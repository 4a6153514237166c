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

/** Whose applications are brought to rest while it is taken. What is run on a host is in its record, never in a plan. */
export interface Quiescing {
  readonly hosts: readonly Urn[];
  /** Where that can't be it is taken all the same. */
  readonly orCrash?: true;
}
