/**
 * Reads one storage system through its driver: identity, pools, ports, volumes, masks, page by page. A device that
 * fails is an observation too (partial or unreachable, with the reason), so device errors never leave this module; bugs
 * and the caller's own abort do. Operations call it; nothing is written anywhere.
 */
import type { BlockArray, CallContext, Page, SystemIdentity } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import type { SystemObservation, Trust } from './observation.ts';
import { judgeTrust, type KnownObjects } from './trust.ts';

/** A device that has more pages than this, or goes in circles, is read no further and the observation is partial. */
export const OBSERVE_PAGES_MAX = 10_000;

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
  const items = new Map<string, T>();
  const problems = new Set<string>();
  const pages = new Set<string>();
  let page: string | undefined;
  try {
    for (;;) {
      if (ctx.nowMs() >= ctx.deadlineMs) {
        problems.add('no time left');
        break;
      }
      const result: Page<T> = await list(ctx, page);
      for (const item of result.items) {
        // A collection that moves while it is read shows an object twice, and so may have hidden another.
        if (items.has(item.nativeId)) problems.add(`${item.nativeId} was listed twice`);
        else items.set(item.nativeId, item);
      }
      if (!result.complete) problems.add('the device does not show all of them');
      page = result.next;
      if (page === undefined) break;
      if (pages.has(page) || pages.size + 1 >= OBSERVE_PAGES_MAX) {
        problems.add('the listing does not end');
        break;
      }
      pages.add(page);
    }
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
