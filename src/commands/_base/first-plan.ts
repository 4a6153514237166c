/**
 * The first plan of somebody new: one volume, exported to one host, on the simulated data centre that is there. Every
 * line that differs from the careful defaults says so in a comment.
 */

/** Of the simulator, as much of it as a plan names. */
export interface Inventory {
  readonly directory: string;
  readonly arrays: readonly { readonly name: string; readonly pools: readonly string[] }[];
  readonly subnets: readonly string[];
  /** Of some of the pools. */
  readonly driveType?: string | undefined;
  readonly host: { readonly name: string; readonly iqn: string };
}

export function firstPlan({ directory, arrays, subnets, driveType, host }: Inventory): string {
  const declared = asDeclared(arrays);
  const drives = driveType === undefined ? '' : ` driveType: ${driveType},`;
  const system = ({ name, array, pools }: Declared) => [
    `  ${name}:`,
    '    driver: simulator',
    `    configuration: { directory: ${quoted(directory)}, array: ${array} }`,
    '    mode: manage # coprhd may change this array; the default, observe, only looks',
    `    scope: { pools: [${pools.join(', ')}] } # and only in these pools`,
  ];
  return `${[
    'kind: infrastructure # what administrators declare',
    `networks: { san: { transport: ip, subnets: [${subnets.join(', ')}] } }`,
    'storageSystems:',
    ...declared.flatMap(system),
    `virtualArrays: { dc1: { networks: [san], storageSystems: [${declared.map(({ name }) => quoted(name)).join(', ')}] } }`,
    'virtualPools:',
    `  gold: { type: block, protocols: [iscsi],${drives} paths: { min: 2, max: 4, perInitiator: 4 }, virtualArrays: [dc1] }`,
    `hosts: { ${host.name}: { type: linux, initiators: [{ iqn: ${quoted(host.iqn)}, network: san }] } }`,
    'projects: { first: {} }',
    '---',
    'kind: stack # what tenants declare',
    'stack: first',
    'project: first',
    'volumes:',
    '  vol1:',
    '    size: 10GiB',
    '    virtualPool: gold',
    '    virtualArray: dc1',
    '    protect: false # may be removed; the default, true, holds every removal',
    '    onRemove: delete # at once; the default, quarantine, keeps the data for 7 days',
    `exports: { ${host.name}: { host: ${host.name}, volumes: [vol1] } }`,
  ].join('\n')}\n`;
}

interface Declared {
  readonly name: string;
  readonly array: string;
  readonly pools: readonly string[];
}

/** Arrays that are numbered and have the same pools are one entry with a range. */
function asDeclared(arrays: Inventory['arrays']): Declared[] {
  const each = arrays.map(({ name, pools }) => ({ name, array: name, pools }));
  const [first, ...others] = each;
  const [, base, from] = /^(.*?)([1-9][0-9]*)$/.exec(first?.name ?? '') ?? [];
  const last = Number(from) + others.length;
  const isSeries = others.every(
    ({ name, pools }, index) => name === `${base}${Number(from) + index + 1}` && pools.join() === first?.pools.join(),
  );
  if (!first || base === undefined || others.length === 0 || !isSeries) return each;
  return [{ name: `${base}{${from}..${last}}`, array: '"${name}"', pools: first.pools }];
}

const quoted = (text: string): string => (/^[A-Za-z0-9_./-]+$/.test(text) ? text : JSON.stringify(text));

interface Overview {
  readonly arrays: readonly string[];
  readonly networks?: readonly { readonly subnet: string }[];
  readonly hosts?: readonly { readonly name: string; readonly iqn: string }[];
}

interface ArrayShown {
  readonly pools: readonly { readonly name: string; readonly driveType?: string }[];
}

/** No more of a large data centre than fits into a first plan. */
const ARRAYS_MAX = 2;
const POOLS_MAX = 4;

/**
 * What is in the simulator's directory; undefined when there is nothing, or nothing that a plan could be made of. `show`
 * is `coprhd sim show`.
 */
export async function inventoryOf(
  show: (name: string | undefined, limit: number) => Promise<unknown>,
): Promise<Omit<Inventory, 'directory'> | undefined> {
  const { arrays, networks = [], hosts = [] } = (await show(undefined, ARRAYS_MAX)) as Overview;
  const [host] = hosts;
  if (arrays.length === 0 || networks.length === 0 || host === undefined) return undefined;
  const names = arrays.slice(0, ARRAYS_MAX);
  const shown = await Promise.all(names.map(async (name) => (await show(name, POOLS_MAX)) as ArrayShown));
  return {
    arrays: names.map((name, index) => ({ name, pools: shown[index]!.pools.map((pool) => pool.name) })),
    subnets: networks.map(({ subnet }) => subnet),
    driveType: shown.flatMap(({ pools }) => pools).find((pool) => pool.driveType === 'ssd')?.driveType,
    host,
  };
}
