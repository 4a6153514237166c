/** What the simulated SAN is made of at first: a schema for people, a generator, and the first keys. */
import { sha256Hex } from 'coprhd/driver';
import { z } from 'zod';
import type { Kv } from '../kv.ts';
import { NAME_ALPHABET, SELF, WWPN } from '../objects.ts';
import type { Topology } from '../topology.ts';
import { wwnOf } from '../wwn.ts';
import {
  cableId,
  cables,
  fabrics,
  fabricTables,
  hosts,
  iqns,
  networks,
  type StoredCable,
  sans,
  switches,
  wwpns,
} from './objects.ts';
import { activate, defineZone, ensureConfiguration, openZoning, saved } from './zoning.ts';
import { EMPTY_SUM } from './zoning-sum.ts';

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]*$/)
  .max(40);
const portName = z.string().regex(NAME_ALPHABET).max(64);
const wwn = z.string().regex(WWPN);

const toFabric = z.strictObject({ fabric: name, switch: name, port: z.int().min(0) });
const toNetwork = z.strictObject({ network: name });

export const sanSchema = z.strictObject({
  fabrics: z
    .array(
      z.strictObject({
        name,
        defaultZone: z.enum(['deny', 'permit']).default('deny'),
        /** The whole zoning, defined and effective, fits into it. */
        databaseBytesMax: z
          .int()
          .positive()
          .default(16 * 1024 ** 2),
        switches: z
          .array(
            z.strictObject({ name, domain: z.int().min(1).max(239), ports: z.int().min(1).max(1024).default(384) }),
          )
          .min(1),
      }),
    )
    .default([]),
  networks: z.array(z.strictObject({ name, subnet: z.string() })).default([]),
  hosts: z
    .array(
      z.strictObject({
        name,
        iqn: z.string().regex(/^iqn\.\d{4}-\d{2}\.\S+$/),
        hbas: z.array(z.strictObject({ name: portName, wwpn: wwn, wwnn: wwn, to: toFabric })).default([]),
        nics: z.array(z.strictObject({ name: portName, address: z.string(), to: toNetwork })).default([]),
      }),
    )
    .default([]),
  /** Where the ports of arrays are cabled to. */
  arrayPorts: z
    .array(
      z.strictObject({
        array: z.string(),
        port: portName,
        wwpn: wwn.optional(),
        wwnn: wwn.optional(),
        address: z.string().optional(),
        to: z.union([toFabric, toNetwork]),
      }),
    )
    .default([]),
  /** Foreign zones in effect, over all fabrics: `count` of them, who with whom as `seed` says. */
  zones: z.strictObject({ count: z.int().min(0), seed: z.int() }).default({ count: 0, seed: 1 }),
  pageItems: z.int().min(1).max(10_000).default(500),
});
export type SanTopology = z.infer<typeof sanSchema>;
export type SanTopologyInput = z.input<typeof sanSchema>;

export interface SanGeneration {
  readonly fabrics: number;
  readonly hosts: number;
  readonly zones?: number;
  readonly seed?: number;
}

const letterOf = (index: number) => (index < 26 ? String.fromCharCode(97 + index) : String(index + 1));
const SWITCH_PORTS = 384;
const NETWORKS = 2;

/** The next free port of a fabric, filling switch after switch. */
function portCounter(fabricName: string) {
  let used = 0;
  const switchName = (index: number) => `${fabricName}-sw${index + 1}`;
  return {
    next: () => {
      const [index, port] = [Math.floor(used / SWITCH_PORTS), used % SWITCH_PORTS];
      used++;
      return { fabric: fabricName, switch: switchName(index), port };
    },
    switches: () =>
      Array.from({ length: Math.max(1, Math.ceil(used / SWITCH_PORTS)) }, (_, index) => ({
        name: switchName(index),
        domain: index + 1,
        ports: SWITCH_PORTS,
      })),
  };
}

const trailingNumber = (text: string) => Number(/(\d+)$/.exec(text)?.[1] ?? 1);

/**
 * Fabrics `fabric-a`, `fabric-b`..., IP networks `ip-1` and `ip-2`, hosts `host-1`... with an HBA for each fabric and a NIC
 * for each network. Ports of arrays go by their numbers: the first of a director to the first fabric or network.
 */
export function generateSan(options: SanGeneration, arrays: readonly Topology[]): SanTopology {
  const names = Array.from({ length: options.fabrics }, (_, index) => `fabric-${letterOf(index)}`);
  const counters = names.map(portCounter);
  const arrayPorts = arrays.flatMap((array) =>
    array.ports.flatMap(({ name: port, address }): SanTopology['arrayPorts'] => {
      const number = trailingNumber(port) - 1;
      if (!WWPN.test(address)) {
        return [{ array: array.name, port, address, to: { network: `ip-${(number % NETWORKS) + 1}` } }];
      }
      if (counters.length === 0) return [];
      const to = counters[number % counters.length]!.next();
      return [{ array: array.name, port, wwpn: address, wwnn: wwnOf('50:00:00:00', array.name), to }];
    }),
  );
  const hostList = Array.from({ length: options.hosts }, (_, index) => {
    const host = `host-${index + 1}`;
    return {
      name: host,
      iqn: `iqn.2026-01.io.coprhd.simulator:${host}`,
      hbas: counters.map((counter, hba) => ({
        name: `hba${hba}`,
        wwpn: wwnOf('10:00', `${host}/hba${hba}`),
        wwnn: wwnOf('20:00', host),
        to: counter.next(),
      })),
      nics: Array.from({ length: NETWORKS }, (_nic, nic) => ({
        name: `eth${nic}`,
        address: `10.${128 + Math.floor(index / 250)}.${nic + 1}.${(index % 250) + 1}`,
        to: { network: `ip-${nic + 1}` },
      })),
    };
  });
  return sanSchema.parse({
    fabrics: names.map((fabric, index) => ({ name: fabric, switches: counters[index]!.switches() })),
    networks: Array.from({ length: NETWORKS }, (_, index) => ({
      name: `ip-${index + 1}`,
      subnet: `10.0.${index + 1}.0/24`,
    })),
    hosts: hostList,
    arrayPorts,
    zones: { count: options.zones ?? 0, seed: options.seed ?? 1 },
  });
}

function putCable(kv: Kv, cable: StoredCable): void {
  cables.put(kv, cable.id, cable);
  if (cable.wwpn === undefined) return;
  wwpns.put(kv, cable.wwpn, cable.id);
  if (cable.to.type === 'fabric') fabricTables(cable.to.fabric).endpoints.put(kv, cable.wwpn, cable.id);
}

const target = (to: z.infer<typeof toFabric> | z.infer<typeof toNetwork>): StoredCable['to'] =>
  'network' in to ? { type: 'network', ...to } : { type: 'fabric', ...to };

function buildFabrics(kv: Kv, topology: SanTopology): void {
  for (const fabric of topology.fabrics) {
    const [principal] = fabric.switches;
    const principalWwn = wwnOf('10:00:88:94', `${fabric.name}/${principal!.name}`);
    fabrics.put(kv, fabric.name, {
      name: fabric.name,
      nativeId: principalWwn,
      serialNumber: `SIMFAB${sha256Hex(fabric.name).slice(0, 10).toUpperCase()}`,
      defaultZone: fabric.defaultZone,
      generation: 0,
      definedSum: EMPTY_SUM,
      effectiveSum: EMPTY_SUM,
      zones: 0,
      databaseBytes: 0,
      databaseBytesMax: fabric.databaseBytesMax,
    });
    for (const { name: switchName, domain, ports } of fabric.switches) {
      const switchWwn = wwnOf('10:00:88:94', `${fabric.name}/${switchName}`);
      switches.put(kv, switchName, { name: switchName, fabric: fabric.name, domain, wwn: switchWwn, ports, up: true });
    }
  }
}

/** Writes a SAN into an empty Kv. */
export function buildSan(kv: Kv, topology: SanTopology): void {
  sans.put(kv, SELF, { schema: 1, topology, pageItems: topology.pageItems });
  buildFabrics(kv, topology);
  for (const network of topology.networks) networks.put(kv, network.name, network);
  for (const { name: host, iqn, hbas, nics } of topology.hosts) {
    hosts.put(kv, host, { name: host, on: true, iqn, ports: [...hbas, ...nics].map((port) => port.name) });
    iqns.put(kv, iqn, host);
    for (const { name: port, to, ...rest } of [...hbas, ...nics]) {
      const owner = { type: 'host' as const, name: host, port };
      putCable(kv, { id: cableId(host, port), owner, plugged: true, to: target(to), ...rest });
    }
  }
  for (const { array, port, to, wwpn, wwnn, address } of topology.arrayPorts) {
    putCable(kv, {
      id: cableId(array, port),
      owner: { type: 'array', name: array, port },
      plugged: true,
      to: target(to),
      ...(wwpn === undefined ? {} : { wwpn }),
      ...(wwnn === undefined ? {} : { wwnn }),
      ...(address === undefined ? {} : { address }),
    });
  }
  buildZones(kv, topology);
}

/** Single-initiator zones `z000001`... of hosts with storage ports of their fabric, in configuration `legacy`. */
function buildZones(kv: Kv, { zones: { count, seed }, fabrics: made, hosts: hostList, arrayPorts }: SanTopology): void {
  if (count === 0) return;
  const perFabric = Math.ceil(count / Math.max(1, made.length));
  for (const [index, { name: fabric }] of made.entries()) {
    const isHere = ({ to }: { to: object }) => 'fabric' in to && to.fabric === fabric;
    const initiators = hostList.flatMap(({ hbas }) => hbas.filter(isHere).map(({ wwpn }) => wwpn));
    const targets = arrayPorts.filter(isHere).flatMap(({ wwpn }) => wwpn ?? []);
    if (initiators.length === 0 || targets.length === 0) continue;
    const zoning = openZoning(kv, fabric);
    ensureConfiguration(zoning, 'legacy');
    const here = Math.min(perFabric, count - index * perFabric);
    for (let number = 0; number < here; number++) {
      const round = Math.floor(number / initiators.length);
      const target =
        Number.parseInt(sha256Hex(`${seed} ${fabric} ${number % initiators.length}`).slice(0, 8), 16) + round;
      const members = [initiators[number % initiators.length]!, targets[target % targets.length]!].sort();
      defineZone(zoning, `z${String(number + 1).padStart(6, '0')}`, { members, configurations: ['legacy'] });
    }
    if (here > 0) activate(zoning, 'legacy');
    saved(zoning);
  }
}
