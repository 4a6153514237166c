/**
 * What the simulated SAN stores: fabrics with their switches, hosts, cables, and the zoning of each fabric. Stored forms
 * only; links.ts says what is connected, zoning.ts changes zones.
 */
import { type Reader, type Table, table } from '../kv.ts';
import type { SanTopology } from './topology.ts';

/** The unit of the SAN: no array can have this name. */
export const SAN_UNIT = '.san';

export interface StoredSan {
  readonly schema: 1;
  readonly topology: SanTopology;
  /** Items of a page in lists. */
  readonly pageItems: number;
}

export interface StoredFabric {
  readonly name: string;
  /** WWN of the principal switch. */
  readonly nativeId: string;
  readonly serialNumber: string;
  readonly defaultZone: 'deny' | 'permit';
  /** Name of the configuration that is in effect. */
  readonly effective?: string;
  /** Activations so far. */
  readonly generation: number;
  /** Somebody's open transaction: nobody else can change the zoning. */
  readonly transaction?: { readonly owner: string };
  /** Names of fabrics that its switch routes to. */
  readonly routed?: readonly string[];
  /** Sums over the zoning (zoning.ts); equal sums mean equal zoning. */
  readonly definedSum: string;
  readonly effectiveSum: string;
  readonly zones: number;
  readonly databaseBytes: number;
  readonly databaseBytesMax: number;
}

export interface StoredSwitch {
  readonly name: string;
  readonly fabric: string;
  readonly domain: number;
  readonly wwn: string;
  readonly ports: number;
  readonly up: boolean;
}

/** An IP network that cables can go to; nothing but cables is known of it. */
export interface StoredNetwork {
  readonly name: string;
  readonly subnet: string;
}

export interface StoredHost {
  readonly name: string;
  readonly on: boolean;
  readonly iqn: string;
  /** Names of its ports: `hba0`, `eth0`... */
  readonly ports: readonly string[];
}

/** A port of a host or an array, and where its cable goes. `<owner>:<port>` names it. */
export interface StoredCable {
  readonly id: string;
  readonly owner: { readonly type: 'host' | 'array'; readonly name: string; readonly port: string };
  readonly plugged: boolean;
  readonly to:
    | { readonly type: 'fabric'; readonly fabric: string; readonly switch: string; readonly port: number }
    | { readonly type: 'network'; readonly network: string };
  /** FC: what logs in through it. */
  readonly wwpn?: string;
  readonly wwnn?: string;
  /** IP: address of the port. */
  readonly address?: string;
}

export interface StoredZone {
  readonly name: string;
  /** As defined: WWPNs, `domain,port`, alias names; sorted. Undefined = only in effect any more. */
  readonly members?: readonly string[];
  /** Defined configurations that it is in, sorted. */
  readonly configurations: readonly string[];
  /** As in effect: WWPNs and `domain,port`; sorted. */
  readonly effective?: readonly string[];
}

export interface StoredAlias {
  readonly name: string;
  readonly members: readonly string[];
  /** Defined zones that name it. */
  readonly uses: number;
}

export interface StoredConfiguration {
  readonly name: string;
  /** Defined zones in it. */
  readonly zones: number;
}

/** Effective zones of a member. The names are kept for initiators only, which are in few. */
export interface StoredMembership {
  readonly member: string;
  readonly count: number;
  readonly zones?: readonly string[];
}

export const sans = table<StoredSan>('san', 'simulated SAN');
export const fabrics = table<StoredFabric>('fabric', 'fabric');
export const switches = table<StoredSwitch>('switch', 'switch');
export const networks = table<StoredNetwork>('network', 'IP network');
export const hosts = table<StoredHost>('host', 'host');
export const cables = table<StoredCable>('cable', 'cable');
/** Cable ids by WWPN, in the whole data centre. */
export const wwpns = table<string>('wwpn', 'WWPN');
/** Host names by iSCSI name. */
export const iqns = table<string>('iqn', 'iSCSI initiator');

/** Tables of one fabric. Their collections carry its name, so that a list of one doesn't pass through the others. */
export interface FabricTables {
  readonly zones: Table<StoredZone>;
  readonly aliases: Table<StoredAlias>;
  readonly configurations: Table<StoredConfiguration>;
  /** Zones whose defined form isn't the one in effect, by name. */
  readonly pending: Table<string>;
  readonly memberships: Table<StoredMembership>;
  /** Cable ids by WWPN. */
  readonly endpoints: Table<string>;
}

export function fabricTables(fabric: string): FabricTables {
  return {
    zones: table(`zone.${fabric}`, 'zone'),
    aliases: table(`alias.${fabric}`, 'alias'),
    configurations: table(`configuration.${fabric}`, 'zone configuration'),
    pending: table(`pending.${fabric}`, 'pending zone'),
    memberships: table(`membership.${fabric}`, 'zone member'),
    endpoints: table(`endpoint.${fabric}`, 'endpoint'),
  };
}

export const DOMAIN_PORT = /^\d{1,3},\d{1,4}$/;

export const cableId = (owner: string, port: string): string => `${owner}:${port}`;

/** What the SAN shows of an array's port, if that is cabled to it. */
export const cableOfArrayPort = (san: Reader, array: string, port: string): StoredCable | undefined =>
  cables.get(san, cableId(array, port));
