import { describe, expect, it } from 'vitest';
import CopyCreate from '../../src/commands/copy/create.ts';
import ExportChange from '../../src/commands/export/change.ts';
import ExportCreate from '../../src/commands/export/create.ts';
import ExportDelete from '../../src/commands/export/delete.ts';
import HostChange from '../../src/commands/host/change.ts';
import HostCreate from '../../src/commands/host/create.ts';
import ProjectCreate from '../../src/commands/project/create.ts';
import SnapshotCreate from '../../src/commands/snapshot/create.ts';
import SnapshotRun from '../../src/commands/snapshot/run.ts';
import TenantCreate from '../../src/commands/tenant/create.ts';
import VolumeChange from '../../src/commands/volume/change.ts';
import VolumeCreate from '../../src/commands/volume/create.ts';
import VolumeDelete from '../../src/commands/volume/delete.ts';
import VolumeList from '../../src/commands/volume/list.ts';
import VolumeShow from '../../src/commands/volume/show.ts';
import { run } from './harness.ts';

/** No plan comes of it: only what is asked for is looked at. */
const NOTHING = { outcome: 'error', diagnostics: [] } as const;
const answers = {
  'resource.create': NOTHING,
  'resource.remove': NOTHING,
  'resource.change': NOTHING,
  'snapshot.take': NOTHING,
  'copy.make': NOTHING,
  'resource.list': { outcome: 'ok', diagnostics: [], resources: [] },
  show: { outcome: 'ok', diagnostics: [], resources: [] },
} as const;
const asked = async (command: Parameters<typeof run>[0], ...words: string[]) => {
  const { calls, code } = await run(command, words, { answers });
  return code === 64 ? 'usage' : calls.map(({ input }) => input);
};

describe('create', () => {
  it('says a volume as a file would, and only what was said', async () => {
    const words = ['data', '--size', '10GiB', '--project', 'web', '--virtual-pool', 'gold', '--virtual-array', 'dc1'];
    const body = { size: '10GiB', virtualPool: 'gold', virtualArray: 'dc1', protect: true };
    expect(await asked(VolumeCreate, ...words)).toEqual([
      { kind: 'volume', project: 'web', resources: { data: body } },
    ]);
    expect(await asked(VolumeCreate, ...words, '--count', '2', '--no-protect', '--on-remove', 'delete')).toEqual([
      {
        kind: 'volume',
        project: 'web',
        resources: {
          'data-1': { ...body, protect: false, onRemove: 'delete' },
          'data-2': { ...body, protect: false, onRemove: 'delete' },
        },
      },
    ]);
    expect(await asked(VolumeCreate, ...words, '--count', '101')).toBe('usage');
  });

  it('splits initiators and LUN numbers off', async () => {
    const iqn = 'iqn.2026-01.com.example:a=b';
    expect(await asked(HostCreate, 'h', '--type', 'linux', '--iqn', `${iqn}=san`)).toMatchObject([
      { resources: { h: { type: 'linux', initiators: [{ iqn, network: 'san' }] } } },
    ]);
    expect(await asked(HostCreate, 'h', '--type', 'linux', '--iqn', 'iqn.2026-01.com.example:a')).toBe('usage');
    const words = ['e', '--project', 'web', '--host', 'h', '--volume', 'a', '--volume', 'b=7'];
    expect(await asked(ExportCreate, ...words)).toEqual([
      { kind: 'export', project: 'web', resources: { e: { host: 'h', volumes: ['a', { volume: 'b', hlu: 7 }] } } },
    ]);
    expect(await asked(ExportCreate, ...words, '--volume', 'c=x')).toBe('usage');
  });

  it('shows to one host or cluster, to several, or to nobody yet', async () => {
    const body = async (...words: string[]) => {
      const calls = await asked(ExportCreate, 'e', '--project', 'web', ...words);
      return calls === 'usage' ? calls : (calls[0] as { resources: { e: unknown } }).resources.e;
    };
    expect(await body('--cluster', 'c', '--volume', 'a')).toEqual({ cluster: 'c', volumes: ['a'] });
    expect(await body('--host', 'h', '--host', 'i', '--shared-access')).toEqual({
      hosts: ['h', 'i'],
      volumes: [],
      sharedAccess: 'cluster-aware',
    });
    expect(await body('--cluster', 'c', '--cluster', 'd')).toEqual({ clusters: ['c', 'd'], volumes: [] });
    expect(await body()).toEqual({ hosts: [], volumes: [] });
    expect(await body('--host', 'h', '--cluster', 'c')).toBe('usage');
  });

  it('makes tenants and projects', async () => {
    expect(await asked(TenantCreate, 't', '--virtual-pool', 'gold', '--quota', '1TiB')).toEqual([
      { kind: 'tenant', resources: { t: { use: { virtualPools: ['gold'] }, quota: { capacity: '1TiB' } } } },
    ]);
    expect(await asked(ProjectCreate, 'p', '--tenant', 't', '--volumes-per-system', '3')).toEqual([
      { kind: 'project', resources: { p: { tenant: 't', volumesPerSystem: 3 } } },
    ]);
  });
});

describe('change', () => {
  it('adds to lists and takes out of them what is named', async () => {
    expect(await asked(ExportChange, 'e', '--add-volume', 'b=7', '--add-volume', 'c', '--remove-volume', 'a')).toEqual([
      {
        addresses: ['export.e'],
        set: {},
        add: { volumes: [{ volume: 'b', hlu: 7 }, 'c'] },
        remove: { volumes: ['a'] },
      },
    ]);
    const iqn = 'iqn.2026-01.com.example:a=b';
    expect(await asked(HostChange, 'h', '--add-iqn', `${iqn}=san`)).toMatchObject([
      { addresses: ['host.h'], add: { initiators: [{ iqn, network: 'san' }] }, remove: {} },
    ]);
    expect(await asked(HostChange, 'h', '--add-wwpn', '10000000c9abcdef')).toBe('usage');
    expect(await asked(HostChange, 'h')).toBe('usage');
  });
});

describe('change, list, show and delete', () => {
  it('take a bare name for one of the kind, and an address as it is', async () => {
    expect(await asked(VolumeChange, 'a', '--size', '20GiB', '--no-protect')).toEqual([
      { addresses: ['volume.a'], set: { size: '20GiB', protect: false }, add: {}, remove: {} },
    ]);
    expect(await asked(VolumeChange, 'a')).toBe('usage');
    expect(await asked(VolumeDelete, 'web/volume.a', '--forget', '--attest', 'ada')).toEqual([
      { addresses: ['web/volume.a'], forget: true, attestOffline: 'ada' },
    ]);
    expect(await asked(VolumeShow, 'urn:storageos:Volume:x:vdc1')).toEqual([
      { address: 'urn:storageos:Volume:x:vdc1' },
    ]);
    expect(await asked(ExportDelete, 'e', '--force')).toEqual([{ addresses: ['export.e'], force: true }]);
    expect(await asked(VolumeList, '--project', 'web')).toEqual([{ kind: 'volume', project: 'web' }]);
  });
});

describe('who vouches that no host uses a volume', () => {
  it('is named with snapshot create and copy create, by either name of the flag', async () => {
    const input = { name: 'n', of: 'web/volume.a', protect: true };
    expect(await asked(SnapshotCreate, 'n', '--of', 'web/volume.a')).toEqual([input]);
    for (const flag of ['--attest', '--attest-offline']) {
      const vouched = { ...input, attestOffline: 'anna' };
      expect(await asked(SnapshotCreate, 'n', '--of', 'web/volume.a', flag, 'anna')).toEqual([vouched]);
      expect(await asked(CopyCreate, 'n', '--of', 'web/volume.a', flag, 'anna')).toMatchObject([vouched]);
    }
  });

  it('is nobody where a policy is run', async () => {
    expect(await asked(SnapshotRun, '--attest', 'anna')).toBe('usage');
  });
});
