/**
 * Volumes as files of the pool directories: reading them, and each single change, under the pool's lock and only while
 * the file is the one that was read. What may be changed and when is decided in volumes.ts.
 */
import { type CallContext, DriverError, type OwnershipMark, type PoolObservation } from 'coprhd/driver';
import type { TgtClient } from './client.ts';
import { readMark } from './ownership.ts';
import { type PoolFile, parsePoolListing } from './parse/pool-listing.ts';
import { surprise } from './parse/surprise.ts';
import { POOL_FACTS, POOL_SCAN, VOLUME_ATTRIBUTES, VOLUME_CREATE } from './scripts.ts';

export const GRANULARITY_BYTES = 1_048_576;
/** The largest file of ext4; one bound for all, so that a plan doesn't depend on the file system. */
export const VOLUME_BYTES_MAX = 16 * 1024 ** 4 - GRANULARITY_BYTES;
/** Where fallocate reserves blocks that no copy-on-write takes away again. */
const THICK_FILE_SYSTEMS: ReadonlySet<string> = new Set(['xfs', 'ext2/ext3']);

export interface StoredVolume {
  readonly pool: string;
  readonly directory: string;
  readonly path: string;
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
}

export type ScanFilter = { readonly kind: 'all' } | { readonly kind: 'name' | 'inode'; readonly value: string };

export function poolDirectory(client: TgtClient, pool: string): string | undefined {
  return Object.hasOwn(client.configuration.pools, pool) ? client.configuration.pools[pool] : undefined;
}

export async function scanPool(
  ctx: CallContext,
  client: TgtClient,
  pool: string,
  filter: ScanFilter,
): Promise<StoredVolume[]> {
  const directory = client.configuration.pools[pool]!;
  const value = filter.kind === 'all' ? '' : filter.value;
  const text = await client.script(ctx, `list pool ${pool}`, POOL_SCAN, [directory, filter.kind, value], {
    readOnly: true,
  });
  return parsePoolListing(text).map((file) => storedVolume(pool, directory, file));
}

export async function volumeById(
  ctx: CallContext,
  client: TgtClient,
  nativeId: string,
): Promise<StoredVolume | undefined> {
  const match = /^([^:]+):((\d+)\.\d+\.\d{9})$/.exec(nativeId);
  if (!match || poolDirectory(client, match[1]!) === undefined) return undefined;
  const files = await scanPool(ctx, client, match[1]!, { kind: 'inode', value: match[3]! });
  return files.find((file) => file.native === match[2]);
}

/** In all pools; names are unique on a device unless somebody made them by hand, and then ours comes first. */
export async function volumeByName(
  ctx: CallContext,
  client: TgtClient,
  name: string,
): Promise<StoredVolume | undefined> {
  if (name === '' || /[/\0]/.test(name)) return undefined;
  const pools = Object.keys(client.configuration.pools).sort();
  const found = await Promise.all(pools.map((pool) => scanPool(ctx, client, pool, { kind: 'name', value: name })));
  const files = found.flat();
  return files.find((file) => file.mark) ?? files[0];
}

function storedVolume(pool: string, directory: string, file: PoolFile): StoredVolume {
  const native = `${file.inode}.${file.birth}`;
  const nativeId = `${pool}:${native}`;
  // Attributes are believed on the file they were written to only: copies have them too.
  const own = file.attributes.identity === nativeId ? file.attributes : {};
  const mark = readMark(own.mark, nativeId);
  const filled = file.allocatedBytes >= file.sizeBytes;
  const provisioning = own.provisioning === 'thin' || (own.provisioning !== 'thick' && !filled) ? 'thin' : 'thick';
  const madeHere = own.provisioning !== undefined;
  const zeroed = provisioning === 'thin' || !madeHere || own.zeroed === 'done';
  return {
    pool,
    directory,
    path: file.path,
    name: file.path.slice(directory.length + 1).replace(/\.img$/, ''),
    nativeId,
    native,
    sizeBytes: file.sizeBytes,
    allocatedBytes: file.allocatedBytes,
    provisioning,
    ...(own.wwn !== undefined && /^[0-9a-f]{32}$/.test(own.wwn) ? { wwn: own.wwn } : {}),
    ...(own.serial === undefined ? {} : { serial: own.serial }),
    ...(mark ? { mark } : {}),
    markText: file.attributes.mark ?? '',
    zeroedBytes: zeroed ? file.sizeBytes : Number(/^\d+$/.exec(own.zeroed ?? '')?.[0] ?? 0),
    zeroed,
    quarantined: own.quarantined === '1',
  };
}

/** Text for `setfattr --restore`; paths are of the safe alphabet, values in base64. */
function restoreText(path: string, attributes: Readonly<Record<string, string>>): string {
  const lines = Object.entries(attributes).map(
    ([key, value]) => `user.coprhd.${key}=0s${Buffer.from(value, 'utf8').toString('base64')}`,
  );
  return lines.length === 0 ? '' : `# file: ${path}\n${lines.join('\n')}\n\n`;
}

export interface NewVolume {
  readonly name: string;
  readonly pool: string;
  readonly sizeBytes: number;
  readonly provisioning: 'thin' | 'thick';
  readonly attributes: Readonly<Record<string, string>>;
}

/** Throws `exists` when a file with that name is there. */
export async function createVolumeFile(ctx: CallContext, client: TgtClient, volume: NewVolume): Promise<void> {
  const directory = client.configuration.pools[volume.pool]!;
  const temporary = `${directory}/.coprhd-new-${volume.name}`;
  await client.script(
    ctx,
    `create volume ${volume.name}`,
    VOLUME_CREATE,
    [directory, volume.name, volume.pool, volume.sizeBytes, volume.provisioning],
    { input: restoreText(temporary, volume.attributes) },
  );
}

/** The parameters with which every script that changes a volume begins. */
export function identityOf(volume: StoredVolume): readonly string[] {
  return [volume.directory, volume.path, volume.native, volume.markText];
}

export async function setAttributes(
  ctx: CallContext,
  client: TgtClient,
  volume: StoredVolume,
  attributes: Readonly<Record<string, string>>,
  remove = '',
): Promise<void> {
  if (!/^[A-Za-z0-9._/+@-]+$/.test(volume.path)) {
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
    usable: unusableWhy === undefined,
    ...(unusableWhy === undefined ? {} : { unusableWhy }),
    notes: { 'file system': type, reflink: facts.has('reflink') || type === 'btrfs' ? 'yes' : 'no' },
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
