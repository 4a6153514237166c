/** An estate with two fabrics, arrays with directors in both, hosts with an HBA in each; and its plan texts. */

import type { FabricEdit } from '../../../drivers/simulator/san/edits.ts';
import type { SanTopologyInput } from '../../../drivers/simulator/san/topology.ts';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import { isLive } from '../../../src/engine/model/record.ts';
import { createEstate, type Estate, type EstateOptions, TIB } from './estate.ts';

export const FABRICS = ['fa', 'fb'] as const;
type FabricName = (typeof FABRICS)[number];

const hex = (number: number) => number.toString(16).padStart(2, '0');
export const hba = (host: number, index: number) => `10:00:00:00:00:00:${hex(host)}:${hex(index + 1)}`;
export const portOf = (array: number, director: number, port: number) =>
  `50:00:00:00:00:${hex(array)}:${hex(director)}:${hex(port)}`;

export interface FabricEstateOptions extends Pick<EstateOptions, 'store' | 'clock'> {
  readonly hosts?: number;
  readonly arrays?: number;
  /** Each with one port in each fabric. */
  readonly directors?: number;
  readonly foreignZones?: number;
  readonly databaseBytesMax?: number;
}

const fabricOfPort = (port: number): FabricName => FABRICS[(port - 1) % 2]!;

export async function createFabricEstate(options: FabricEstateOptions = {}): Promise<Estate> {
  const { hosts = 3, arrays = 1, directors = 2, foreignZones = 4, databaseBytesMax, store, clock } = options;
  const next: Record<FabricName, number> = { fa: 0, fb: 0 };
  const to = (fabric: FabricName) => ({
    fabric,
    switch: `${fabric}-sw${(next[fabric] % 2) + 1}`,
    port: Math.floor(next[fabric]++ / 2),
  });
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  const ports = numbers(arrays).flatMap((array) =>
    numbers(directors).flatMap((director) =>
      [1, 2].map((port) => ({
        array,
        director,
        port,
        name: `FA-${director}:${port}`,
        address: portOf(array, director, port),
      })),
    ),
  );
  const san: SanTopologyInput = {
    fabrics: FABRICS.map((name) => ({
      name,
      ...(databaseBytesMax === undefined ? {} : { databaseBytesMax }),
      switches: [1, 2].map((n) => ({ name: `${name}-sw${n}`, domain: n, ports: 64 })),
    })),
    hosts: numbers(hosts).map((host) => ({
      name: `h${host}`,
      iqn: `iqn.2026-01.io.coprhd:h${host}`,
      hbas: FABRICS.map((fabric, index) => ({
        name: `hba${index}`,
        wwpn: hba(host, index),
        wwnn: hba(host, index).replace(/^10/, '20'),
        to: to(fabric),
      })),
    })),
    arrayPorts: ports.map(({ array, port, name, address }) => ({
      array: `sim-${array}`,
      port: name.replace(':', '-'),
      wwpn: address,
      wwnn: address.replace(/^50/, '52'),
      to: to(fabricOfPort(port)),
    })),
    zones: { count: foreignZones, seed: 7 },
  };
  const estate = await createEstate({
    san,
    ...(store ? { store } : {}),
    ...(clock ? { clock } : {}),
    arrays: numbers(arrays).map((array) => ({
      pools: [{ name: 'fast', totalBytes: TIB }],
      ports: ports
        .filter((each) => each.array === array)
        .map(({ name, address, director }) => ({ name: name.replace(':', '-'), address, haDomain: `FA-${director}` })),
    })),
  });
  return estate;
}

export interface FabricTextOptions {
  readonly hosts?: number;
  readonly arrays?: number;
  readonly zoning?: string;
  readonly paths?: string;
  readonly autoSanZoning?: boolean;
  readonly scope?: string;
  readonly cluster?: readonly number[];
  readonly more?: string;
  readonly configuration?: string;
}

export function fabricText(options: FabricTextOptions = {}): string {
  const {
    hosts = 3,
    arrays = 1,
    zoning,
    paths = '{ min: 2, max: 4, perInitiator: 2 }',
    autoSanZoning,
    scope = '[net-a, net-b]',
    cluster = [1, 2],
    more = '',
    configuration = 'legacy',
  } = options;
  const style = zoning === undefined ? '' : `, zoning: ${zoning}`;
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  return [
    'kind: infrastructure',
    'networkSystems:',
    ...FABRICS.map(
      (fabric) =>
        `  sw-${fabric}: { driver: simulator, configuration: { directory: /arrays, fabric: ${fabric} }, mode: manage, scope: { fabrics: ${scope} } }`,
    ),
    'networks:',
    ...FABRICS.map(
      (fabric) =>
        `  net-${fabric[1]}: { transport: fc, networkSystem: sw-${fabric}, configuration: ${configuration}${style} }`,
    ),
    'storageSystems:',
    ...numbers(arrays).map(
      (n) =>
        `  array-${n}: { driver: simulator, mode: manage, configuration: { directory: /arrays, array: sim-${n} }, scope: { pools: [fast] } }`,
    ),
    'virtualArrays:',
    `  dc1: { networks: [net-a, net-b]${autoSanZoning === undefined ? '' : `, autoSanZoning: ${autoSanZoning}`} }`,
    'virtualPools:',
    `  gold: { type: block, protocols: [fc], provisioning: thin, paths: ${paths}, virtualArrays: [dc1] }`,
    'hosts:',
    ...numbers(hosts).map(
      (n) =>
        `  h${n}: { type: linux, initiators: [${['a', 'b'].map((net, i) => `{ wwpn: "${hba(n, i)}", network: net-${net} }`).join(', ')}] }`,
    ),
    'clusters:',
    `  c1: { hosts: [${cluster.map((n) => `h${n}`).join(', ')}] }`,
    'projects:',
    '  p: {}',
    more,
    '',
  ].join('\n');
}

export const editFabric = (estate: Estate, fabric: FabricName, edit: FabricEdit): void => {
  const answer = estate.san.handle({ operation: 'editFabric', args: { fabric, edit }, nowMs: 0 });
  if (!answer.ok) throw new Error(answer.error.message);
};

interface FabricShown {
  readonly transaction: { readonly owner: string } | null;
  readonly zones: { readonly items: readonly { readonly name: string }[] };
  readonly aliases: { readonly items: readonly { readonly name: string }[] };
  readonly pending: { readonly items: readonly unknown[] };
}

/** All that the fabric shows of itself; equal JSON is an equal fabric. */
export function showFabric(estate: Estate, fabric: FabricName): FabricShown {
  const answer = estate.san.handle({ operation: 'showSan', args: { name: fabric }, nowMs: 0 });
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value as unknown as FabricShown;
}

/** Of the simulated fabric, with what is saved and what is in effect of each; without those that we made. */
export async function foreignZones(estate: Estate, fabric: FabricName): Promise<string> {
  const own = new Set(
    (await estate.records('zone'))
      .filter(({ record }) => !record.spec.existing)
      .map(({ record }) => record.spec.zoneName),
  );
  const { zones } = showFabric(estate, fabric);
  return JSON.stringify(zones.items.filter(({ name }) => !own.has(name)));
}

/** On the simulated fabric, of those that our records name. */
export async function ownZonesOn(estate: Estate, fabric: FabricName): Promise<string[]> {
  const own = new Set((await estate.records('zone')).map(({ record }) => record.spec.zoneName));
  return showFabric(estate, fabric)
    .zones.items.map(({ name }) => name)
    .filter((name) => own.has(name))
    .sort();
}

/** No foreign zone joins anything of ours: one of two WWPNs that nobody has is in effect on each fabric. */
export async function createAnchoredEstate(options: FabricEstateOptions = {}): Promise<Estate> {
  const estate = await createFabricEstate({ ...options, foreignZones: 0 });
  for (const fabric of FABRICS) {
    const members = ['aa:00:00:00:00:00:00:01', 'aa:00:00:00:00:00:00:02'];
    editFabric(estate, fabric, { edit: 'create-configuration', configuration: 'legacy' });
    editFabric(estate, fabric, {
      edit: 'create-zone',
      zone: 'anchor',
      members,
      configuration: 'legacy',
      enable: false,
    });
    editFabric(estate, fabric, { edit: 'enable-configuration', configuration: 'legacy' });
  }
  return estate;
}

/** The first fabric that we activate on takes it; each activation on the other is refused. `meanwhile` somebody does this, once. */
export function refuseSecondFabric(estate: Estate, meanwhile?: (first: FabricName) => void): void {
  let first: FabricName | undefined;
  let isDone = false;
  estate.wrapNetwork = (network, of) => ({
    ...network,
    applyZoneDelta: async (ctx, delta) => {
      first ??= of as FabricName;
      if (of === first) return network.applyZoneDelta(ctx, delta);
      if (!isDone) meanwhile?.(first);
      isDone = true;
      throw new DriverError({ class: 'invalid', message: 'the fabric refused the configuration' });
    },
  });
}

/** `host initiator-index -> port name` of all live paths. */
export async function paths(estate: Estate): Promise<string[]> {
  const ports = new Map((await estate.records('port')).map(({ record }) => [record.urn, record.name]));
  const initiators = new Map((await estate.records('initiator')).map(({ record }) => [record.urn, record.name]));
  return (await estate.records('path'))
    .filter(({ record }) => isLive(record))
    .map(({ record: { spec } }) => `${initiators.get(spec.initiator)} -> ${ports.get(spec.port)}`)
    .sort();
}

export async function zoneNames(estate: Estate): Promise<string[]> {
  return (await estate.records('zone'))
    .filter(({ record }) => isLive(record))
    .map(({ record }) => record.spec.zoneName)
    .sort();
}
