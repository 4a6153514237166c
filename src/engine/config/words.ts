/**
 * Words that the plan language knows and refuses by name: what isn't built yet, and verbs, which are commands and never
 * stand in files. Places are `document`, or a kind with the path inside of it (`export.volumes[]`).
 */

export const NOT_BUILT_YET: Readonly<Record<string, readonly string[]>> = {
  document: ['fileSystems', 'nfsExports', 'smbShares', 'quotaDirectories', 'mounts', 'authProviders'],
  /** On every resource. */
  resource: ['placement'],
  tenant: ['roles'],
  'storageSystem.scope': ['fabrics', 'vsans', 'prefixes'],
  virtualArray: ['acl'],
  virtualPool: ['remoteCopies', 'snapshotPolicy', 'acl', 'highAvailability'],
  host: ['discover', 'boot'],
  'host.initiators[]': ['nqn'],
  consistencyGroup: ['types'],
  volume: ['remoteCopies'],
  export: ['access', 'paths', 'zoning', 'limits'],
  'export.volumes[]': ['copy'],
};

/** Values that are known but not built yet, by place and key. */
export const VALUES_NOT_BUILT_YET: Readonly<Record<string, readonly string[]>> = {
  'virtualPool.type': ['file', 'object'],
  'virtualPool.protocols[]': ['nvme-tcp', 'nvme-fc', 'rbd', 'nfs3', 'nfs4', 'smb'],
};

/** Verbs whose commands don't exist yet: nobody is sent to look for them. */
const LATER =
  'It is a verb, done once and never declared; the command for it is not built yet. Remove it from the file.';

const RESYNC = 'Use the command: coprhd copy resync ADDRESS.';

/** What to do instead of writing the verb. */
export const VERBS: Readonly<Record<string, string>> = {
  restore: 'Use the command: coprhd snapshot restore ADDRESS, or coprhd copy restore ADDRESS.',
  failover: LATER,
  failback: LATER,
  swap: LATER,
  resynchronise: RESYNC,
  resynchronize: RESYNC,
  resync: RESYNC,
  detach: 'Use the command: coprhd copy detach ADDRESS.',
  split: LATER,
  rotate: LATER,
  expand: 'Write the new, larger size: coprhd plan shows the expansion.',
  resize: 'Write the new, larger size: coprhd plan shows the expansion.',
  discover: 'Use the command: coprhd discover --system NAME.',
  refresh:
    'Every plan reads the devices; use the command: coprhd discover --system NAME to record new pools and ports.',
  delete: 'Remove the resource from the file: coprhd plan shows the removal.',
  destroy: 'Use the command: coprhd destroy, or remove the resource from the file.',
  purge: 'Use the command: coprhd purge ADDRESS --confirm-destroy=N.',
  undelete: 'Use the command: coprhd undelete ADDRESS.',
  adopt: 'Use the command: coprhd import ADDRESS, or import: on the document.',
};

export function isNotBuiltYet(place: string, key: string): boolean {
  if (NOT_BUILT_YET[place]?.includes(key)) return true;
  const isResource = place !== 'document' && !/[.[]/.test(place);
  return isResource && NOT_BUILT_YET.resource!.includes(key);
}
