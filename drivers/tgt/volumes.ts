/**
 * The volume half of the block array contract: when a volume may be made, changed or removed. Each call reads first,
 * refuses what isn't as expected, does the least, and returns what it reads back.
 */
import {
  type BlockArray,
  type CallContext,
  DriverError,
  type EnsureVolumeArgs,
  type Expectation,
  type Page,
  sha256Hex,
  type VolumeObservation,
} from 'coprhd/driver';
import { changing, type TgtClient } from './client.ts';
import { expandMapped } from './expand.ts';
import { conflict, expectOwned, markText, sameOwner } from './ownership.ts';
import {
  createVolumeFile,
  GRANULARITY_BYTES,
  identityOf,
  observePool,
  poolDirectory,
  type StoredVolume,
  scanPool,
  setAttributes,
  VOLUME_BYTES_MAX,
  type VolumeSeen,
  volumeById,
  volumeByName,
} from './pool-files.ts';
import { VOLUME_DELETE, VOLUME_GROW, VOLUME_RENAME } from './scripts.ts';
import { isFileOf, mappedBy, readTargets } from './targets.ts';

export const NAME_ALPHABET = /^[a-z0-9-]+$/;
export const NAME_LENGTH_MAX = 100;

type VolumeCalls = Pick<
  BlockArray,
  | 'listPools'
  | 'listVolumes'
  | 'readVolume'
  | 'findVolume'
  | 'ensureVolume'
  | 'deleteVolume'
  | 'renameVolume'
  | 'markVolume'
  | 'unmarkVolume'
> & { readonly expand: NonNullable<BlockArray['expand']> };

export function volumeCalls(client: TgtClient): VolumeCalls {
  return {
    listPools: async (ctx) => {
      const pools = Object.keys(client.configuration.pools).sort();
      return { items: await Promise.all(pools.map((pool) => observePool(ctx, client, pool))), complete: true };
    },
    listVolumes: (ctx) => listVolumes(ctx, client),
    readVolume: async (ctx, nativeId) => volumeObservation(await volumeById(ctx, client, nativeId)),
    findVolume: async (ctx, name) => volumeObservation(await volumeByName(ctx, client, name)),
    ensureVolume: (ctx, args) => changing(client, (own) => ensureVolume(ctx, own, args)),
    deleteVolume: (ctx, expect) => changing(client, (own) => deleteVolume(ctx, own, expect)),
    renameVolume: (ctx, expect, args) => changing(client, (own) => renameVolume(ctx, own, expect, args)),
    markVolume: (ctx, expect) => changing(client, (own) => markVolume(ctx, own, expect)),
    unmarkVolume: (ctx, expect) => changing(client, (own) => unmarkVolume(ctx, own, expect)),
    expand: {
      expandVolume: (ctx, expect, { sizeBytes }) =>
        changing(client, (own) => expandVolume(ctx, own, expect, sizeBytes)),
    },
  };
}

export function requireName(name: string, lengthMax: number): void {
  if (NAME_ALPHABET.test(name) && name.length <= lengthMax) return;
  throw new DriverError({
    class: 'invalid',
    message: `${JSON.stringify(name)} can't be a name here`,
    hint: `use at most ${lengthMax} lower-case letters, digits and -`,
  });
}

export function requireIdentity({ wwn, serial }: { readonly wwn: string; readonly serial: string }): void {
  const invalid = (message: string) => new DriverError({ class: 'invalid', message });
  if (!/^6[0-9a-f]{31}$/.test(wwn)) throw invalid(`${wwn} is not an NAA-6 identity of 32 hex digits`);
  if (!/^[A-Za-z0-9-]{1,36}$/.test(serial)) throw invalid(`${serial} can't be a unit serial number`);
}

export function notFound(nativeId: string): DriverError {
  return new DriverError({ class: 'not-found', message: `there is no ${nativeId}` });
}

export function volumeObservation(found: VolumeSeen): VolumeObservation;
export function volumeObservation(found: VolumeSeen | undefined): VolumeObservation | undefined;
export function volumeObservation(found: VolumeSeen | undefined): VolumeObservation | undefined {
  if (!found) return undefined;
  const { volume, holders } = found;
  return {
    nativeId: volume.nativeId,
    name: volume.name,
    pool: volume.pool,
    sizeBytes: volume.sizeBytes,
    allocatedBytes: volume.allocatedBytes,
    provisioning: volume.provisioning,
    ...(volume.wwn === undefined ? {} : { wwn: volume.wwn }),
    ...(volume.mark ? { mark: volume.mark } : {}),
    zeroed: volume.zeroed,
    quarantined: volume.quarantined,
    ...(volume.snapshot ? { snapshot: volume.snapshot } : {}),
    ...(volume.copied ? { copied: volume.copied } : {}),
    mappedBy: holders,
  };
}

async function listVolumes(ctx: CallContext, client: TgtClient): Promise<Page<VolumeObservation>> {
  // A pool that can't be read makes the listing incomplete, so that nothing in it counts as gone.
  const scans = Object.keys(client.configuration.pools)
    .sort()
    .map((pool) =>
      scanPool(ctx, client, pool).catch((error: unknown) => {
        if (!(error instanceof DriverError)) throw error;
        ctx.log.debug(`tgt: pool ${pool} could not be read`, { error: error.message });
        return undefined;
      }),
    );
  const [seen, ...pools] = await Promise.all([readTargets(ctx, client), ...scans]);
  const items = pools
    .flatMap((volumes) => volumes ?? [])
    .map((volume) => volumeObservation({ volume, holders: mappedBy(seen, volume) }));
  return { items, complete: pools.every((volumes) => volumes !== undefined) };
}

async function mustBeThere(ctx: CallContext, client: TgtClient, nativeId: string): Promise<VolumeObservation> {
  const found = await volumeById(ctx, client, nativeId);
  if (!found) throw notFound(nativeId);
  return volumeObservation(found);
}

/** Also throws `conflict` unless it is still what the caller believes it is. */
export async function expectedVolume(ctx: CallContext, client: TgtClient, expect: Expectation): Promise<VolumeSeen> {
  const found = await volumeById(ctx, client, expect.nativeId);
  if (!found) throw notFound(expect.nativeId);
  expectOwned(found.volume, expect);
  return found;
}

function requireUnmapped({ volume, holders }: VolumeSeen): void {
  if (holders.length > 0) throw conflict(`volume ${volume.name} is mapped by ${holders.join(', ')}`, holders);
}

async function ensureVolume(ctx: CallContext, client: TgtClient, args: EnsureVolumeArgs): Promise<VolumeObservation> {
  requireName(args.name, NAME_LENGTH_MAX);
  const invalid = (message: string) => new DriverError({ class: 'invalid', message });
  if (poolDirectory(client, args.pool) === undefined) throw invalid(`there is no pool ${args.pool}`);
  requireIdentity(args);
  // It has neither; a volume without what was asked for is not what was asked for.
  if (args.tieringPolicy !== undefined) throw invalid('there are no tiering policies here');
  if (args.ioLimits !== undefined) throw invalid("I/O can't be limited here");
  const sizeBytes = roundedUp(args.sizeBytes);

  let found = await volumeByName(ctx, client, args.name);
  if (!found) {
    const attributes = {
      provisioning: args.provisioning,
      wwn: args.wwn,
      serial: args.serial,
      mark: markText(args.mark),
      ...(args.provisioning === 'thick' ? { zeroed: '0' } : {}),
    };
    try {
      found = await createVolumeFile(ctx, client, { ...args, sizeBytes, attributes });
    } catch (error) {
      // Somebody was faster; it may have been ourselves over another session.
      if (!(error instanceof DriverError && error.class === 'exists')) throw error;
      found = await volumeByName(ctx, client, args.name);
    }
  }
  if (!found) throw new DriverError({ class: 'ambiguous', message: `volume ${args.name} went away meanwhile` });
  refuseOther(found.volume, args, sizeBytes);
  return volumeObservation(found);
}

function roundedUp(sizeBytes: number): number {
  const rounded = Math.ceil(sizeBytes / GRANULARITY_BYTES) * GRANULARITY_BYTES;
  if (rounded > 0 && rounded <= VOLUME_BYTES_MAX) return rounded;
  throw new DriverError({
    class: 'invalid',
    message: `a volume can't have ${sizeBytes} bytes`,
    hint: `sizes are from ${GRANULARITY_BYTES} to ${VOLUME_BYTES_MAX} bytes`,
  });
}

/** What is there under the name must be what was asked for. */
function refuseOther(volume: StoredVolume, args: EnsureVolumeArgs, sizeBytes: number): void {
  const expect: Expectation = { nativeId: volume.nativeId, wwn: args.wwn, mark: args.mark };
  expectOwned(volume, expect);
  const differs = (what: string, is: string | number | undefined, asked: string | number) => {
    if (is !== asked) throw conflict(`volume ${args.name} is there with ${what} ${is}, not ${asked}`);
  };
  differs('the pool', volume.pool, args.pool);
  differs('a size of', volume.sizeBytes, sizeBytes);
  differs('provisioning', volume.provisioning, args.provisioning);
  differs('the serial number', volume.serial, args.serial);
  if (volume.snapshot) throw conflict(`${args.name} is there as a snapshot`);
}

async function deleteVolume(ctx: CallContext, client: TgtClient, expect: Expectation): Promise<void> {
  const found = await volumeById(ctx, client, expect.nativeId);
  if (!found) return;
  const { volume } = found;
  expectOwned(volume, expect);
  requireUnmapped(found);
  await client.script(ctx, `delete volume ${volume.name}`, VOLUME_DELETE, identityOf(volume));
}

async function renameVolume(
  ctx: CallContext,
  client: TgtClient,
  expect: Expectation,
  { name, quarantined }: { readonly name: string; readonly quarantined: boolean },
): Promise<VolumeObservation> {
  requireName(name, NAME_LENGTH_MAX);
  const found = await expectedVolume(ctx, client, expect);
  const { volume } = found;
  if (volume.name !== name || volume.quarantined !== quarantined) {
    // tgtd and its configuration file know a volume by its path.
    requireUnmapped(found);
    const other = (await volumeByName(ctx, client, name))?.volume;
    if (other && other.nativeId !== volume.nativeId)
      throw conflict(`there is another volume ${name}`, [other.nativeId]);
    const path = `${volume.directory}/${name}.img`;
    const args = [...identityOf(volume), path, quarantined ? 1 : 0];
    await client.script(ctx, `rename volume ${volume.name} to ${name}`, VOLUME_RENAME, args);
  }
  return mustBeThere(ctx, client, volume.nativeId);
}

async function markVolume(ctx: CallContext, client: TgtClient, expect: Expectation): Promise<VolumeObservation> {
  const { volume } = await expectedVolume(ctx, client, expect);
  const current = volume.mark && sameOwner(volume.mark, expect.mark) && volume.mark.epoch === expect.mark.epoch;
  if (!current) {
    const identity = volume.wwn === undefined ? await importedIdentity(ctx, client, volume) : {};
    await setAttributes(ctx, client, volume, {
      ...identity,
      identity: volume.nativeId,
      mark: markText(expect.mark),
    });
  }
  return mustBeThere(ctx, client, volume.nativeId);
}

async function unmarkVolume(ctx: CallContext, client: TgtClient, expect: Expectation): Promise<void> {
  const volume = (await volumeById(ctx, client, expect.nativeId))?.volume;
  // Taking off a mark that isn't there is done already.
  if (!volume || volume.markText === '') return;
  expectOwned(volume, expect);
  await setAttributes(ctx, client, volume, {}, 'mark');
}

/** A file that was made by hand gets the identity its users see already, or one of its own when it has no users. */
async function importedIdentity(
  ctx: CallContext,
  client: TgtClient,
  volume: StoredVolume,
): Promise<Record<string, string>> {
  const { targets } = await readTargets(ctx, client);
  const luns = targets.flatMap((target) => target.luns).filter(({ path }) => isFileOf(volume, path));
  const [lun] = luns;
  if (lun === undefined) {
    const hash = sha256Hex(`${client.configuration.serialNumber ?? client.configuration.socket}\n${volume.nativeId}`);
    return { wwn: `6${hash.slice(0, 31)}`, serial: hash.slice(31, 51) };
  }
  if (!/^[0-9a-f]{32}$/.test(lun.scsiId) || luns.some(({ scsiId }) => scsiId !== lun.scsiId)) {
    throw conflict(`${volume.path} is mapped without an identity of its own; unmap it first, or set its scsi_id`);
  }
  return { wwn: lun.scsiId, serial: lun.scsiSerial };
}

async function expandVolume(
  ctx: CallContext,
  client: TgtClient,
  expect: Expectation,
  sizeBytes: number,
): Promise<VolumeObservation> {
  const { volume } = await expectedVolume(ctx, client, expect);
  const wanted = roundedUp(sizeBytes);
  if (volume.snapshot) throw conflict(`${volume.name} is a snapshot: it stays as large as its source was`);
  if (volume.sizeBytes < wanted) {
    // What is added was never written, and so reads as zeros: a zeroed volume stays zeroed.
    const args = [...identityOf(volume), wanted, volume.provisioning];
    await client.script(ctx, `expand volume ${volume.name}`, VOLUME_GROW, args);
  }
  await expandMapped(ctx, client, { ...volume, sizeBytes: Math.max(volume.sizeBytes, wanted) });
  return mustBeThere(ctx, client, volume.nativeId);
}
