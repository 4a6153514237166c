/**
 * What a simulated fabric of MDS switches is made of: plain data, changed in place by the modules beside this one and by
 * nothing else. What is the fabric's (active zone sets, sessions, device aliases, logins) is here once; what each switch
 * has of its own (full zone sets in basic mode, its default zone, its configurations) is with the switch.
 */
import type { Fault } from './faults.ts';

export type SmartRole = 'init' | 'target' | 'both';

/** WWNs are lower case with colons, FCIDs `0x` and six digits. */
export type Member =
  | { readonly kind: 'pwwn'; readonly wwn: string; readonly role?: SmartRole }
  | { readonly kind: 'fcid'; readonly fcid: string; readonly role?: SmartRole }
  | { readonly kind: 'device-alias'; readonly name: string; readonly role?: SmartRole }
  | { readonly kind: 'fcalias'; readonly name: string }
  | { readonly kind: 'fwwn'; readonly wwn: string }
  /** `fc1/7` or `port-channel 3`, of a switch by its WWN or by its domain. */
  | { readonly kind: 'interface'; readonly interface: string; readonly swwn: string }
  | { readonly kind: 'interface'; readonly interface: string; readonly domainId: number }
  | { readonly kind: 'ip-address'; readonly address: string }
  | { readonly kind: 'symbolic-nodename'; readonly name: string };

export interface Zone {
  name: string;
  members: Member[];
}

export interface ZoneSet {
  name: string;
  /** Names. */
  zones: string[];
}

export interface FcAlias {
  name: string;
  members: Member[];
}

/** A full zone set database. */
export interface ZoneDb {
  zones: Zone[];
  zonesets: ZoneSet[];
  fcaliases: FcAlias[];
}

/** What is enforced. FC aliases are resolved in it. */
export interface ActiveSet {
  readonly name: string;
  readonly zones: readonly Zone[];
}

export type DefaultZone = 'deny' | 'permit';
export type ZoneMode = 'basic' | 'enhanced';

/** What a switch has of a VSAN. In enhanced mode all switches have the same. */
export interface SwitchZoning {
  db: ZoneDb;
  defaultZone: DefaultZone;
  /** `zoneset distribute full`: activations carry the full database along. */
  distributeFull: boolean;
}

export type StagedActivation = { readonly to: string } | { readonly to: undefined };

/** What a session of enhanced mode would commit. */
export interface Pending {
  db: ZoneDb;
  defaultZone: DefaultZone;
  smartZoning: boolean;
  activation?: StagedActivation;
}

export interface ZoneSession {
  readonly user: string;
  /** Name of the switch that it was opened on. */
  readonly switch: string;
  readonly pending: Pending;
}

/** What an operation under way will have changed when it is done. */
export interface Outcome {
  /** For all switches. */
  readonly db?: ZoneDb;
  readonly active?: { readonly set: ActiveSet | undefined };
  readonly defaultZone?: DefaultZone;
  readonly smartZoning?: boolean;
  readonly mode?: ZoneMode;
  readonly endsSession?: boolean;
}

export interface Operation {
  readonly dueMs: number;
  readonly outcome: Outcome;
  /** `Activation completed`, `Commit complete`: what the status says then, with the time. */
  readonly done: string;
  /** It ends with this error instead, and nothing has changed. */
  readonly failure?: string;
}

export interface Vsan {
  readonly id: number;
  name: string;
  state: 'active' | 'suspended';
  mode: ZoneMode;
  smartZoning: boolean;
  /** `zone confirm-commit`: a commit shows what it changes and asks. */
  confirmCommit: boolean;
  active?: ActiveSet;
  /** Of zones that join it with another VSAN (IVR): put into what is active at each activation, and nowhere else. */
  routedZones?: readonly Zone[];
  session?: ZoneSession;
  operation?: Operation;
  /** What `show zone status` says last, after `Status:`. */
  status: string;
}

export interface Interface {
  /** `fc1/7`. */
  readonly name: string;
  readonly vsan: number;
  readonly status: 'up' | 'trunking' | 'notConnected' | 'down';
  readonly speedGbit: number;
}

/** A port of a host or array at a port of a switch. Several at one interface: NPIV. */
export interface Login {
  readonly wwpn: string;
  readonly wwnn: string;
  readonly vsan: number;
  readonly switch: string;
  readonly interface: string;
  readonly fcid: string;
  readonly type: 'N' | 'NL';
  readonly vendor?: string;
  readonly feature: 'init' | 'target' | 'both' | '';
  readonly symbolicNode?: string;
  online: boolean;
}

export interface Link {
  readonly ends: readonly [LinkEnd, LinkEnd];
}

export interface LinkEnd {
  readonly switch: string;
  readonly interface: string;
}

export interface MdsSwitch {
  readonly name: string;
  readonly ip: string;
  /** `20:00:` and the six bytes that are its own. */
  readonly wwn: string;
  readonly model: string;
  readonly version: string;
  readonly serial: string;
  /** Domain ids by VSAN. */
  readonly domains: Readonly<Record<number, number>>;
  readonly interfaces: readonly Interface[];
  readonly zoning: Record<number, SwitchZoning>;
  /** The zoning part of the running configuration as it was saved last. */
  startup: string;
  /** A copy to the startup configuration is under way until then. */
  copyingUntilMs: number;
}

export interface DeviceAlias {
  readonly name: string;
  readonly wwn: string;
}

export interface AliasContent {
  mode: ZoneMode;
  entries: DeviceAlias[];
}

export interface AliasSession {
  readonly user: string;
  readonly switch: string;
  readonly pending: AliasContent;
}

export interface DeviceAliasDb extends AliasContent {
  session?: AliasSession;
}

export type Role = 'network-admin' | 'network-operator';

export interface Settings {
  /** How long activations, deactivations and distributions take in basic mode. */
  readonly activationMs: number;
  readonly commitMs: number;
  readonly copyMs: number;
  /** Of one VSAN: full and active database together. */
  readonly databaseBytesMax: number;
}

export interface MdsState {
  /** The first is the principal switch everywhere. */
  readonly switches: MdsSwitch[];
  readonly links: readonly Link[];
  readonly vsans: Vsan[];
  readonly logins: Login[];
  readonly aliases: DeviceAliasDb;
  /** VSANs of the active IVR topology; absent: the feature is not enabled. */
  readonly routed?: readonly number[];
  readonly settings: Settings;
  readonly faults: Fault[];
}

/** Who gives a command, and where. */
export interface Actor {
  readonly user: string;
  readonly role: Role;
  readonly switch: string;
}

export function switchOf(state: MdsState, name: string): MdsSwitch {
  const found = state.switches.find((one) => one.name === name);
  if (!found) throw new RangeError(`there is no switch ${name}`);
  return found;
}

export const vsanOf = (state: MdsState, id: number): Vsan | undefined => state.vsans.find((one) => one.id === id);

export function zoningOf({ name, zoning }: MdsSwitch, vsan: number): SwitchZoning {
  const found = zoning[vsan];
  if (!found) throw new RangeError(`switch ${name} has no VSAN ${vsan}`);
  return found;
}

/** The WWN by which a switch is known in a VSAN; of the principal it is the name of the fabric. */
export const vsanWwn = ({ wwn }: MdsSwitch, vsan: number): string =>
  `2${(vsan >> 8).toString(16)}:${(vsan & 0xff).toString(16).padStart(2, '0')}${wwn.slice(5)}`;
