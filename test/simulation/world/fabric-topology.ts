/** Two fabrics: arrays have two directors with a port in each, hosts an HBA in each; a spare HBA is in the first. */
import type { SanTopologyInput } from '../../../drivers/simulator/san/topology.ts';
import type { FabricOptions, SimOptions } from '../options.ts';

export const FABRICS = ['fa', 'fb'] as const;
export const FABRIC_NETWORKS = FABRICS.map((name) => `net-${name}`);
export const networkSystemNames = FABRICS.map((name) => `sw-${name}`);
const PORTS = [1, 2, 3, 4] as const;

const hex = (number: number) => number.toString(16).padStart(2, '0');
const numberOf = (name: string) => Number(/\d+$/.exec(name)![0]);
const fabricOfPort = (port: number) => FABRICS[(port - 1) % 2]!;
const portWwpn = (array: number, port: number) => `50:00:00:00:00:00:${hex(array)}:${hex(port)}`;

/** Ports of an array, numbered from 1: two of each director. */
export const fcPorts = (array: number) =>
  PORTS.map((port) => ({ name: `SP-${port}`, address: portWwpn(array, port), haDomain: `D-${Math.ceil(port / 2)}` }));

/** Of a host: those that it uses, with or without the spare one. */
export function hbas(host: string, spare = true) {
  const all = [0, 1, 2].map((index) => ({
    name: `hba${index}`,
    wwpn: `10:00:00:00:00:00:${hex(numberOf(host))}:${hex(index + 1)}`,
    fabric: FABRICS[index % 2]!,
    network: FABRIC_NETWORKS[index % 2]!,
  }));
  return spare ? all : all.slice(0, 2);
}

export function sanTopology(
  { arrays, hosts, pageItems }: SimOptions,
  { foreignZones }: FabricOptions,
): SanTopologyInput {
  const used = { fa: 0, fb: 0 };
  const to = (fabric: (typeof FABRICS)[number]) => ({
    fabric,
    switch: `${fabric}-${(used[fabric] % 2) + 1}`,
    port: Math.floor(used[fabric]++ / 2),
  });
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  return {
    fabrics: FABRICS.map((name) => ({
      name,
      switches: [1, 2].map((number) => ({ name: `${name}-${number}`, domain: number, ports: 64 })),
    })),
    hosts: numbers(hosts).map((number) => ({
      name: `h${number}`,
      iqn: `iqn.2026-01.com.example:h${number}`,
      hbas: hbas(`h${number}`).map(({ name, wwpn, fabric }) => ({
        ...{ name, wwpn, wwnn: wwpn.replace(/^10/, '20') },
        to: to(fabric),
      })),
    })),
    arrayPorts: numbers(arrays).flatMap((array) =>
      PORTS.map((port) => ({
        array: `sim-${array}`,
        port: `SP-${port}`,
        wwpn: portWwpn(array, port),
        wwnn: portWwpn(array, 0),
        to: to(fabricOfPort(port)),
      })),
    ),
    zones: { count: foreignZones, seed: 7 },
    pageItems,
  };
}

/** What the plan text says of them. */
export function declaredFabrics({ style, members }: FabricOptions): string[] {
  const scope = FABRIC_NETWORKS.join(', ');
  return [
    'networkSystems:',
    ...FABRICS.map(
      (name, index) =>
        `  ${networkSystemNames[index]}: { driver: simulator, credential: "vault:san/array", mode: manage, scope: { fabrics: [${scope}] }, configuration: { directory: /sim, fabric: ${name} } }`,
    ),
    'networks:',
    ...FABRICS.map(
      (_, index) =>
        `  ${FABRIC_NETWORKS[index]}: { transport: fc, networkSystem: ${networkSystemNames[index]}, configuration: legacy, zoning: { style: ${style}, members: ${members} } }`,
    ),
  ];
}
