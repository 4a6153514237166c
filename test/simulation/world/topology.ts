/** The arrays of a run, and the plan text that declares the data centre around them. */
import type { TopologyInput } from '../../../drivers/simulator/topology.ts';
import { fullCopiesOf, quiesceOptionsOf } from '../copy-options.ts';
import type { SimOptions } from '../options.ts';
import { declaredFabrics, FABRIC_NETWORKS, fcPorts, hbas } from './fabric-topology.ts';

export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

/** Limits of both virtual pools: fractions. */
export const LIMITS_OF_POOLS = { utilisation: 0.8, subscription: 2 } as const;

const poolNames = (count: number) => Array.from({ length: count }, (_, index) => `pool-${index + 1}`);
export const hostNames = (count: number) => Array.from({ length: count }, (_, index) => `h${index + 1}`);
export const iqnOf = (name: string) => `iqn.2026-01.com.example:${name}`;

const ipPorts = (index: number) =>
  [1, 2].map((number) => ({
    name: `SP-${number}`,
    address: `10.0.${number}.${10 + index}:3260`,
    haDomain: `SP-${number}`,
  }));

export function topologies(options: SimOptions): TopologyInput[] {
  const { arrays, pools, poolGib, pageItems, zeroingMibPerSecond, fabrics, copies } = options;
  const inFull = fullCopiesOf(options)?.pools ?? 0;
  return Array.from({ length: arrays }, (_, index) => ({
    name: `sim-${index + 1}`,
    pools: poolNames(pools).map((name, number) => ({
      ...{ name, totalBytes: (copies ? copies.poolGib : poolGib) * GIB },
      ...(number < inFull ? { snapshots: 'full-copy' as const } : {}),
    })),
    ports: fabrics ? fcPorts(index + 1) : ipPorts(index),
    pageItems,
    zeroingBytesPerSecond: (copies ? copies.mibPerSecond : zeroingMibPerSecond) * MIB,
    foreignVolumes: index === 0 ? 2 : 0,
  }));
}

/** What administrators change now and then. */
export interface Infrastructure {
  /** Host name → initiators beside its first. */
  readonly extra: Readonly<Record<string, boolean>>;
  readonly tags: number;
}

/** Set, larger, taken away, in turns. */
function quotaOf({ quotaGib }: SimOptions, turn: number): string {
  return quotaGib === undefined || turn % 3 === 2 ? '' : `quota: ${quotaGib * (1 + (turn % 3))}GiB`;
}

function snapshotPolicies({ copies }: SimOptions): string[] {
  if (!copies) return [];
  const { policy } = copies.quiesce || {};
  const quiesce = policy ? `, quiesce: ${policy}` : '';
  return copies.policies ? ['snapshotPolicies:', `  often: { every: 1m, keep: ${copies.keep}${quiesce} }`] : [];
}

/** Its time changes by a second now and then: plans that say to freeze it are stale then. */
function quiesceText(options: SimOptions, index: number, turn: number): string {
  const quiesce = quiesceOptionsOf(options);
  if (!quiesce || index >= quiesce.hosts) return '';
  const where = `endpoint: "ssh://coprhd@10.9.0.${index + 1}", hostKey: "SHA256:${'A'.repeat(43)}", credential: "vault:san/array"`;
  return `, quiesce: { ${where}, freeze: [quiesce, freeze], thaw: [quiesce, thaw], timeout: ${quiesce.timeoutS + (turn % 2)}s }`;
}

export function infrastructureText(options: SimOptions, { extra, tags }: Infrastructure): string {
  const arrays = Array.from({ length: options.arrays }, (_, index) => index + 1);
  const hosts = hostNames(options.hosts);
  const scope = poolNames(options.pools).join(', ');
  const limits = `{ utilisation: ${LIMITS_OF_POOLS.utilisation * 100}%, subscription: ${LIMITS_OF_POOLS.subscription * 100}% }`;
  const groups = options.groups || options.copies ? ' multiVolumeConsistency: true,' : '';
  const { fabrics } = options;
  const paths = fabrics ? '[fc]' : '[iscsi]';
  const pathsMax = fabrics ? '{ min: 1, max: 4, perInitiator: 2 }' : '{ min: 1, max: 2 }';
  const pool = (name: string, provisioning: string) =>
    `  ${name}: { type: block, protocols: ${paths}, provisioning: ${provisioning},${groups} paths: ${pathsMax}, limits: ${limits}, virtualArrays: [dc1] }`;
  const iscsi = (name: string) =>
    [name, ...(extra[name] ? [`${name}-b`] : [])].map((one) => `{ iqn: "${iqnOf(one)}", network: san }`);
  const fc = (name: string) =>
    hbas(name, extra[name]).map(({ wwpn, network }) => `{ wwpn: "${wwpn}", network: ${network} }`);
  const initiators = (name: string) => (fabrics ? fc(name) : iscsi(name)).join(', ');
  return [
    'kind: infrastructure',
    ...(fabrics ? declaredFabrics(fabrics) : ['networks:', '  san: { transport: ip, subnets: [10.0.0.0/16] }']),
    'storageSystems:',
    ...arrays.map(
      (number) =>
        `  array-${number}: { driver: simulator, credential: "vault:san/array", mode: manage, scope: { pools: [${scope}] }, configuration: { directory: /sim, array: sim-${number} } }`,
    ),
    'virtualArrays:',
    `  dc1: { networks: [${fabrics ? FABRIC_NETWORKS.join(', ') : 'san'}], storageSystems: [${arrays.map((number) => `array-${number}`).join(', ')}] }`,
    'virtualPools:',
    pool('gold', 'thin'),
    pool('solid', 'thick'),
    'hosts:',
    ...hosts.map(
      (name, index) =>
        `  ${name}: { type: linux, tags: [t${tags}], initiators: [${initiators(name)}]${quiesceText(options, index, tags)} }`,
    ),
    ...(hosts.length > 1 ? ['clusters:', `  c1: { hosts: [${hosts.slice(0, 2).join(', ')}] }`] : []),
    ...snapshotPolicies(options),
    'projects:',
    `  p: { ${quotaOf(options, tags)} }`,
    '',
  ].join('\n');
}
