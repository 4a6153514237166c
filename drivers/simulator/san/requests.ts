/** The operations of the network system contract as plain JSON requests to a simulated fabric. */
import type {
  AliasObservation,
  ConfigurationObservation,
  EndpointObservation,
  FabricObservation,
  Page,
  RoutedFabric,
  SystemIdentity,
  ZoneDelta,
  ZoneDeltaResult,
  ZoneObservation,
  ZoningObservation,
} from 'coprhd/driver';

/** `system` is the fabric that the network system is for, by name; `fabric` its native id. */
export interface SystemArgs {
  readonly system: string;
}
export interface FabricArgs extends SystemArgs {
  readonly fabric: string;
}
export interface ListArgs extends FabricArgs {
  readonly page?: string;
}

export interface NetworkOperations {
  identify: { args: SystemArgs; value: SystemIdentity };
  listFabrics: { args: SystemArgs & { readonly page?: string }; value: Page<FabricObservation> };
  listEndpoints: { args: ListArgs; value: Page<EndpointObservation> };
  listAliases: { args: ListArgs; value: Page<AliasObservation> };
  listZones: { args: ListArgs; value: Page<ZoneObservation> };
  listConfigurations: { args: ListArgs; value: Page<ConfigurationObservation> };
  readZones: { args: FabricArgs & { readonly names: readonly string[] }; value: readonly ZoneObservation[] };
  readZoning: { args: FabricArgs; value: ZoningObservation };
  readRouting: { args: SystemArgs; value: readonly (readonly RoutedFabric[])[] };
  applyZoneDelta: { args: SystemArgs & { readonly delta: ZoneDelta }; value: ZoneDeltaResult };
}
export type NetworkOperationName = keyof NetworkOperations;

/** Operations of the contract, and whether they change the fabric: then a lost answer is `ambiguous`. */
export const NETWORK_OPERATIONS: Readonly<Record<NetworkOperationName, { readonly changes: boolean }>> = {
  identify: { changes: false },
  listFabrics: { changes: false },
  listEndpoints: { changes: false },
  listAliases: { changes: false },
  listZones: { changes: false },
  listConfigurations: { changes: false },
  readZones: { changes: false },
  readZoning: { changes: false },
  readRouting: { changes: false },
  applyZoneDelta: { changes: true },
};

export const isNetworkOperation = (name: string): name is NetworkOperationName =>
  Object.hasOwn(NETWORK_OPERATIONS, name);

export const NETWORK_OPERATION_NAMES = Object.keys(NETWORK_OPERATIONS) as NetworkOperationName[];
