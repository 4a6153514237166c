/** What operations say of network systems: of each fabric as it was seen, and who reaches whom (types.ts has all operations). */
import { z } from 'zod';
import type { PendingZone, SwitchObservation } from '../driver/network-contract.ts';
import type { Maintenance } from '../model/specs.ts';
import type { SeenFabric } from '../observe/network-observation.ts';
import type { DriftItem } from '../observe/observation.ts';
import type { Refresh, Report, SystemSeen } from './types.ts';

/** A fabric in short. */
export interface FabricSeen {
  /** WWN of the principal switch, with `/<number>` where the switch has virtual fabrics or VSANs. */
  readonly nativeId: string;
  readonly name: string;
  /** FID or VSAN number. */
  readonly virtualFabric?: number;
  /** That is declared as it. */
  readonly network?: string;
  /** Those that a switch routes to: by network, or by name of the fabric. Zones across them are not made. */
  readonly routedTo?: readonly string[];
  /** Not read to its end, and why. */
  readonly why?: string;
  readonly switches: readonly SwitchObservation[];
  /** Ports that are logged in. */
  readonly endpoints: number;
  /** WWPNs, where it is a network: logged in and not recorded there yet; and shown by a switch once, not logged in now. */
  readonly newEndpoints: readonly string[];
  readonly goneEndpoints: readonly string[];
  readonly zones: number;
  readonly zonesInEffect: number;
  /** Recorded as ours. */
  readonly ownZones: number;
  /** Of these, by name: those that are not there as they are recorded. */
  readonly missingZones: readonly string[];
  readonly changedZones: readonly string[];
  readonly aliases: number;
  readonly configurations: readonly string[];
  /** Absent: it could not be read. */
  readonly zoning?: FabricZoning;
}

export interface FabricZoning {
  /** Absent: none is in effect. */
  readonly effectiveConfiguration?: string;
  /** What ports in no zone may do. */
  readonly defaultZone: 'deny' | 'permit';
  readonly smartZoning?: boolean;
  /** Whose session holds the zoning open. */
  readonly transaction?: { readonly owner: string };
  /** Saved, and not in effect: the first of them. */
  readonly pending: readonly PendingZone[];
  readonly pendingCount: number;
  readonly databaseBytes: number;
  readonly databaseBytesMax: number;
}

export interface NetworkSystemSeen {
  readonly system: string;
  readonly trust: string;
  readonly why: string;
  readonly observedAtMs: number;
  readonly fabrics: readonly FabricSeen[];
  readonly maintenance?: Maintenance;
}

/** All that was read of a fabric. */
export interface FabricContents extends SeenFabric {
  readonly system: string;
  readonly network?: string;
}

/** Where a port is logged in: name of the switch, and its port there. */
export interface Login {
  readonly switch: string;
  readonly port: number;
}

/** An initiator and a port of a storage system in one network. */
export interface Reached {
  readonly host: string;
  /** WWPN. */
  readonly initiator: string;
  readonly network: string;
  readonly system: string;
  readonly port: string;
  /** WWPN of the port. */
  readonly address: string;
  /** Absent: not logged in. */
  readonly initiatorLogin?: Login;
  readonly portLogin?: Login;
  /** In effect, and letting these two reach each other. */
  readonly zones: readonly string[];
  /** It is a path of a mask of ours. */
  readonly isPath: boolean;
  /**
   * `reached`: zoned in effect, and both are logged in. `unzoned`: no zone in effect has both. `logged-out`: zoned, and one of
   * them is not logged in. `unknown`: the fabric was not read.
   */
  readonly state: 'reached' | 'unzoned' | 'logged-out' | 'unknown';
}

export interface NetworkOperations {
  discover: {
    /** Storage and network systems; all that are recorded without it. */
    input: {
      systems?: readonly string[];
      /** All of each storage system is read, also where it can tell what has changed. */
      whole?: boolean;
    };
    result: Report & {
      systems: readonly SystemSeen[];
      /** As they were before this look was recorded. */
      networkSystems: readonly NetworkSystemSeen[];
      foreign: readonly DriftItem[];
    };
  };
  /** `contents`: everything that was read of each, too. */
  'network.fabrics': {
    input: { system?: string; fabric?: string; refresh?: Refresh; contents?: boolean };
    result: Report & { systems: readonly NetworkSystemSeen[]; contents?: readonly FabricContents[] };
  };
  /** Which initiator reaches which port. `all`: also pairs that nothing zones and that are no path. */
  'network.reach': {
    input: { host?: string; network?: string; system?: string; all?: boolean; refresh?: Refresh };
    result: Report & { reached: readonly Reached[]; systems: readonly NetworkSystemSeen[] };
  };
}

const text = z.string().min(1).max(256).optional();
const refresh = z.enum(['auto', 'none', 'full']).optional();

export const NETWORK_INPUTS = {
  'network.fabrics': {
    right: 'read',
    schema: z.strictObject({ system: text, fabric: text, refresh, contents: z.boolean().optional() }),
  },
  'network.reach': {
    right: 'read',
    schema: z
      .strictObject({ host: text, network: text, system: text, all: z.boolean().optional(), refresh })
      .refine(({ all, host }) => !all || host !== undefined, 'all pairs are shown of one host: name it'),
  },
} as const;
