/** Operations that look at devices and compare: inputs, results, and how far each device could be read. */
import type { Maintenance } from '../model/specs.ts';
import type { DriftItem, ReadHow } from '../observe/observation.ts';
import type { Orphan } from '../observe/orphans.ts';
import type { ForeignOperations } from './foreign-types.ts';
import type { PartOptions, Report } from './types.ts';

export interface LookingOperations extends ForeignOperations {
  drift: {
    input: { system?: string } & PartOptions;
    /** `networks`: those through which exports on the storage systems go. */
    result: Report & {
      items: readonly DriftItem[];
      systems: readonly SystemSeen[];
      networks: readonly NetworkSeen[];
    };
  };
  orphans: {
    input: { system?: string };
    result: Report & { orphans: readonly Orphan[]; systems: readonly SystemSeen[] };
  };
}

export interface SystemSeen {
  readonly system: string;
  readonly trust: string;
  readonly why: string;
  readonly observedAtMs: number;
  readonly pools: number;
  readonly ports: number;
  readonly volumes: number;
  readonly ours: number;
  readonly foreign: number;
  /** Absent: it could not be read at all. */
  readonly read?: ReadHow;
  /** What is seen may be the work of whoever does that. */
  readonly maintenance?: Maintenance;
}

/** A fabric, by the network that it is. */
export interface NetworkSeen {
  readonly network: string;
  /** Absent: nobody zones it. */
  readonly networkSystem?: string;
  /** On its switches; absent where it was not seen. */
  readonly fabric?: string;
  readonly trust: string;
  readonly why: string;
  readonly observedAtMs: number;
  /** Logged in now. */
  readonly endpoints: number;
  readonly zones: number;
  /** Of these: made by us, and of others but used by paths of ours. */
  readonly ours: number;
  readonly used: number;
}
