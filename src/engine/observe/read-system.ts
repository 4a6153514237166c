/**
 * Reads one storage system through its driver: identity, pools, ports, volumes, masks, page by page. A device that
 * fails is an observation too (partial or unreachable, with the reason), so device errors never leave this module; bugs
 * and the caller's own abort do. Operations call it; nothing is written anywhere.
 */
import type { BlockArray, CallContext, Page, SystemIdentity } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import type { SystemObservation, Trust } from './observation.ts';
import { type PagesRead, readPages } from './pages.ts';
import { judgeTrust, type KnownObjects } from './trust.ts';

export interface ObserveRequest {
  readonly array: BlockArray;
  /** Its deadline is that of the whole observation. */
  readonly ctx: CallContext;
  readonly known: KnownObjects;
}

type Listing<T> = (ctx: CallContext, page?: string) => Promise<Page<T>>;

interface Collected<T> {
  readonly items: readonly T[];
  /** Undefined = read to its end. */
  readonly why?: string;
}

export async function observeSystem({ array, ctx, known }: ObserveRequest): Promise<SystemObservation> {
  const observedAtMs = ctx.nowMs();
  let identity: SystemIdentity;
  try {
    identity = await array.identify(ctx);
  } catch (error) {
    return unreachable(observedAtMs, deviceErrorText(error, ctx));
  }
  const pools = await collect('pools', (c, page) => array.listPools(c, page), ctx);
  const ports = await collect('ports', (c, page) => array.listPorts(c, page), ctx);
  const volumes = await collect('volumes', (c, page) => array.listVolumes(c, page), ctx);
  const masks = await collect('masks', (c, page) => array.listMasks(c, page), ctx);
  const parts = [pools, ports, volumes, masks];
  const failures = parts.flatMap(({ why }) => (why === undefined ? [] : [why]));
  const nothing = failures.length === parts.length && parts.every(({ items }) => items.length === 0);
  const read: Trust =
    failures.length === 0
      ? { level: 'whole', why: '' }
      : { level: nothing ? 'unreachable' : 'partial', why: failures.join('; ') };
  const observation: SystemObservation = {
    observedAtMs,
    trust: read,
    identity,
    pools: pools.items,
    ports: ports.items,
    volumes: volumes.items,
    masks: masks.items,
  };
  return { ...observation, trust: judgeTrust(observation, known) };
}

async function collect<T extends { readonly nativeId: string }>(
  what: string,
  list: Listing<T>,
  ctx: CallContext,
): Promise<Collected<T>> {
  const read: PagesRead<T> = { items: new Map(), problems: new Set() };
  const { items, problems } = read;
  try {
    await readPages(
      (page) => list(ctx, page),
      read,
      () => ctx.nowMs() < ctx.deadlineMs,
    );
  } catch (error) {
    problems.add(deviceErrorText(error, ctx));
  }
  if (problems.size === 0) return { items: [...items.values()] };
  const [first, ...more] = problems;
  const why = more.length === 0 ? first! : `${first}, and ${more.length} more`;
  return { items: [...items.values()], why: `${what} not read whole: ${why}` };
}

/** What a DriverError says; anything else, and everything after an abort by the caller, is thrown on. */
function deviceErrorText(error: unknown, ctx: CallContext): string {
  ctx.signal.throwIfAborted();
  if (!(error instanceof DriverError)) throw error;
  return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
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
