/**
 * Zones go into effect by an activation, which every port of a fabric feels. So those that units of this process want on one
 * fabric at about the same time go in one, whichever workflow they are of, and two activations keep a distance. Each unit
 * still hears of its own delta only: what the device refuses together is asked for one by one.
 */
import type { Clock } from '../../lib/clock.ts';
import { LIMITS } from '../../lib/limits.ts';
import { DriverError, type DriverErrorClass } from '../driver/errors.ts';
import type { Urn } from '../model/urn.ts';
import { mergeDeltas } from '../zoning/delta.ts';
import type { DeltaOfZones } from '../zoning/types.ts';

export interface WantedDelta {
  readonly delta: DeltaOfZones;
  /** Only what is alike in this goes together. */
  readonly alike: string;
  /** Rejects with DriverError when the device says no; with anything else when its run is over. */
  apply(delta: DeltaOfZones): Promise<void>;
}

export interface FabricLanes {
  /** Settles as the call did in which the delta was. */
  apply(network: Urn, wanted: WantedDelta): Promise<void>;
}

interface Waiting extends WantedDelta {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Nothing happened, and it may be for one of them only. */
const CERTAIN: ReadonlySet<DriverErrorClass> = new Set(['conflict', 'exists', 'invalid', 'not-found', 'capacity']);

export function createFabricLanes(clock: Clock): FabricLanes {
  const lanes = new Map<Urn, Waiting[]>();
  const lastMs = new Map<Urn, number>();
  const serve = async (network: Urn, waiting: Waiting[]): Promise<void> => {
    while (waiting.length > 0) {
      const sinceMs = clock.nowMs() - (lastMs.get(network) ?? Number.NEGATIVE_INFINITY);
      await clock.sleep(Math.max(LIMITS.fabricGatherMs, LIMITS.fabricIntervalMs - sinceMs));
      await applyTogether(takeAlike(waiting), waiting, () => clock.sleep(LIMITS.fabricIntervalMs));
      lastMs.set(network, clock.nowMs());
    }
    lanes.delete(network);
  };
  return {
    apply: (network, wanted) =>
      new Promise((resolve, reject) => {
        const entry = { ...wanted, resolve, reject };
        const known = lanes.get(network);
        if (known) return void known.push(entry);
        const waiting = [entry];
        lanes.set(network, waiting);
        void serve(network, waiting);
      }),
  };
}

/** The first, and as many as can go with it. */
function takeAlike(waiting: Waiting[]): { readonly members: Waiting[]; readonly delta: DeltaOfZones } {
  const [first, ...others] = waiting.splice(0);
  const members = [first!];
  let delta = first!.delta;
  for (const other of others) {
    const merged =
      other.alike === first!.alike && members.length < LIMITS.fabricBatchMax
        ? mergeDeltas([delta, other.delta])
        : undefined;
    if (!merged) {
      waiting.push(other);
      continue;
    }
    members.push(other);
    delta = merged;
  }
  return { members, delta };
}

async function applyTogether(
  { members, delta }: { readonly members: readonly Waiting[]; readonly delta: DeltaOfZones },
  waiting: Waiting[],
  rest: () => Promise<void>,
): Promise<void> {
  const [first, ...others] = members as [Waiting, ...Waiting[]];
  try {
    await first.apply(delta);
    for (const { resolve } of members) resolve();
  } catch (error) {
    if (!(error instanceof DriverError)) {
      // The run of the first is over; of the others nothing was asked, or what was asked is asked again.
      first.reject(error);
      waiting.unshift(...others);
    } else if (others.length > 0 && CERTAIN.has(error.class)) {
      for (const each of members) {
        if (each !== first) await rest();
        await each.apply(each.delta).then(each.resolve, each.reject);
      }
    } else {
      for (const { reject } of members) reject(error);
    }
  }
}
