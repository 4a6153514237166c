/**
 * What a simulated Fabric OS switch knows, as plain immutable data: the fabrics of its logical switches (one a FID), their
 * zoning, ports and logins, accounts and REST sessions. The functions beside this file take a state and give the next one.
 */

export type FosRole = 'admin' | 'zoneadmin' | 'user';

export interface FosAccount {
  readonly user: string;
  readonly password?: string;
  /** One line as in authorized_keys. */
  readonly publicKey?: string;
  /** `user` may look, and not change zoning. */
  readonly role: FosRole;
}

export type NPortRole = 'initiator' | 'target' | 'unknown';

/** A port that is logged in to the name server. */
export interface FosLogin {
  /** Lower case with colons. */
  readonly wwpn: string;
  readonly wwnn: string;
  readonly role: NPortRole;
  readonly portSymbol?: string;
  readonly nodeSymbol?: string;
  /** On a loop: `NL`. */
  readonly loop?: boolean;
}

export interface FosPort {
  readonly index: number;
  /** Of a director. */
  readonly slot?: number;
  readonly port: number;
  readonly media: 'id' | 'cu' | '--';
  /** `N16`: negotiated; `8G`: fixed. */
  readonly speed: string;
  readonly state: 'Online' | 'No_Light' | 'No_Module' | 'No_Sync';
  /** The first is the physical one, the others are NPIV. Empty on an E_Port and on a port without a device. */
  readonly logins: readonly FosLogin[];
  /** An inter-switch link. */
  readonly peer?: { readonly wwn: string; readonly name: string; readonly upstream: boolean };
  readonly disabled?: boolean;
}

export interface FosSwitch {
  readonly name: string;
  readonly domain: number;
  readonly wwn: string;
  /** `109.1`: a Brocade 6510. */
  readonly type: string;
  readonly address: string;
  readonly ports: readonly FosPort[];
}

export interface FosZone {
  /** Only a peer zone has any. */
  readonly principals: readonly string[];
  readonly members: readonly string[];
  readonly kind: 'standard' | 'peer';
}

/** Members are WWNs as they were typed, aliases, or `domain,port`. */
export interface ZoneDatabase {
  readonly cfgs: ReadonlyMap<string, readonly string[]>;
  readonly zones: ReadonlyMap<string, FosZone>;
  readonly aliases: ReadonlyMap<string, readonly string[]>;
}

/** What is enforced: aliases are resolved. */
export interface EffectiveConfiguration {
  readonly cfg: string;
  readonly zones: ReadonlyMap<string, FosZone>;
}

export type DefaultZone = 'no-access' | 'all-access';

/** How somebody works on the switch. */
export type Via = 'cli' | 'rest' | 'other';

/**
 * Edits that are not saved. A switch has one at most, whoever works on it; other switches of the fabric have their own. One
 * of the command line is shared by its sessions; one of REST is its session's own.
 */
export interface FosTransaction {
  /** Domain of the switch where it is open. */
  readonly domain: number;
  readonly token: number;
  /** Who opened it. */
  readonly owner: { readonly session: string; readonly user: string; readonly via: Via };
  /** When it was opened or edited last. */
  readonly touchedMs: number;
  readonly abortable: boolean;
  readonly buffer: ZoneDatabase;
  readonly defaultZone?: DefaultZone;
}

export interface FosLimits {
  readonly nameLengthMax: number;
  /** Of a zone database. */
  readonly databaseBytesMax: number;
}

/** A switch of another fabric, at an EX_Port. */
export interface FosEdge {
  readonly port: number;
  readonly fid: number;
  readonly address: string;
  readonly wwn: string;
  readonly name: string;
}

export interface FosFabric {
  readonly fid: number;
  /** The first is the one that is served here. */
  readonly switches: readonly FosSwitch[];
  readonly principalDomain: number;
  /** It is the backbone of an FC router: what is at the EX_Ports of the served switch. */
  readonly routed?: readonly FosEdge[];
  readonly defined: ZoneDatabase;
  readonly effective?: EffectiveConfiguration;
  readonly defaultZone: DefaultZone;
  readonly transactions: readonly FosTransaction[];
  readonly limits: FosLimits;
  /** Lines, the oldest first. */
  readonly raslog: readonly string[];
}

export interface RestSession {
  readonly token: string;
  readonly user: string;
}

export interface FosState {
  /** `v8.2.3c`. */
  readonly firmware: string;
  readonly virtualFabrics: boolean;
  readonly defaultFid: number;
  readonly fabrics: readonly FosFabric[];
  readonly accounts: readonly FosAccount[];
  readonly restSessions: readonly RestSession[];
  readonly restSessionsMax: number;
  /** Tokens, sessions and lines of the log count from here. */
  readonly counter: number;
  /** How many commits the fabrics took. */
  readonly commits: number;
}

export const EMPTY_DATABASE: ZoneDatabase = { cfgs: new Map(), zones: new Map(), aliases: new Map() };

export const fabricOfFid = (state: FosState, fid: number): FosFabric | undefined =>
  state.fabrics.find((fabric) => fabric.fid === fid);

export function needFabric(state: FosState, fid: number): FosFabric {
  const fabric = fabricOfFid(state, fid);
  if (!fabric) throw new Error(`there is no fabric with FID ${fid}`);
  return fabric;
}

export const localSwitch = (fabric: FosFabric): FosSwitch => fabric.switches[0]!;

export const withFabric = (state: FosState, fabric: FosFabric): FosState => ({
  ...state,
  fabrics: state.fabrics.map((one) => (one.fid === fabric.fid ? fabric : one)),
});

/** The transaction that is open at a switch; the served one unless said otherwise. */
export const transactionAt = (fabric: FosFabric, domain = localSwitch(fabric).domain): FosTransaction | undefined =>
  fabric.transactions.find((one) => one.domain === domain);

/** What `cfgshow` shows as defined: with the edits that aren't saved. */
export const shownDatabase = (fabric: FosFabric): ZoneDatabase => transactionAt(fabric)?.buffer ?? fabric.defined;
