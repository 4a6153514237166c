/** What `coprhd sim show` says of the SAN: an overview, one fabric, one host. At most `limit` items of each kind. */
import { DriverError } from 'coprhd/driver';
import type { Kv, Table } from '../kv.ts';
import { SELF } from '../objects.ts';
import { listBroken } from './faults.ts';
import { isLoggedIn } from './links.ts';
import { cableId, cables, fabrics, fabricTables, hosts, type StoredCable, sans, switches } from './objects.ts';

export interface ShowArgs {
  /** A fabric or a host; without it, the overview. */
  readonly name?: string;
  /** Items of each kind; all, when left out. */
  readonly limit?: number;
}

interface Some<T> {
  readonly items: readonly T[];
  /** There are more than these. */
  readonly more: boolean;
}

/** In the table's own order, which is always the same. */
function some<S, T>(kv: Kv, from: Table<S>, limit: number | undefined, view: (stored: S) => T): Some<T> {
  const ids = from.list(kv, limit === undefined ? {} : { limit: limit + 1 });
  const shown = limit === undefined ? ids : ids.slice(0, limit);
  return { items: shown.map((id) => view(from.listed(kv, id))), more: ids.length > shown.length };
}

function portView(kv: Kv, cable: StoredCable) {
  const { to, plugged, wwpn, address } = cable;
  return {
    port: cable.id,
    ...(wwpn === undefined ? {} : { wwpn }),
    ...(address === undefined ? {} : { address }),
    cable: to.type === 'fabric' ? `${to.fabric}/${to.switch} port ${to.port}` : to.network,
    plugged,
    ...(to.type === 'fabric' ? { loggedIn: isLoggedIn(kv, cable) } : {}),
  };
}

function showFabric(kv: Kv, name: string, limit: number | undefined) {
  const { effective, transaction, ...fabric } = fabrics.need(kv, name);
  const tables = fabricTables(name);
  const { topology } = sans.need(kv, SELF);
  const own = topology.fabrics.find((made) => made.name === name)!.switches;
  return {
    fabric: name,
    nativeId: fabric.nativeId,
    defaultZone: fabric.defaultZone,
    effectiveConfiguration: effective ?? null,
    generation: fabric.generation,
    transaction: transaction ?? null,
    switches: own.map((one) => switches.need(kv, one.name)),
    endpoints: some(kv, tables.endpoints, limit, (id) => portView(kv, cables.need(kv, id))),
    configurations: some(kv, tables.configurations, limit, (configuration) => configuration),
    zones: some(kv, tables.zones, limit, (zone) => zone),
    aliases: some(kv, tables.aliases, limit, (alias) => alias),
    pending: some(kv, tables.pending, limit, (zone) => zone),
  };
}

function showHost(kv: Kv, name: string) {
  const { on, iqn, ports } = hosts.need(kv, name);
  return { host: name, on, iqn, ports: ports.map((port) => portView(kv, cables.need(kv, cableId(name, port)))) };
}

function overview(kv: Kv, limit: number | undefined) {
  const { topology } = sans.need(kv, SELF);
  const fabricList = some(kv, fabrics, undefined, ({ name, effective, zones, defaultZone, transaction }) => ({
    name,
    switches: topology.fabrics.find((made) => made.name === name)!.switches.length,
    zones,
    effectiveConfiguration: effective ?? null,
    defaultZone,
    transaction: transaction?.owner ?? null,
  }));
  return {
    fabrics: [...fabricList.items].sort((a, b) => (a.name < b.name ? -1 : 1)),
    networks: topology.networks,
    hosts: topology.hosts.slice(0, limit).map(({ name, iqn, hbas }) => ({
      name,
      iqn,
      wwpns: hbas.map(({ wwpn }) => wwpn),
    })),
    hostCount: topology.hosts.length,
    broken: listBroken(kv),
  };
}

export function showSan(kv: Kv, { name, limit }: ShowArgs): Readonly<Record<string, unknown>> {
  if (name === undefined) return overview(kv, limit);
  if (fabrics.get(kv, name)) return showFabric(kv, name, limit);
  if (hosts.get(kv, name)) return showHost(kv, name);
  throw new DriverError({
    class: 'not-found',
    message: `no simulated array, fabric or host ${name}`,
    hint: 'see what there is: coprhd sim show',
  });
}
