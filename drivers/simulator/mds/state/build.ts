/** Makes a fabric of two switches with VSANs, hosts and targets, as initial state. Equal plans give equal fabrics. */
import type { DefaultZone, Interface, Login, MdsState, MdsSwitch, Settings, Vsan, Zone, ZoneMode } from './types.ts';
import { emptyDb } from './zone-db.ts';

export interface VsanPlan {
  /** 1 to 4093. */
  readonly id: number;
  /** Default `VSAN0010`. */
  readonly name?: string;
  readonly mode?: ZoneMode;
  readonly defaultZone?: DefaultZone;
  readonly smartZoning?: boolean;
  readonly distributeFull?: boolean;
  readonly confirmCommit?: boolean;
  /** With `IVRZ_` before their names, as the switch has them. */
  readonly routedZones?: readonly Zone[];
}

export interface FabricPlan {
  /** Default `mds-1` and `mds-2`. */
  readonly switchNames?: readonly [string, string];
  readonly vsans: readonly VsanPlan[];
  /** In each of these VSANs, on both switches in turn. VSAN 1 is there too, without any, unless it is planned. */
  readonly hosts: number;
  readonly targets: number;
  /** Virtual ports besides its own at each host's interface. Default 0. */
  readonly npivPerHost?: number;
  readonly aliasMode?: ZoneMode;
  /** IVR is enabled, and these VSANs are in its topology. */
  readonly routed?: readonly number[];
  readonly settings?: Partial<Settings>;
}

const ISOLATED = [4079, 4094];
const ISL = ['fc1/1', 'fc1/2'];
export const DEFAULTS: Settings = { activationMs: 300, commitMs: 300, copyMs: 50, databaseBytesMax: 4_000_000 };

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const pairs = (value: number): string => `${hex(value >> 8, 2)}:${hex(value & 0xff, 2)}`;

const vsanName = (id: number): string => `VSAN${String(id).padStart(4, '0')}`;

function makeVsan({
  id,
  name = vsanName(id),
  mode = 'basic',
  smartZoning = false,
  confirmCommit = false,
  routedZones,
}: VsanPlan): Vsan {
  const routed = routedZones ? { routedZones } : {};
  return { id, name, state: 'active', mode, smartZoning, confirmCommit, ...routed, status: '' };
}

interface Counting {
  readonly switches: readonly string[];
  /** Ports taken so far, by switch. */
  readonly taken: number[];
}

const domainOf = (index: number): number => index + 1;

/** The next free port: hosts and targets go to both switches in turn. */
function nextPort({ switches, taken }: Counting, turn: number): { index: number; name: string; port: number } {
  const index = turn % switches.length;
  const port = ISL.length + (taken[index] ?? 0) + 1;
  taken[index] = (taken[index] ?? 0) + 1;
  return { index, name: switches[index]!, port };
}

type Kind = 'host' | 'target';

const PORTS: Record<
  Kind,
  { prefix: string; node: string; vendor: string; feature: 'init' | 'target'; symbol: string }
> = {
  host: { prefix: '10:00:00:00:c9', node: '20:00:00:00:c9', vendor: 'Emulex', feature: 'init', symbol: 'host' },
  target: { prefix: '50:06:01:60:00', node: '50:06:01:60:80', vendor: 'Clariion', feature: 'target', symbol: 'array' },
};

/** What logs in at one port: the first is its own, the others are virtual. */
function loginsAt(counting: Counting, vsan: number, kind: Kind, number: number, virtual: number): Login[] {
  const { index, name, port } = nextPort(counting, number);
  const { prefix, node, vendor, feature, symbol } = PORTS[kind];
  const place = `${hex(vsan & 0xff, 2)}:${pairs(number + 1)}`;
  return Array.from({ length: virtual + 1 }, (_none, unit) => ({
    wwpn: unit === 0 ? `${prefix}:${place}` : `c0:50:76:${hex(unit, 2)}:${hex(index, 2)}:${place}`,
    wwnn: `${node}:${place}`,
    vsan,
    switch: name,
    interface: `fc1/${port}`,
    fcid: `0x${hex(domainOf(index), 2)}${hex(port & 0xff, 2)}${hex(unit, 2)}`,
    type: 'N' as const,
    vendor,
    feature,
    symbolicNode: `${symbol}-${number + 1}`,
    online: true,
  }));
}

function interfacesOf(name: string, logins: readonly Login[]): Interface[] {
  const links = ISL.map((port): Interface => ({ name: port, vsan: 1, status: 'trunking', speedGbit: 32 }));
  const edges = new Map<string, Interface>();
  for (const { interface: port, vsan, switch: at } of logins) {
    if (at === name) edges.set(port, { name: port, vsan, status: 'up', speedGbit: 16 });
  }
  const free: Interface = { name: `fc1/${ISL.length + edges.size + 1}`, vsan: 1, status: 'notConnected', speedGbit: 0 };
  return [...links, ...edges.values(), free];
}

function makeSwitch(vsans: readonly VsanPlan[], name: string, index: number, logins: readonly Login[]): MdsSwitch {
  const perVsan = <T>(make: (vsan: VsanPlan) => T) => Object.fromEntries(vsans.map((vsan) => [vsan.id, make(vsan)]));
  return {
    name,
    ip: `192.0.2.${index + 11}`,
    wwn: `20:00:00:0d:ec:00:10:${hex(index + 1, 2)}`,
    model: 'MDS 9148S 16G 48 FC (1 Slot)',
    version: '8.4(2c)',
    serial: `JAF0000000${index + 1}`,
    domains: perVsan(() => domainOf(index)),
    interfaces: interfacesOf(name, logins),
    zoning: perVsan(({ defaultZone = 'deny', distributeFull = false }) => ({
      db: emptyDb(),
      defaultZone,
      distributeFull,
    })),
    startup: '',
    copyingUntilMs: 0,
  };
}

export function buildFabric(plan: FabricPlan): MdsState {
  const names = plan.switchNames ?? (['mds-1', 'mds-2'] as const);
  const counting: Counting = { switches: names, taken: [] };
  // Every switch has a VSAN 1.
  const vsans = plan.vsans.some(({ id }) => id === 1) ? plan.vsans : [{ id: 1 }, ...plan.vsans];
  const numbers = (count: number) => Array.from({ length: count }, (_none, number) => number);
  const logins = plan.vsans.flatMap(({ id }) => [
    ...numbers(plan.hosts).flatMap((one) => loginsAt(counting, id, 'host', one, plan.npivPerHost ?? 0)),
    ...numbers(plan.targets).flatMap((one) => loginsAt(counting, id, 'target', one, 0)),
  ]);
  const wrong = plan.vsans.find(({ id }) => id < 1 || id > 4093 || ISOLATED.includes(id));
  if (wrong) throw new RangeError(`no fabric has a VSAN ${wrong.id}`);
  return {
    switches: names.map((name, index) => makeSwitch(vsans, name, index, logins)),
    links: ISL.map((port) => ({
      ends: [
        { switch: names[0], interface: port },
        { switch: names[1], interface: port },
      ] as const,
    })),
    vsans: vsans.map(makeVsan),
    logins,
    aliases: { mode: plan.aliasMode ?? 'basic', entries: [] },
    ...(plan.routed ? { routed: plan.routed } : {}),
    settings: { ...DEFAULTS, ...plan.settings },
    faults: [],
  };
}
