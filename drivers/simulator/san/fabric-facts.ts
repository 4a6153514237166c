/** One fabric of the simulated SAN in plain words: its switches, who is logged in where, and its zoning. Pure. */
import type { Kv, Table } from '../kv.ts';
import { SELF } from '../objects.ts';
import { isLoggedIn } from './links.ts';
import { cables, fabrics, fabricTables, type StoredCable, type StoredZone, sans, switches } from './objects.ts';

export interface FabricLogin {
  readonly wwpn: string;
  readonly wwnn: string;
  readonly role: 'initiator' | 'target';
  /** `host-1 hba0`. */
  readonly name: string;
  /** Name of the switch, and number of the port there. */
  readonly switch: string;
  readonly port: number;
}

export interface FabricSwitch {
  readonly name: string;
  readonly domain: number;
  readonly wwn: string;
  readonly ports: number;
}

export interface FabricFacts {
  readonly name: string;
  readonly defaultZone: 'deny' | 'permit';
  /** Name of the configuration that is in effect. */
  readonly effective?: string;
  /** That are up; the first is the principal. */
  readonly switches: readonly FabricSwitch[];
  readonly logins: readonly FabricLogin[];
  readonly configurations: readonly string[];
  /** Members are WWPNs, `domain,port` and names of aliases. */
  readonly zones: readonly StoredZone[];
  readonly aliases: readonly { readonly name: string; readonly members: readonly string[] }[];
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);

const all = <T>(kv: Kv, from: Table<T>): T[] => from.list(kv).map((id) => from.listed(kv, id));

function loginsAt(kv: Kv, cable: StoredCable): FabricLogin[] {
  const { to, owner, wwpn, wwnn = wwpn } = cable;
  if (to.type !== 'fabric' || wwpn === undefined || wwnn === undefined || !isLoggedIn(kv, cable)) return [];
  const role = owner.type === 'host' ? 'initiator' : 'target';
  return [{ wwpn, wwnn, role, name: `${owner.name} ${owner.port}`, switch: to.switch, port: to.port }];
}

/** Throws `not-found`. */
export function fabricFacts(kv: Kv, { fabric: name }: { readonly fabric: string }): FabricFacts {
  const { defaultZone, effective } = fabrics.need(kv, name);
  const tables = fabricTables(name);
  const made = sans.need(kv, SELF).topology.fabrics.find((one) => one.name === name)!.switches;
  return {
    name,
    defaultZone,
    ...(effective === undefined ? {} : { effective }),
    switches: made.flatMap((one) => {
      const { name: own, domain, wwn, ports, up } = switches.need(kv, one.name);
      return up ? [{ name: own, domain, wwn, ports }] : [];
    }),
    logins: all(kv, tables.endpoints)
      .flatMap((id) => loginsAt(kv, cables.need(kv, id)))
      .sort((a, b) => (a.switch === b.switch ? a.port - b.port : byName({ name: a.switch }, { name: b.switch }))),
    configurations: all(kv, tables.configurations)
      .map((one) => one.name)
      .sort(),
    zones: all(kv, tables.zones).sort(byName),
    aliases: all(kv, tables.aliases)
      .map((one) => ({ name: one.name, members: one.members }))
      .sort(byName),
  };
}
