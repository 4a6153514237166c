/** What was seen on a network system, fabric by fabric, and how far it may be trusted. Pure data; made by read-network.ts. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { HostKey } from '../../lib/host-key.ts';
import type { SystemIdentity } from '../driver/contract.ts';
import type {
  AliasObservation,
  ConfigurationObservation,
  EndpointObservation,
  FabricObservation,
  NetworkSystemManifest,
  RoutedFabric,
  ZoneKind,
  ZoneObservation,
  ZoningObservation,
} from '../driver/network-contract.ts';
import type { Trust } from './observation.ts';

export interface SeenFabric {
  readonly fabric: FabricObservation;
  readonly endpoints: readonly EndpointObservation[];
  readonly aliases: readonly AliasObservation[];
  readonly zones: readonly ZoneObservation[];
  readonly configurations: readonly ConfigurationObservation[];
  /** Between which its switch routes, itself included; absent = it doesn't, or can't tell. */
  readonly routed?: readonly RoutedFabric[];
  /** Undefined = it could not be read; `why` says what. */
  readonly zoning?: ZoningObservation;
  /** Not read to its end: nothing is gone because it isn't here, and nothing is zoned on its strength. */
  readonly why?: string;
}

export interface NetworkObservation {
  readonly observedAtMs: number;
  /** `partial` when any fabric has a `why`. */
  readonly trust: Trust;
  readonly identity?: SystemIdentity;
  readonly hostKeys?: readonly HostKey[];
  /** In order of native id. */
  readonly fabrics: readonly SeenFabric[];
  readonly warnings?: readonly Diagnostic[];
  readonly kept?: true;
}

/** What the planner needs to know of its driver; plain data. */
export interface NetworkDriverFacts {
  readonly name: string;
  readonly zoneKinds: readonly ZoneKind[];
  readonly membersMax: number;
  readonly nameLengthMax: number;
  /** Source of a regular expression that admits one allowed character. */
  readonly nameAlphabet: string;
  readonly concurrencyMax: number;
  readonly limits: NetworkSystemManifest['limits'];
}

/** Keyed by the network system's name, folded. */
export type ObservedNetworks = ReadonlyMap<
  string,
  { readonly observation: NetworkObservation; readonly driver: NetworkDriverFacts }
>;
