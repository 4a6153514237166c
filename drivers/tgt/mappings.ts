/** LUNs of masks: see masks.ts for the order of changes, target-scripts.ts for how a LUN gets its identity. */
import { type BlockArray, type CallContext, DriverError, type Expectation, type MaskObservation } from 'coprhd/driver';
import { changing, type TgtClient } from './client.ts';
import { confOf, renderConf } from './conf-file.ts';
import { reloadLun, volumeParameters } from './expand.ts';
import { conflict, expectOwned } from './ownership.ts';
import type { RuntimeLun, RuntimeTarget } from './parse/show-target.ts';
import { type StoredVolume, volumeById } from './pool-files.ts';
import { LUN_DELETE, LUN_NEW, TARGET_READY } from './target-scripts.ts';
import { emptyFile, markOf, maskName, readTargets, settle, type TargetsSeen, writeConf } from './targets.ts';
import { notFound } from './volumes.ts';

/** 0 is the controller of every target; above 255 initiators disagree how a LUN is addressed. */
export const HLU_RANGE = { min: 1, max: 255 };
const LUN_ATTEMPTS_MAX = 3;

interface MappingArgs {
  readonly volume: Expectation;
  readonly hlu: number;
}

type Observe = (
  ctx: CallContext,
  client: TgtClient,
  seen: TargetsSeen,
  target: RuntimeTarget,
) => Promise<MaskObservation>;

export function mappingCalls(client: TgtClient, observe: Observe): Pick<BlockArray, 'ensureMapping' | 'removeMapping'> {
  return {
    ensureMapping: (ctx, mask, args) => changing(client, (own) => ensureMapping(ctx, own, observe, mask, args)),
    removeMapping: (ctx, mask, args) => changing(client, (own) => removeMapping(ctx, own, observe, mask, args)),
  };
}

async function ownTarget(ctx: CallContext, client: TgtClient, mask: Expectation): Promise<RuntimeTarget | undefined> {
  const seen = await readTargets(ctx, client, maskName(client, mask.nativeId));
  const target = seen.targets.find(({ name }) => name === mask.nativeId);
  const mark = markOf(client, seen, mask.nativeId);
  if (target) expectOwned({ nativeId: target.name, ...(mark ? { mark } : {}) }, mask);
  return target;
}

async function ensureMapping(
  ctx: CallContext,
  client: TgtClient,
  observe: Observe,
  mask: Expectation,
  { volume: expect, hlu }: MappingArgs,
): Promise<MaskObservation> {
  if (!Number.isInteger(hlu) || hlu < HLU_RANGE.min || hlu > HLU_RANGE.max) {
    throw new DriverError({ class: 'invalid', message: `HLU ${hlu} is not in ${HLU_RANGE.min} to ${HLU_RANGE.max}` });
  }
  const volume = await volumeById(ctx, client, expect.nativeId);
  if (!volume) throw notFound(expect.nativeId);
  expectOwned(volume, expect);
  if (volume.wwn === undefined) throw conflict(`volume ${volume.name} has no identity to show`);
  if (!volume.zeroed) throw conflict(`volume ${volume.name} is thick and not zeroed yet`);
  if (volume.quarantined) throw conflict(`volume ${volume.name} is quarantined`);

  for (let attempt = 0; attempt < LUN_ATTEMPTS_MAX; attempt++) {
    const target = await ownTarget(ctx, client, mask);
    if (!target) throw notFound(mask.nativeId);
    if (await lunMade(ctx, client, target, hlu, volume)) {
      const settled = await settle(ctx, client, target.name, mask.mark);
      return observe(ctx, client, settled.seen, settled.target);
    }
  }
  throw new DriverError({ class: 'busy', message: `HLU ${hlu} of ${mask.nativeId} is being changed by somebody else` });
}

/** False when somebody else made a LUN there at the same time: look again. */
async function lunMade(
  ctx: CallContext,
  client: TgtClient,
  target: RuntimeTarget,
  hlu: number,
  volume: StoredVolume,
): Promise<boolean> {
  const elsewhere = target.luns.find(({ lun, path }) => path === volume.path && lun !== hlu);
  if (elsewhere) throw conflict(`volume ${volume.name} is mapped at HLU ${elsewhere.lun} there`, [target.name]);
  const there = target.luns.find(({ lun }) => lun === hlu);
  if (there) {
    const unfinished = there.path === emptyFile(client);
    if (there.path !== volume.path && !unfinished)
      throw conflict(`HLU ${hlu} is in use by ${there.path}`, [there.path]);
    if (unfinished || !asMapped(there, volume)) await reloadLun(ctx, client, target, hlu, volume);
    if (target.state !== 'ready') {
      await client.script(ctx, `make ${target.name} ready`, TARGET_READY, [target.tid, target.name]);
    }
    return true;
  }
  const { configDirectory } = client.configuration;
  const parameters = volumeParameters(volume);
  const file = [configDirectory, volume.directory, volume.path, volume.native];
  try {
    await client.script(ctx, `map ${volume.name} at ${hlu}`, LUN_NEW, [
      target.tid,
      target.name,
      hlu,
      parameters,
      ...file,
    ]);
    return true;
  } catch (error) {
    if (error instanceof DriverError && error.class === 'exists') return false;
    throw error;
  }
}

/** The LUN shows what the volume is; its size is expandVolume's. */
function asMapped(lun: RuntimeLun, volume: StoredVolume): boolean {
  return lun.scsiId === volume.wwn && lun.thin === (volume.provisioning === 'thin') && lun.online;
}

async function removeMapping(
  ctx: CallContext,
  client: TgtClient,
  observe: Observe,
  mask: Expectation,
  { volume: expect, hlu }: MappingArgs,
): Promise<MaskObservation> {
  const [target, volume] = await Promise.all([ownTarget(ctx, client, mask), volumeById(ctx, client, expect.nativeId)]);
  const name = maskName(client, mask.nativeId);
  if (!target) return { nativeId: mask.nativeId, name, initiators: [], ports: [], mappings: [], loggedIn: [] };
  if (volume) expectOwned(volume, expect);
  const lun = target.luns.find((entry) => entry.lun === hlu);
  if (lun) {
    // Where the file is gone, or the LUN was never finished, the identity or the empty file tells.
    const same = lun.path === volume?.path || (expect.wwn !== undefined && lun.scsiId === expect.wwn);
    if (!same && lun.path !== emptyFile(client)) throw conflict(`HLU ${hlu} of ${name} has ${lun.path}`, [lun.path]);
    const rest: RuntimeTarget = { ...target, luns: target.luns.filter((entry) => entry !== lun) };
    await writeConf(ctx, client, name, renderConf(confOf(rest, mask.mark)));
    await client.script(ctx, `unmap HLU ${hlu}`, LUN_DELETE, [target.tid, target.name, hlu]).catch((error: unknown) => {
      if (!(error instanceof DriverError && error.class === 'not-found')) throw error;
    });
  }
  const settled = await settle(ctx, client, target.name, mask.mark);
  return observe(ctx, client, settled.seen, settled.target);
}
