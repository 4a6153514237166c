/**
 * A fabric of the simulated SAN as MDS switches have it (mds/): one VSAN, on all of its switches. And the same with the
 * zoning that they had when they were served before: cables are as they are now, zones as they were left. Pure.
 */

import { DEFAULTS } from '../mds/state/build.ts';
import type {
  DefaultZone,
  Interface,
  Link,
  Login,
  MdsState,
  MdsSwitch,
  Member,
  Vsan,
  ZoneDb,
  ZoneMode,
} from '../mds/state/types.ts';
import { emptyDb } from '../mds/state/zone-db.ts';
import { WWPN } from '../objects.ts';
import type { FabricFacts, FabricLogin, FabricSwitch } from '../san/fabric-facts.ts';
import { DOMAIN_PORT } from '../san/objects.ts';

export interface CiscoPlan {
  readonly vsan: number;
  readonly mode: ZoneMode;
}

/** Every switch has it. */
const DEFAULT_VSAN = 1;
const MODULE_PORTS = 48;
const SPEED_GBIT = 16;

const hex = (value: number, digits = 2): string => value.toString(16).padStart(digits, '0');

const interfaceName = (port: number): string => `fc${Math.floor(port / MODULE_PORTS) + 1}/${(port % MODULE_PORTS) + 1}`;

function loginOf({ vsan }: CiscoPlan, domain: number, login: FabricLogin): Login {
  const { wwpn, wwnn, role, name, port } = login;
  return {
    ...{ wwpn, wwnn, vsan, switch: login.switch, interface: interfaceName(port) },
    fcid: `0x${hex(domain)}${hex(port, 4)}`,
    type: 'N',
    feature: role === 'initiator' ? 'init' : 'target',
    symbolicNode: name,
    online: true,
  };
}

function interfacesOf({ vsan }: CiscoPlan, own: FabricSwitch, logins: readonly Login[], links: readonly Link[]) {
  const edges = new Map<string, Interface>();
  for (const { interface: name, switch: at } of logins) {
    if (at === own.name) edges.set(name, { name, vsan, status: 'up', speedGbit: SPEED_GBIT });
  }
  const ends = links.flatMap((link) => link.ends).filter((end) => end.switch === own.name);
  const trunks = ends.map(
    ({ interface: name }): Interface => ({ name, vsan: DEFAULT_VSAN, status: 'trunking', speedGbit: 2 * SPEED_GBIT }),
  );
  return [...edges.values(), ...trunks];
}

/** The first switch is linked with all others, beyond the ports that devices are at. */
function linksOf({ switches }: FabricFacts): Link[] {
  const [principal, ...others] = switches;
  return others.map((other, place) => ({
    ends: [
      { switch: principal!.name, interface: interfaceName(principal!.ports + place) },
      { switch: other.name, interface: interfaceName(other.ports) },
    ],
  }));
}

function memberOf(text: string): Member {
  if (WWPN.test(text)) return { kind: 'pwwn', wwn: text };
  if (!DOMAIN_PORT.test(text)) return { kind: 'fcalias', name: text };
  const [domain, port] = text.split(',').map(Number) as [number, number];
  return { kind: 'interface', interface: interfaceName(port), domainId: domain };
}

const groupOf = ({ name, members = [] }: { readonly name: string; readonly members?: readonly string[] }) => ({
  name,
  members: members.map(memberOf),
});

const dbOf = ({ configurations, zones, aliases }: FabricFacts): ZoneDb => ({
  zones: zones.filter(({ members }) => members !== undefined).map(groupOf),
  zonesets: configurations.map((name) => ({
    name,
    zones: zones.filter((zone) => zone.configurations.includes(name)).map((zone) => zone.name),
  })),
  fcaliases: aliases.map(groupOf),
});

function switchOf(plan: CiscoPlan, facts: FabricFacts, own: FabricSwitch, logins: Login[], links: Link[]): MdsSwitch {
  const { name, domain, wwn } = own;
  const zoning = (db: ZoneDb, defaultZone: DefaultZone) => ({ db, defaultZone, distributeFull: true });
  return {
    ...{ name, ip: `192.0.2.${domain}`, wwn: `20:00:${wwn.slice(6)}` },
    model: 'MDS 9706 (6 Slot)',
    version: '8.4(2c)',
    serial: `SIM${wwn.replaceAll(':', '').slice(-8).toUpperCase()}`,
    domains: { [DEFAULT_VSAN]: domain, [plan.vsan]: domain },
    interfaces: interfacesOf(plan, own, logins, links),
    zoning: { [DEFAULT_VSAN]: zoning(emptyDb(), 'deny'), [plan.vsan]: zoning(dbOf(facts), facts.defaultZone) },
    startup: '',
    copyingUntilMs: 0,
  };
}

const vsanOf = (id: number, name: string, mode: ZoneMode): Vsan => ({
  ...{ id, name, state: 'active', mode, smartZoning: false, confirmCommit: false, status: '' },
});

export function ciscoState(facts: FabricFacts, plan: CiscoPlan): MdsState {
  const domains = new Map(facts.switches.map(({ name, domain }) => [name, domain]));
  const logins = facts.logins.map((login) => loginOf(plan, domains.get(login.switch)!, login));
  const links = linksOf(facts);
  const { effective, zones } = facts;
  const inEffect = zones.filter((zone) => zone.effective !== undefined);
  const active = inEffect.map((zone) => groupOf({ name: zone.name, members: zone.effective! }));
  const own = vsanOf(plan.vsan, facts.name, plan.mode);
  const zoned: Vsan = effective === undefined ? own : { ...own, active: { name: effective, zones: active } };
  return {
    switches: facts.switches.map((one) => switchOf(plan, facts, one, logins, links)),
    links,
    vsans: plan.vsan === DEFAULT_VSAN ? [zoned] : [vsanOf(DEFAULT_VSAN, 'VSAN0001', 'basic'), zoned],
    logins,
    aliases: { mode: 'basic', entries: [] },
    settings: DEFAULTS,
    faults: [],
  };
}

/** Also sessions: their locks outlive everybody. A switch or VSAN that wasn't there before is as it is in `fresh`. */
export function withCiscoZoning(fresh: MdsState, kept: MdsState): MdsState {
  return {
    ...fresh,
    vsans: fresh.vsans.map((vsan) => kept.vsans.find(({ id }) => id === vsan.id) ?? vsan),
    switches: fresh.switches.map((one) => {
      const before = kept.switches.find(({ name }) => name === one.name);
      return before ? { ...one, zoning: { ...one.zoning, ...before.zoning }, startup: before.startup } : one;
    }),
    aliases: kept.aliases,
  };
}
