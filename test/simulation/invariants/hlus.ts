/** A host may still have a device for a LUN that was taken from it: nobody else gets that number before its quarantine is over. */
import type { Request } from '../../../drivers/simulator/messages.ts';
import type { StoredMask, StoredVolume } from '../../../drivers/simulator/objects.ts';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import type { Operation } from '../../../src/engine/state/store.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { Change } from '../world/noting-kv.ts';
import type { SimArray } from '../world/sim-array.ts';
import type { Monitor } from './monitor.ts';
import { approvalOf, urnsOf } from './mutations.ts';

const MAPS = keys.recordsOf('lunMap');

export class HluWatch {
  readonly #monitor: Monitor;
  /** Mask and HLU → the volume that had it, and until when nobody else may. */
  readonly #freed = new Map<string, { readonly volume: string; readonly untilMs: number }>();

  constructor(monitor: Monitor) {
    this.#monitor = monitor;
  }

  beforeStored(operations: readonly Operation[]): void {
    for (const operation of operations) {
      if (operation.type !== 'put' || !operation.key.startsWith(MAPS)) continue;
      const { spec, status } = JSON.parse(operation.value) as ResourceRecord<'lunMap'>;
      if (status.phase !== 'deleted' || status.freedAtMs === undefined || status.freedBy !== undefined) continue;
      const untilMs = status.freedAtMs + LIMITS.hluQuarantineMs;
      this.#freed.set(`${spec.mask} ${spec.hlu}`, { volume: spec.volume, untilMs });
    }
  }

  afterMutation(process: Incarnation, array: SimArray, request: Request, changes: readonly Change[]): void {
    // A state that was put back may not know of it.
    if (process.state === 'dead' || this.#monitor.restored) return;
    for (const { key, before, after } of changes) {
      if (!key.startsWith('mask/') || after === undefined) continue;
      const is = JSON.parse(after) as StoredMask;
      const had = new Set((JSON.parse(before ?? '{"mappings":[]}') as StoredMask).mappings.map(({ hlu }) => hlu));
      const mask = this.#monitor.ourUrn(is);
      for (const { hlu, volume } of is.mappings) {
        if (mask !== undefined && !had.has(hlu)) this.#given(process, array, request, `${mask} ${hlu}`, volume);
      }
    }
  }

  #given(process: Incarnation, array: SimArray, request: Request, place: string, nativeId: string): void {
    const freed = this.#freed.get(place);
    const { world } = this.#monitor;
    const text = array.texts.get(`volume/${nativeId}`);
    const volume = text === undefined ? undefined : this.#monitor.ourUrn(JSON.parse(text) as StoredVolume);
    if (!freed || freed.volume === volume || freed.untilMs <= world.scheduler.nowMs) return;
    if (approvalOf(this.#monitor, process, urnsOf(request))?.attested) return;
    world.violate(
      'freed-hlu-rests',
      `${process.name} gave mask and HLU ${place} to ${volume ?? nativeId}, which ${freed.volume} had and that is in quarantine`,
    );
  }
}
