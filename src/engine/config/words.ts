/**
 * Words that the plan language knows and refuses by name: what isn't built yet, and verbs, which are commands and never
 * stand in files. Places are `document`, or a kind with the path inside of it (`export.volumes[]`).
 */

export const NOT_BUILT_YET: Readonly<Record<string, readonly string[]>> = {
  document: [
    'networkSystems',
    'consistencyGroups',
    'fileSystems',
    'nfsExports',
    'smbShares',
    'quotaDirectories',
    'mounts',
    'authProviders',
    'outputs',
  ],
  /** On every resource. */
  resource: ['forEach', 'placement'],
  tenant: ['userMappings', 'roles', 'quota', 'use'],
  project: ['owner', 'quota', 'acl'],
  network: ['networkSystem', 'fabric', 'vsan', 'zoneset', 'configuration', 'zoning'],
  'storageSystem.scope': ['fabrics', 'vsans', 'prefixes'],
  virtualArray: ['autoSanZoning', 'acl'],
  virtualPool: ['multiVolumeConsistency', 'remoteCopies', 'snapshotPolicy', 'onRemove', 'acl', 'quota'],
  'virtualPool.paths': ['acrossHaDomains'],
  host: ['discover', 'boot'],
  'host.initiators[]': ['nqn'],
  volume: ['consistencyGroup', 'snapshotPolicy', 'remoteCopies'],
  export: ['boot', 'access', 'paths', 'zoning', 'limits'],
  'export.volumes[]': ['match', 'copy'],
};

/** Values that are known but not built yet, by place and key. */
export const VALUES_NOT_BUILT_YET: Readonly<Record<string, readonly string[]>> = {
  'virtualPool.type': ['file', 'object'],
  'virtualPool.protocols[]': ['nvme-tcp', 'nvme-fc', 'rbd', 'nfs3', 'nfs4', 'smb'],
};

/** What to do instead of writing the verb. */
export const VERBS: Readonly<Record<string, string>> = {
  restore: 'Use the command: coprhd restore ADDRESS.',
  failover: 'Use the command: coprhd dr failover ADDRESS --to VIRTUAL-ARRAY.',
  failback: 'Use the command: coprhd dr failover ADDRESS --to VIRTUAL-ARRAY, with the first site as the target.',
  swap: 'Use the command: coprhd dr swap ADDRESS.',
  resynchronise: 'Use the command: coprhd resynchronise ADDRESS.',
  resynchronize: 'Use the command: coprhd resynchronise ADDRESS.',
  resync: 'Use the command: coprhd resynchronise ADDRESS.',
  detach: 'Use the command: coprhd detach ADDRESS.',
  split: 'Use the command: coprhd split ADDRESS.',
  rotate: 'Use the command: coprhd device rotate ADDRESS.',
  expand: 'Write the new, larger size: coprhd plan shows the expansion.',
  resize: 'Write the new, larger size: coprhd plan shows the expansion.',
  discover: 'Use the command: coprhd discover ADDRESS.',
  refresh: 'Use the command: coprhd refresh ADDRESS.',
  delete: 'Remove the resource from the file: coprhd plan shows the removal.',
  destroy: 'Use the command: coprhd destroy, or remove the resource from the file.',
  purge: 'Use the command: coprhd purge ADDRESS --confirm-destroy=N.',
  undelete: 'Use the command: coprhd undelete ADDRESS.',
  adopt: 'Use the command: coprhd adopt ADDRESS, or import: on the document.',
};

export function isNotBuiltYet(place: string, key: string): boolean {
  if (NOT_BUILT_YET[place]?.includes(key)) return true;
  const isResource = place !== 'document' && !/[.[]/.test(place);
  return isResource && NOT_BUILT_YET.resource!.includes(key);
}
