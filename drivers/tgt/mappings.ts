/** LUNs of masks: see masks.ts for the order of changes, target-scripts.ts for how a LUN gets its identity. */
import { type BlockArray, type CallContext, DriverError, type Expectation, type MaskObservation } from 'coprhd/driver';
import { changing, type TgtClient } from './client.ts';
import { confOf, type MaskConf, renderConf } from './conf-file.ts';
import { reloadLun, volumeParameters, volumeSerial } from './expand.ts';
import { conflict, expectOwned } from './ownership.ts';
import { parseShowTarget, type RuntimeLun, type RuntimeTarget } from './parse/show-target.ts';
import { placeOf, type StoredVolume, type VolumeSeen, volumeSeen } from './pool-files.ts';
import { poolLink, shownDirectory } from './pool-links.ts';
import { LUN_DELETE, LUN_NEW, MAPPING_READ, TARGET_READY } from './target-scripts.ts';
import {
  emptyFile,
  isFileOf,
  type MaskSeen,
  markOf,
  maskArguments,
  maskName,
  maskSeen,
  observeMask,
  readMask,
  settle,
  writeConf,
} from './targets.ts';
import { notFound } from './volumes.ts';

/** 0 is the controller of every target; above 255 initiators disagree how a LUN is addressed. */
export const HLU_RANGE = { min: 1, max: 255 };
const LUN_ATTEMPTS_MAX = 3;

interface MappingArgs {
  readonly volume: Expectation;
  readonly hlu: number;
}

export function mappingCalls(client: TgtClient): Pick<BlockArray, 'ensureMapping' | 'removeMapping'> {
  return {
    ensureMapping: (ctx, mask, args) => changing(client, (own) => ensureMapping(ctx, own, mask, args)),
    removeMapping: (ctx, mask, args) => changing(client, (own) => removeMapping(ctx, own, mask, args)),
  };
}

interface MappingSeen {
  readonly mask: MaskSeen;
  readonly volume: VolumeSeen | undefined;
}

/** Both in one look. A target that runs must be ours, a volume the expected one. */
async function readMapping(
  ctx: CallContext,
  client: TgtClient,
  mask: Expectation,
  expect: Expectation,
): Promise<MappingSeen> {
  const place = placeOf(client, expect.nativeId);
  if (!place)
    return { mask: requireOwned(client, mask, await readMask(ctx, client, mask.nativeId)), volume: undefined };
  const args = [place.directory, place.inode, shownDirectory(client, place.pool)];
  const what = `read ${expect.nativeId} and ${mask.nativeId}`;
  const all = [...args, ...maskArguments(client, mask.nativeId)];
  const text = await client.script(ctx, what, MAPPING_READ, all, { readOnly: true });
  // The listing of a volume has two ends of records, then come its holders.
  const [record, between, attributes, ...rest] = text.split('\0');
  const listed = record === '' ? ['', between ?? ''] : [record ?? '', between ?? '', attributes ?? ''];
  const [holders = '', ...ofMask] = record === '' ? [attributes ?? '', ...rest] : rest;
  const volume = volumeSeen(client, place.pool, `${listed.join('\0')}\0${holders}`, place.native);
  if (volume) expectOwned(volume.volume, expect);
  return { mask: requireOwned(client, mask, maskSeen(client, mask.nativeId, ofMask.join('\0'))), volume };
}

function requireOwned(client: TgtClient, expect: Expectation, mask: MaskSeen): MaskSeen {
  const { seen, target } = mask;
  const mark = markOf(client, seen, expect.nativeId);
  if (target) expectOwned({ nativeId: target.name, ...(mark ? { mark } : {}) }, expect);
  return mask;
}

async function ensureMapping(
  ctx: CallContext,
  client: TgtClient,
  mask: Expectation,
  { volume: expect, hlu }: MappingArgs,
): Promise<MaskObservation> {
  if (!Number.isInteger(hlu) || hlu < HLU_RANGE.min || hlu > HLU_RANGE.max) {
    throw new DriverError({ class: 'invalid', message: `HLU ${hlu} is not in ${HLU_RANGE.min} to ${HLU_RANGE.max}` });
  }
  for (let attempt = 0; attempt < LUN_ATTEMPTS_MAX; attempt++) {
    const now = await readMapping(ctx, client, mask, expect);
    const volume = requireMappable(now.volume?.volume, expect);
    const { target } = now.mask;
    if (!target) throw notFound(mask.nativeId);
    const there = lunThere(client, target, hlu, volume);
    if (there) await correctLun(ctx, client, target, there, volume);
    else {
      const made = await makeLun(ctx, client, { ...now.mask, target }, { mask, hlu, volume });
      if (made === 'taken') continue;
      if (made !== 'unsettled') return made;
    }
    const settled = await settle(ctx, client, target.name, mask.mark);
    return observeMask(client, settled.seen, settled.target, settled.volumes);
  }
  throw new DriverError({ class: 'busy', message: `HLU ${hlu} of ${mask.nativeId} is being changed by somebody else` });
}

function requireMappable(volume: StoredVolume | undefined, expect: Expectation): StoredVolume {
  if (!volume) throw notFound(expect.nativeId);
  if (volume.wwn === undefined) throw conflict(`volume ${volume.name} has no identity to show`);
  if (!volume.zeroed) throw conflict(`volume ${volume.name} is thick and not zeroed yet`);
  if (volume.quarantined) throw conflict(`volume ${volume.name} is quarantined`);
  return volume;
}

/** The LUN at this number, which must be the volume's or one that was begun; undefined when the number is free. */
function lunThere(client: TgtClient, target: RuntimeTarget, hlu: number, volume: StoredVolume): RuntimeLun | undefined {
  const elsewhere = target.luns.find(({ lun, path }) => isFileOf(volume, path) && lun !== hlu);
  if (elsewhere) throw conflict(`volume ${volume.name} is mapped at HLU ${elsewhere.lun} there`, [target.name]);
  const there = target.luns.find(({ lun }) => lun === hlu);
  if (there && !isFileOf(volume, there.path) && there.path !== emptyFile(client)) {
    throw conflict(`HLU ${hlu} is in use by ${there.path}`, [there.path]);
  }
  return there;
}

async function correctLun(
  ctx: CallContext,
  client: TgtClient,
  target: RuntimeTarget,
  there: RuntimeLun,
  volume: StoredVolume,
): Promise<void> {
  if (!asMapped(there, volume)) await reloadLun(ctx, client, target, there.lun, volume);
  if (target.state === 'ready') return;
  await client.script(ctx, `make ${target.name} ready`, TARGET_READY, [target.tid, target.name]);
}

/**
 * `taken`: somebody else made a LUN there at the same time, look again. `unsettled`: it is made, and the target isn't
 * what it was taken for when its file was written. Else what the mask is now.
 */
async function makeLun(
  ctx: CallContext,
  client: TgtClient,
  now: MaskSeen & { readonly target: RuntimeTarget },
  { mask, hlu, volume }: { readonly mask: Expectation; readonly hlu: number; readonly volume: StoredVolume },
): Promise<MaskObservation | 'taken' | 'unsettled'> {
  const { target } = now;
  const wanted = withLun(confOf(target, mask.mark), hlu, volume);
  const { configDirectory } = client.configuration;
  const args = [
    ...[target.tid, target.name, hlu, volumeParameters(volume), configDirectory, maskName(client, target.name)],
    ...[volume.directory, volume.path, volume.native, poolLink(client, volume.pool) ?? ''],
  ];
  const input = renderConf(wanted);
  let text: string;
  try {
    text = await client.script(ctx, `map ${volume.name} at ${hlu}`, LUN_NEW, args, { input });
  } catch (error) {
    if (error instanceof DriverError && error.class === 'exists') return 'taken';
    throw error;
  }
  const running = parseShowTarget(text.replace(/\0$/, '')).find(({ name }) => name === target.name);
  // Read after the file was written: of two that change a target at once the later one sees what both did.
  if (!running || renderConf(confOf(running, mask.mark)) !== input) return 'unsettled';
  const volumes = new Map(now.volumes).set(volume.shownPath, volume.nativeId);
  return observeMask(client, now.seen, running, volumes);
}

function withLun(conf: MaskConf, hlu: number, volume: StoredVolume): MaskConf {
  const thin = volume.provisioning === 'thin';
  const readOnly = volume.snapshot !== undefined;
  const lun = { hlu, path: volume.shownPath, wwn: volume.wwn!, serial: volumeSerial(volume), thin, readOnly };
  return { ...conf, luns: [...conf.luns, lun] };
}

/** The LUN is finished and shows what the volume is; its size is expandVolume's. */
function asMapped(lun: RuntimeLun, volume: StoredVolume): boolean {
  const alike = lun.thin === (volume.provisioning === 'thin') && lun.readOnly === (volume.snapshot !== undefined);
  return isFileOf(volume, lun.path) && lun.scsiId === volume.wwn && alike && lun.online;
}

async function removeMapping(
  ctx: CallContext,
  client: TgtClient,
  mask: Expectation,
  { volume: expect, hlu }: MappingArgs,
): Promise<MaskObservation> {
  const now = await readMapping(ctx, client, mask, expect);
  const { target } = now.mask;
  const volume = now.volume?.volume;
  const name = maskName(client, mask.nativeId);
  if (!target) return { nativeId: mask.nativeId, name, initiators: [], ports: [], mappings: [], loggedIn: [] };
  const lun = target.luns.find((entry) => entry.lun === hlu);
  if (lun) {
    // Where the file is gone, or the LUN was never finished, the identity or the empty file tells.
    const same = (volume && isFileOf(volume, lun.path)) || (expect.wwn !== undefined && lun.scsiId === expect.wwn);
    if (!same && lun.path !== emptyFile(client)) throw conflict(`HLU ${hlu} of ${name} has ${lun.path}`, [lun.path]);
    const rest: RuntimeTarget = { ...target, luns: target.luns.filter((entry) => entry !== lun) };
    await writeConf(ctx, client, mask.nativeId, renderConf(confOf(rest, mask.mark)));
    await client.script(ctx, `unmap HLU ${hlu}`, LUN_DELETE, [target.tid, target.name, hlu]).catch((error: unknown) => {
      if (!(error instanceof DriverError && error.class === 'not-found')) throw error;
    });
  }
  const settled = await settle(ctx, client, target.name, mask.mark);
  return observeMask(client, settled.seen, settled.target, settled.volumes);
}
