/**
 * Volumes as files of the pool directories: reading them, and each single change, under the pool's lock and only while
 * the file is the one that was read. What may be changed and when is decided in volumes.ts.
 */
import {
  type CallContext,
  type CopyState,
  DriverError,
  type OwnershipMark,
  type PoolObservation,
  type SnapshotOrigin,
} from 'coprhd/driver';
import type { TgtClient } from './client.ts';
import { readMark, readOrigin } from './ownership.ts';
import { type PoolFile, parsePoolListing } from './parse/pool-listing.ts';
import { surprise } from './parse/surprise.ts';
import { shownDirectory } from './pool-links.ts';
import { POOL_FACTS, POOL_SCAN, VOLUME_ATTRIBUTES, VOLUME_CREATE, VOLUME_READ } from './scripts.ts';

export const GRANULARITY_BYTES = 1_048_576;
/** The largest file of ext4; one bound for all, so that a plan doesn't depend on the file system. */
export const VOLUME_BYTES_MAX = 16 * 1024 ** 4 - GRANULARITY_BYTES;
/** Where fallocate reserves blocks that no copy-on-write takes away again. */
const THICK_FILE_SYSTEMS: ReadonlySet<string> = new Set(['xfs', 'ext2/ext3']);

export interface StoredVolume {
  readonly pool: string;
  readonly directory: string;
  readonly path: string;
  /** The path as tgtd is given it: the same, but where the pool's directory has a name that tgt can't take. */
  readonly shownPath: string;
  readonly name: string;
  /** `<pool>:<inode>.<birth>`: stays on rename, and is never given out again although inodes are. */
  readonly nativeId: string;
  /** `<inode>.<birth>`, as the scripts compare it. */
  readonly native: string;
  readonly sizeBytes: number;
  readonly allocatedBytes: number;
  readonly provisioning: 'thin' | 'thick';
  readonly wwn?: string;
  readonly serial?: string;
  readonly mark?: OwnershipMark;
  /** The mark's text as it stands on the file, '' = none. Compared again before every change. */
  readonly markText: string;
  readonly zeroedBytes: number;
  readonly zeroed: boolean;
  readonly quarantined: boolean;
  readonly snapshot?: SnapshotOrigin;
  readonly copied?: CopyState;
  /** How far a copy onto it is. */
  readonly copiedBytes: number;
}

/** A volume together with the targets that map it, as one script saw both. */
export interface VolumeSeen {
  readonly volume: StoredVolume;
  /** Native ids of masks. */
  readonly holders: readonly string[];
}

export function poolDirectory(client: TgtClient, pool: string): string | undefined {
  return Object.hasOwn(client.configuration.pools, pool) ? client.configuration.pools[pool] : undefined;
}

export async function scanPool(ctx: CallContext, client: TgtClient, pool: string): Promise<StoredVolume[]> {
  const directory = client.configuration.pools[pool]!;
  const text = await client.script(ctx, `list pool ${pool}`, POOL_SCAN, [directory], { readOnly: true });
  return parsePoolListing(text).map((file) => storedVolume(client, pool, file));
}

/** From a native id to the pool and the inode to look for; undefined when it can't be one of ours. */
export function placeOf(client: TgtClient, nativeId: string) {
  const match = /^([^:]+):((\d+)\.\d+\.\d{9})$/.exec(nativeId);
  if (!match) return undefined;
  const [pool, native, inode] = [match[1]!, match[2]!, match[3]!];
  const directory = poolDirectory(client, pool);
  return directory === undefined ? undefined : { pool, directory, native, inode };
}

export async function volumeById(
  ctx: CallContext,
  client: TgtClient,
  nativeId: string,
): Promise<VolumeSeen | undefined> {
  const place = placeOf(client, nativeId);
  if (!place) return undefined;
  const args = [place.directory, 'inode', place.inode, shownDirectory(client, place.pool)];
  const text = await client.script(ctx, `read volume ${nativeId}`, VOLUME_READ, args, { readOnly: true });
  return volumeSeen(client, place.pool, text, place.native);
}

/** In all pools; names are unique on a device unless somebody made them by hand, and then ours comes first. */
export async function volumeByName(ctx: CallContext, client: TgtClient, name: string): Promise<VolumeSeen | undefined> {
  if (name === '' || /[/\0]/.test(name)) return undefined;
  const read = async ([pool, directory]: readonly [string, string]) => {
    const args = [directory, 'name', name, shownDirectory(client, pool)];
    return volumeSeen(client, pool, await client.script(ctx, `find ${name}`, VOLUME_READ, args, { readOnly: true }));
  };
  const pools = Object.entries(client.configuration.pools).sort(([a], [b]) => (a < b ? -1 : 1));
  const files = (await Promise.all(pools.map(read))).filter((file) => file !== undefined);
  return files.find(({ volume }) => volume.mark) ?? files[0];
}

/** From what VOLUME_READ prints. Another file with the inode of one that is gone is not that one. */
export function volumeSeen(client: TgtClient, pool: string, text: string, native?: string): VolumeSeen | undefined {
  const end = text.lastIndexOf('\0');
  if (end < 0) throw surprise('the reading of a volume', text);
  const [file, ...more] = parsePoolListing(text.slice(0, end));
  if (more.length > 0) throw surprise('the reading of a volume', text);
  const volume = file && storedVolume(client, pool, file);
  if (!volume || (native !== undefined && volume.native !== native)) return undefined;
  return {
    volume,
    holders: text
      .slice(end + 1)
      .split('\n')
      .filter(Boolean),
  };
}

function storedVolume(client: TgtClient, pool: string, file: PoolFile): StoredVolume {
  const directory = client.configuration.pools[pool]!;
  const native = `${file.inode}.${file.birth}`;
  const nativeId = `${pool}:${native}`;
  // Attributes are believed on the file they were written to only: copies have them too.
  const own = file.attributes.identity === nativeId ? file.attributes : {};
  const mark = readMark(own.mark, nativeId);
  const snapshot = readOrigin(own.snapshot);
  // A copy that died may have left the file shorter; the next try gives it its length back.
  const sizeBytes = own.copied === 'done' ? file.sizeBytes : Math.max(file.sizeBytes, wholeNumber(own.copysize));
  const filled = file.allocatedBytes >= file.sizeBytes;
  const provisioning = own.provisioning === 'thin' || (own.provisioning !== 'thick' && !filled) ? 'thin' : 'thick';
  const madeHere = own.provisioning !== undefined;
  const zeroed = provisioning === 'thin' || !madeHere || own.zeroed === 'done';
  return {
    pool,
    directory,
    path: file.path,
    shownPath: shownDirectory(client, pool) + file.path.slice(directory.length),
    name: file.path.slice(directory.length + 1).replace(/\.img$/, ''),
    nativeId,
    native,
    sizeBytes,
    allocatedBytes: file.allocatedBytes,
    provisioning,
    ...(own.wwn !== undefined && /^[0-9a-f]{32}$/.test(own.wwn) ? { wwn: own.wwn } : {}),
    ...(own.serial === undefined ? {} : { serial: own.serial }),
    ...(mark ? { mark } : {}),
    markText: file.attributes.mark ?? '',
    zeroedBytes: zeroed ? sizeBytes : wholeNumber(own.zeroed),
    zeroed,
    quarantined: own.quarantined === '1',
    ...(snapshot ? { snapshot } : {}),
    ...(own.copy === undefined ? {} : { copied: { copy: own.copy, done: own.copied === 'done' } }),
    copiedBytes: wholeNumber(own.copied),
  };
}

const wholeNumber = (text = ''): number => Number(/^\d+$/.exec(text)?.[0] ?? 0);

/** Text for `setfattr --restore`: values in base64, and in paths each byte that could mean something as `\\ooo`. */
export function restoreText(path: string, attributes: Readonly<Record<string, string>>): string {
  const lines = Object.entries(attributes).map(
    ([key, value]) => `user.coprhd.${key}=0s${Buffer.from(value, 'utf8').toString('base64')}`,
  );
  return lines.length === 0 ? '' : `# file: ${escapedPath(path)}\n${lines.join('\n')}\n\n`;
}

function escapedPath(path: string): string {
  const bytes = [...Buffer.from(path, 'utf8')];
  return bytes
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9._/+@-]/.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`;
    })
    .join('');
}

export interface NewVolume {
  readonly name: string;
  readonly pool: string;
  readonly sizeBytes: number;
  readonly provisioning: 'thin' | 'thick';
  readonly attributes: Readonly<Record<string, string>>;
}

/** Throws `exists` when a file with that name is there. */
export async function createVolumeFile(
  ctx: CallContext,
  client: TgtClient,
  { name, pool, sizeBytes, provisioning, attributes }: NewVolume,
): Promise<VolumeSeen | undefined> {
  const directory = client.configuration.pools[pool]!;
  const args = [directory, name, pool, sizeBytes, provisioning, shownDirectory(client, pool)];
  const input = restoreText(`${directory}/.coprhd-new-${name}`, attributes);
  return volumeSeen(client, pool, await client.script(ctx, `create volume ${name}`, VOLUME_CREATE, args, { input }));
}

/** The parameters with which every script that changes a volume begins. */
export function identityOf(volume: StoredVolume): readonly string[] {
  return [volume.directory, volume.path, volume.native, volume.markText, volume.shownPath];
}

export async function setAttributes(
  ctx: CallContext,
  client: TgtClient,
  volume: StoredVolume,
  attributes: Readonly<Record<string, string>>,
  remove = '',
): Promise<void> {
  if (!/^[A-Za-z0-9._+@-]+$/.test(volume.name)) {
    throw new DriverError({
      class: 'invalid',
      message: `the name of ${volume.path} has characters that this driver does not take`,
      hint: 'rename the file to letters, digits, . _ and - first',
    });
  }
  await client.script(ctx, `mark volume ${volume.name}`, VOLUME_ATTRIBUTES, [...identityOf(volume), remove], {
    input: restoreText(volume.path, attributes),
  });
}

export async function observePool(ctx: CallContext, client: TgtClient, pool: string): Promise<PoolObservation> {
  const text = await client.script(ctx, `read pool ${pool}`, POOL_FACTS, [client.configuration.pools[pool]!], {
    readOnly: true,
  });
  const facts = new Map(
    text.split('\n').map((line): [string, string] => [line.split(' ')[0]!, line.replace(/^\S+ ?/, '')]),
  );
  const unusableWhy = whyUnusable(facts);
  const fs = /^(\S+) (\d+) (\d+) (\d+)$/.exec(facts.get('fs') ?? 'none 0 0 0');
  if (!fs) throw surprise('stat -f', text);
  const [type, block, blocks, free] = [fs[1]!, Number(fs[2]), Number(fs[3]), Number(fs[4])];
  const reflinks = facts.has('reflink') || type === 'btrfs';
  return {
    nativeId: pool,
    name: pool,
    totalBytes: block * blocks,
    freeBytes: block * free,
    provisioning: THICK_FILE_SYSTEMS.has(type) ? ['thin', 'thick'] : ['thin'],
    protocols: ['iscsi'],
    volumeBytesMin: GRANULARITY_BYTES,
    volumeBytesMax: VOLUME_BYTES_MAX,
    granularityBytes: GRANULARITY_BYTES,
    snapshots: reflinks ? 'copy-on-write' : 'full-copy',
    usable: unusableWhy === undefined,
    ...(unusableWhy === undefined ? {} : { unusableWhy }),
    notes: {
      'file system': type,
      reflink: reflinks ? 'yes' : 'no',
      snapshots: reflinks ? 'by reflink' : 'by full copy: the file system has no reflinks',
    },
  };
}

function whyUnusable(facts: ReadonlyMap<string, string>): string | undefined {
  if (facts.has('missing')) return 'the directory is not there; is its file system mounted?';
  if (facts.has('tool')) return `the program ${facts.get('tool')} is not installed`;
  if (facts.has('readonly')) return 'it is read-only';
  if (facts.get('xattr') !== 'yes') return 'its file system has no extended attributes for users';
  if (Number(facts.get('birth') ?? 0) <= 0) return 'its file system does not keep birth times';
  return undefined;
}
