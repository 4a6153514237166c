/** Plan texts for tests: a small data centre on simulated arrays, and stacks on it. */
import type { PlanSource } from '../../../src/engine/operations/types.ts';

export const iqn = (name: string): string => `iqn.2026-01.com.example:${name}`;

export interface InfrastructureOptions {
  readonly arrays?: readonly string[];
  readonly pools?: readonly string[];
  readonly mode?: 'observe' | 'propose' | 'manage';
  /** Host name → initiator names. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
  readonly clusters?: Readonly<Record<string, readonly string[]>>;
  readonly subscription?: string;
  readonly utilisation?: string;
  readonly paths?: string;
  readonly more?: string;
}

const HOSTS = { h1: ['h1'], h2: ['h2'], h3: ['h3'] };

/** array-N is the simulated array sim-N. */
export function infrastructure(options: InfrastructureOptions = {}): string {
  const {
    arrays = ['array-1'],
    pools = ['fast'],
    mode = 'manage',
    hosts = HOSTS,
    clusters = { c1: ['h1', 'h2'] },
  } = options;
  const { subscription = '200%', utilisation = '80%', paths = '{ min: 1, max: 2 }', more = '' } = options;
  const limits = `{ utilisation: ${utilisation}, subscription: ${subscription} }`;
  const scope = pools.length > 0 ? `, scope: { pools: [${pools.join(', ')}] }` : '';
  const pool = (name: string, provisioning: string) =>
    `  ${name}: { type: block, protocols: [iscsi], provisioning: ${provisioning}, paths: ${paths}, limits: ${limits}, virtualArrays: [dc1] }`;
  return [
    'kind: infrastructure',
    'networks:',
    '  san: { transport: ip, subnets: [10.0.0.0/16] }',
    ...(arrays.length > 0 ? ['storageSystems:'] : []),
    ...arrays.map(
      (name) =>
        `  ${name}: { driver: simulator, mode: ${mode}, configuration: { directory: /arrays, array: ${name.replace('array', 'sim')} }${scope} }`,
    ),
    'virtualArrays:',
    `  dc1: { networks: [san], storageSystems: [${arrays.join(', ')}] }`,
    'virtualPools:',
    pool('gold', 'thin'),
    pool('thick', 'thick'),
    ...(Object.keys(hosts).length > 0 ? ['hosts:'] : []),
    ...Object.entries(hosts).map(
      ([name, names]) =>
        `  ${name}: { type: linux, initiators: [${names.map((i) => `{ iqn: "${iqn(i)}", network: san }`).join(', ')}] }`,
    ),
    ...(Object.keys(clusters).length > 0 ? ['clusters:'] : []),
    ...Object.entries(clusters).map(([name, members]) => `  ${name}: { hosts: [${members.join(', ')}] }`),
    'projects:',
    '  p: {}',
    more,
    '',
  ].join('\n');
}

export interface StackOptions {
  readonly stack?: string;
  /** Name → fields beyond the defaults (`size: 10GiB`), or null for the defaults. */
  readonly volumes?: Readonly<Record<string, string | null>>;
  readonly exports?: Readonly<Record<string, string>>;
  readonly more?: string;
}

/** Volumes are 10 GiB in gold, not protected, unless said otherwise. */
export function stack(options: StackOptions = {}): string {
  const { stack: name = 's', volumes = {}, exports = {}, more = '' } = options;
  const volume = (fields: string | null) => {
    const given = fields ?? '';
    const defaults = [
      ['size', '10GiB'],
      ['virtualPool', 'gold'],
      ['virtualArray', 'dc1'],
      ['protect', 'false'],
    ] as const;
    const rest = defaults.filter(([key]) => !given.includes(`${key}:`)).map(([key, value]) => `${key}: ${value}`);
    return `{ ${[...(given === '' ? [] : [given]), ...rest].join(', ')} }`;
  };
  return [
    'kind: stack',
    `stack: ${name}`,
    'project: p',
    ...(Object.keys(volumes).length > 0 ? ['volumes:'] : []),
    ...Object.entries(volumes).map(([key, fields]) => `  ${key}: ${volume(fields)}`),
    ...(Object.keys(exports).length > 0 ? ['exports:'] : []),
    ...Object.entries(exports).map(([key, fields]) => `  ${key}: { ${fields} }`),
    more,
    '',
  ].join('\n');
}

/** Texts by file name; without names each gets its stack's. */
export type Texts = string | readonly string[] | Readonly<Record<string, string>>;

export function sourceOf(texts: Texts): PlanSource {
  const isNamed = typeof texts === 'object' && !Array.isArray(texts);
  const list = typeof texts === 'string' ? [texts] : (texts as readonly string[]);
  const files = new Set<string>();
  const nameOf = (text: string) => {
    const name = /^stack: "?([^"\n]*)"?$/m.exec(text)?.[1] ?? 'infrastructure';
    const file = files.has(name) ? `${name}-${files.size}` : name;
    files.add(file);
    return `${file}.yaml`;
  };
  const named = isNamed ? Object.entries(texts as Record<string, string>) : list.map((text) => [nameOf(text), text]);
  return { texts: named.map(([file, text]) => ({ file: file!, text: text! })), variables: {} };
}
