/**
 * Initial states from a few numbers: `fabricOf` makes a fabric of two switches with hosts and storage ports on both,
 * `stateOf` a switch that is in one or several such fabrics. The same options give the same WWNs.
 */
import { atLeast } from './firmware.ts';
import {
  type DefaultZone,
  EMPTY_DATABASE,
  type FosAccount,
  type FosEdge,
  type FosFabric,
  type FosLogin,
  type FosPort,
  type FosState,
  type FosSwitch,
  type ZoneDatabase,
} from './model.ts';
import { effectiveOf } from './resolve.ts';

export const DATABASE_BYTES_MAX = 1_045_274;
export const NAME_LENGTH_MAX = 64;
const REST_SESSIONS_MAX = 3;
const BLADE_PORTS = 32;

/** Zoning as plain data. A peer zone has principals. */
export interface PlainZoning {
  readonly cfgs?: Readonly<Record<string, readonly string[]>>;
  readonly zones?: Readonly<
    Record<string, readonly string[] | { readonly principals: readonly string[]; readonly members: readonly string[] }>
  >;
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
}

export interface FabricOptions {
  /** 1 to 127 of a virtual fabric. Default 128. */
  readonly fid?: number;
  /** Begins the switches' names. */
  readonly name?: string;
  /** Tells the WWNs of this fabric from another's: 0 to 255. Default: the FID. */
  readonly number?: number;
  readonly hosts?: number;
  readonly targets?: number;
  /** Virtual ports behind each host's port. */
  readonly npiv?: number;
  /** Index of the first port: logical switches of one box have different ones. */
  readonly firstPort?: number;
  /** Directors: ports are in slots. */
  readonly director?: boolean;
  readonly zoning?: PlainZoning;
  /** Name of the configuration that is in effect. */
  readonly effective?: string;
  readonly defaultZone?: DefaultZone;
  readonly databaseBytesMax?: number;
  /** The served switch is an FC router with these at its EX_Ports. */
  readonly routed?: readonly FosEdge[];
}

const hex = (value: number): string => value.toString(16).padStart(2, '0');

/** WWPN of the n-th host, and of its v-th virtual port. */
export const hostWwpn = (number: number, host: number, virtual = 0): string =>
  `10:00:00:90:fa:${hex(number)}:${hex(host)}:${hex(virtual)}`;
export const targetWwpn = (number: number, target: number): string => `50:06:01:60:47:${hex(number)}:${hex(target)}:01`;
export const switchWwn = (number: number, domain: number): string => `10:00:00:05:1e:${hex(number)}:${hex(domain)}:00`;

function hostLogins(number: number, host: number, npiv: number): FosLogin[] {
  return Array.from({ length: npiv + 1 }, (_, virtual) => ({
    wwpn: hostWwpn(number, host, virtual),
    wwnn: hostWwpn(number, host, virtual).replace(/^10/, '20'),
    role: 'initiator',
    nodeSymbol: `Emulex LPe31002 FV12.8.351.6901 HN:host-${host}`,
  }));
}

const targetLogin = (number: number, target: number): FosLogin => ({
  wwpn: targetWwpn(number, target),
  wwnn: targetWwpn(number, target).replace(/:01$/, ':00'),
  role: 'target',
  portSymbol: `CLARiiON::::SP${target % 2 === 0 ? 'A' : 'B'}${target}::FC`,
});

type PortFields = Pick<FosPort, 'logins' | 'peer' | 'state'>;

function portsOf(fields: readonly PortFields[], first: number, director: boolean): FosPort[] {
  return fields.map((one, place) => {
    const index = first + place;
    return {
      index,
      ...(director ? { slot: 1 + Math.floor(index / BLADE_PORTS) } : {}),
      port: director ? index % BLADE_PORTS : index,
      media: one.state === 'No_Module' ? '--' : 'id',
      speed: 'N16',
      ...one,
    };
  });
}

/** Two switches, domains 1 and 2: hosts and storage ports by turns, a link between them, a dark port and an empty one. */
export function fabricOf(options: FabricOptions = {}): FosFabric {
  const { fid = 128, hosts = 2, targets = 2, npiv = 0, firstPort = 0, director = false, effective, zoning } = options;
  const { number = fid, name = 'fab', databaseBytesMax = DATABASE_BYTES_MAX } = options;
  const devices = [
    ...Array.from({ length: hosts }, (_, host) => hostLogins(number, host, npiv)),
    ...Array.from({ length: targets }, (_, target) => [targetLogin(number, target)]),
  ];
  const names = [`${name}_sw1`, `${name}_sw2`];
  const switches = names.map((own, place): FosSwitch => {
    const peer = { wwn: switchWwn(number, 2 - place), name: names[1 - place]!, upstream: place === 1 };
    const fields: PortFields[] = [
      ...devices.filter((_, index) => index % 2 === place).map((logins) => ({ logins, state: 'Online' as const })),
      { logins: [], peer, state: 'Online' },
      { logins: [], state: 'No_Light' },
      { logins: [], state: 'No_Module' },
    ];
    const domain = place + 1;
    const wwn = switchWwn(number, domain);
    const ports = portsOf(fields, firstPort, director);
    return { name: own, domain, wwn, type: director ? '121.3' : '109.1', address: `10.77.${number}.${domain}`, ports };
  });
  const defined = zoning ? databaseFrom(zoning) : EMPTY_DATABASE;
  return {
    fid,
    switches,
    principalDomain: 1,
    ...(options.routed ? { routed: options.routed } : {}),
    defined,
    ...(effective === undefined ? {} : { effective: effectiveOf(defined, effective) }),
    defaultZone: options.defaultZone ?? 'no-access',
    transactions: [],
    limits: { nameLengthMax: NAME_LENGTH_MAX, databaseBytesMax },
    raslog: [],
  };
}

export function databaseFrom({ cfgs = {}, zones = {}, aliases = {} }: PlainZoning): ZoneDatabase {
  const isList = (zone: unknown): zone is readonly string[] => Array.isArray(zone);
  return {
    cfgs: new Map(Object.entries(cfgs)),
    aliases: new Map(Object.entries(aliases)),
    zones: new Map(
      Object.entries(zones).map(([name, zone]) => [
        name,
        isList(zone) ? { kind: 'standard', principals: [], members: zone } : { kind: 'peer', ...zone },
      ]),
    ),
  };
}

export interface StateOptions {
  /** Default `v8.2.3c`. */
  readonly firmware?: string;
  /** Default: one of two hosts and two storage ports. Several need virtual fabrics. */
  readonly fabrics?: readonly FosFabric[];
  /** Default: where there are several fabrics. */
  readonly virtualFabrics?: boolean;
  readonly accounts?: readonly FosAccount[];
  readonly restSessionsMax?: number;
}

/** Throws for a firmware version that is none. */
export function stateOf(options: StateOptions = {}): FosState {
  const { firmware = 'v8.2.3c', fabrics = [fabricOf()], restSessionsMax = REST_SESSIONS_MAX } = options;
  atLeast(firmware, '7.0.0');
  return {
    firmware,
    virtualFabrics: options.virtualFabrics ?? fabrics.length > 1,
    defaultFid: fabrics[0]!.fid,
    fabrics,
    accounts: options.accounts ?? [{ user: 'admin', password: 'password', role: 'admin' }],
    restSessions: [],
    restSessionsMax,
    counter: 0,
    commits: 0,
  };
}
