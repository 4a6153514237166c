/** Plan files of the acceptance tests: one iSCSI data centre, and stacks of small volumes exported to its hosts. */

export const MIB = 1024 ** 2;
export const HOSTS = ['app-1', 'app-2'] as const;
export const iqnOf = (host: string): string => `iqn.2026-01.io.coprhd.e2e:${host}`;

/** `system` is what stands under array-1. */
export function infrastructure(system: string, subnet: string): string {
  const hosts = HOSTS.map(
    (host) => `  ${host}: { type: linux, initiators: [{ iqn: "${iqnOf(host)}", network: san-ip }] }`,
  );
  return `kind: infrastructure
networks:
  san-ip: { transport: ip, subnets: [${subnet}] }
storageSystems:
  array-1:
    mode: manage
    scope: { pools: [fast] }
    ${system}
virtualArrays:
  dc1: { networks: [san-ip], storageSystems: [array-1] }
virtualPools:
  gold: { type: block, protocols: [iscsi], provisioning: thin, paths: { min: 2, max: 2, perInitiator: 2 }, virtualArrays: [dc1] }
hosts:
${hosts.join('\n')}
projects: { e2e: {} }
`;
}

export interface VolumeText {
  readonly size?: string;
  readonly protect?: boolean;
  readonly onRemove?: 'quarantine' | 'retain' | 'delete';
  readonly movedFrom?: string;
}

/** `exports`: export name (also the host's) to names of volumes. `more`: further lines of the document. */
export function stack(
  volumes: Readonly<Record<string, VolumeText>>,
  exports: Readonly<Record<string, readonly string[]>> = {},
  more = '',
  name = 'web',
): string {
  const entries = Object.entries(volumes).map(([volume, { size = '16MiB', ...rest }]) => {
    const words = { size, virtualPool: 'gold', virtualArray: 'dc1', ...rest };
    return `  ${volume}: ${JSON.stringify(words)}`;
  });
  const maps = Object.entries(exports).map(([host, names]) => `  ${host}: ${JSON.stringify({ host, volumes: names })}`);
  return [
    `kind: stack\nstack: ${name}\nproject: e2e`,
    ...(entries.length > 0 ? ['volumes:', ...entries] : []),
    ...(maps.length > 0 ? ['exports:', ...maps] : []),
    more,
    '',
  ].join('\n');
}

/** data-01 … data-NN, all the same. */
export function numbered(count: number, each: VolumeText = {}, prefix = 'data'): Record<string, VolumeText> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${String(index + 1).padStart(2, '0')}`);
  return Object.fromEntries(names.map((name) => [name, each]));
}

export function without<T>(all: Readonly<Record<string, T>>, ...names: string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));
}
