/**
 * Reads one storage system through its driver: identity, pools, ports, volumes, masks, page by page. A device that
 * fails is an observation too (partial or unreachable, with the reason), so device errors never leave this module; bugs
 * and the caller's own abort do. Operations call it; nothing is written anywhere.
 */
import type { BlockArray, CallContext, SystemIdentity } from '../driver/contract.ts';
import { type Collected, collect, type Listing } from './collect.ts';
import { deviceErrorText } from './device-error.ts';
import { mergeChanges, type ReadBase, whyMisfit } from './merge-changes.ts';
import type { ReadHow, SystemObservation, Trust } from './observation.ts';
import { type AskedBase, askChanges } from './read-changes.ts';
import { judgeTrust, type KnownObjects } from './trust.ts';

export interface ObserveRequest {
  readonly array: BlockArray;
  /** Its deadline is that of the whole observation. */
  readonly ctx: CallContext;
  readonly known: KnownObjects;
  /** What only changes are to be read since, where device and driver can tell them. Read whole without it. */
  readonly base?: AskedBase;
}

export async function observeSystem({ array, ctx, known, base }: ObserveRequest): Promise<SystemObservation> {
  const observedAtMs = ctx.nowMs();
  let identity: SystemIdentity;
  try {
    identity = await array.identify(ctx);
  } catch (error) {
    return unreachable(observedAtMs, deviceErrorText(error, ctx));
  }
  const pools = await collect('pools', (c, page) => array.listPools(c, page), ctx);
  const ports = await collect('ports', (c, page) => array.listPorts(c, page), ctx);
  // Before the lists that it is about: what happens while they are read is told the next time.
  const { told, token, version, why } = await askChanges({ array, identity, ctx, base });
  const merged = told ? mergeChanges(base as ReadBase, told) : undefined;
  const kept = merged?.sections ?? {};
  const volumes = await seen(kept.volumes, 'volumes', (c, page) => array.listVolumes(c, page), ctx);
  const masks = await seen(kept.masks, 'masks', (c, page) => array.listMasks(c, page), ctx);
  const parts = [pools, ports, volumes, masks];
  const failures = parts.flatMap((part) => (part.why === undefined ? [] : [part.why]));
  const items = { pools: pools.items, ports: ports.items, volumes: volumes.items, masks: masks.items };
  if (told && failures.length === 0) {
    const misfit = whyMisfit(told, { ...items, known });
    if (misfit !== undefined) return observeSystem({ array, ctx, known, base: { why: misfit } });
  }
  const nothing = failures.length === parts.length && parts.every((part) => part.items.length === 0);
  const trust: Trust =
    failures.length === 0
      ? { level: 'whole', why: '' }
      : { level: nothing ? 'unreachable' : 'partial', why: failures.join('; ') };
  const wholeAtMs = merged ? (base as ReadBase).wholeAtMs : observedAtMs;
  const read: ReadHow = merged
    ? { how: 'changes', changed: merged.changed, removed: merged.removed, wholeAtMs }
    : { how: 'whole', ...(why === undefined ? {} : { why }) };
  const observation: SystemObservation = {
    ...{ observedAtMs, trust, identity, ...items, read },
    ...(token === undefined || version === undefined || failures.length > 0
      ? {}
      : { current: { token, version, wholeAtMs } }),
  };
  return { ...observation, trust: judgeTrust(observation, known) };
}

async function seen<T extends { readonly nativeId: string }>(
  merged: readonly T[] | undefined,
  what: string,
  list: Listing<T>,
  ctx: CallContext,
): Promise<Collected<T>> {
  return merged ? { items: merged } : collect(what, list, ctx);
}

function unreachable(observedAtMs: number, why: string): SystemObservation {
  return {
    observedAtMs,
    trust: { level: 'unreachable', why },
    pools: [],
    ports: [],
    volumes: [],
    masks: [],
  };
}
