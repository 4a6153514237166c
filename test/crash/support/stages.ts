/**
 * The story that crash tests tell: an estate from its registration to its last quarantined volume, one plan after the
 * other. Each stage is applied to what the one before has left.
 */
import type { PlanOptions, PlanSource } from '../../../src/engine/operations/types.ts';

export interface Stage {
  readonly name: string;
  readonly source: PlanSource & PlanOptions;
  /** Volumes that the plan removes. */
  readonly removes: number;
}

export interface Device {
  /** The storage system's `driver`, `scope` and `configuration`, as flow YAML. */
  readonly system: string;
  readonly subnet: string;
}

/** Thin pool `gold`, thick pool `solid`, hosts `app-1` and `app-2`, project `crash`. */
export const infrastructure = ({ system, subnet }: Device) =>
  `
kind: infrastructure
networks:
  san-ip: { transport: ip, subnets: [${subnet}] }
storageSystems:
  array-1: ${system}
virtualArrays:
  dc1: { networks: [san-ip], storageSystems: [array-1] }
virtualPools:
  gold:
    type: block
    protocols: [iscsi]
    provisioning: thin
    paths: { min: 2, max: 2, perInitiator: 2 }
    limits: { utilisation: 80%, subscription: 200% }
    virtualArrays: [dc1]
  solid:
    type: block
    protocols: [iscsi]
    provisioning: thick
    paths: { min: 2, max: 2, perInitiator: 2 }
    limits: { utilisation: 80%, subscription: 200% }
    virtualArrays: [dc1]
hosts:
  app-1: { type: linux, initiators: [{ iqn: "iqn.2026-01.io.coprhd.crash:app-1", network: san-ip }] }
  app-2: { type: linux, initiators: [{ iqn: "iqn.2026-01.io.coprhd.crash:app-2", network: san-ip }] }
projects:
  crash: {}
`;

interface VolumeText {
  readonly size: string;
  readonly pool: 'gold' | 'solid';
  readonly onRemove: 'delete' | 'quarantine';
}
type Volumes = Readonly<Record<string, VolumeText>>;
/** Volumes by host. */
type Exports = Readonly<Record<string, readonly string[]>>;

function stack(volumes: Volumes, exports: Exports): string {
  const volumeLines = Object.entries(volumes).map(
    ([name, { size, pool, onRemove }]) =>
      `  ${name}: { size: ${size}, virtualPool: ${pool}, virtualArray: dc1, protect: false, onRemove: ${onRemove} }`,
  );
  const exportLines = Object.entries(exports).map(
    ([host, names]) => `  ${host}: { host: ${host}, volumes: [${names.join(', ')}] }`,
  );
  const section = (name: string, lines: readonly string[]) => (lines.length === 0 ? [] : [`${name}:`, ...lines]);
  return [
    'kind: stack',
    'stack: crash',
    'project: crash',
    ...section('volumes', volumeLines),
    ...section('exports', exportLines),
    '',
  ].join('\n');
}

const SMALL: Volumes = {
  'data-1': { size: '32MiB', pool: 'gold', onRemove: 'delete' },
  'data-2': { size: '32MiB', pool: 'gold', onRemove: 'quarantine' },
  'log-1': { size: '16MiB', pool: 'solid', onRemove: 'delete' },
  'log-2': { size: '16MiB', pool: 'solid', onRemove: 'quarantine' },
};
const LARGE: Volumes = Object.fromEntries(
  Object.entries(SMALL).map(([name, volume]) => [
    name,
    { ...volume, size: volume.pool === 'gold' ? '48MiB' : '24MiB' },
  ]),
);
const without = (volumes: Volumes, ...names: readonly string[]): Volumes =>
  Object.fromEntries(Object.entries(volumes).filter(([name]) => !names.includes(name)));

const ALL = ['data-1', 'data-2', 'log-1'];

export function stagesOn(device: Device): Stage[] {
  const stage = (name: string, volumes: Volumes, exports: Exports, removes = 0): Stage => ({
    name,
    removes,
    source: {
      texts: [
        { file: 'infrastructure.yaml', text: infrastructure(device) },
        { file: 'stack.yaml', text: stack(volumes, exports) },
      ],
      variables: {},
      attestOffline: 'the crash test',
    },
  });
  return [
    stage('register', {}, {}),
    stage('create', SMALL, {}),
    stage('export', SMALL, { 'app-1': ['data-1', 'log-1'] }),
    stage('add to an export, and a second export', SMALL, { 'app-1': ALL, 'app-2': ['log-2'] }),
    stage('expand', LARGE, { 'app-1': ALL, 'app-2': ['log-2'] }),
    stage('take from an export', LARGE, { 'app-1': ['log-1'], 'app-2': ['log-2'] }),
    stage('unexport', LARGE, {}),
    stage('remove: delete', without(LARGE, 'data-1', 'log-1'), {}, 2),
    stage('remove: quarantine', {}, {}, 2),
  ];
}
