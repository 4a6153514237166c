/** What must be true of state and arrays together between any two operations, whatever is in flight. */
import type { StoredMask, StoredVolume } from '../../../drivers/simulator/objects.ts';
import { isLive } from '../../../src/engine/model/record.ts';
import type { Monitor } from './monitor.ts';

export function checkEstate(monitor: Monitor): void {
  // Nobody works on a state that is being put back; whether it is, its restorer may not know yet.
  if (monitor.restoring) return;
  nothingMarkedIsUnknown(monitor);
  acknowledgedIsThere(monitor);
}

/** Every object that carries our mark is in the state: as the object of a live record, or as somebody's open work. */
function nothingMarkedIsUnknown(monitor: Monitor): void {
  for (const array of monitor.world.arrays.values()) {
    for (const [key, text] of array.texts) {
      const isVolume = key.startsWith('volume/');
      if (!isVolume && !key.startsWith('mask/')) continue;
      const object = JSON.parse(text) as StoredVolume | StoredMask;
      const urn = monitor.ourUrn(object);
      const where = `${array.name}/${object.id}`;
      if (urn === undefined || monitor.forgotten.has(where) || monitor.lied.has(where)) continue;
      const record = monitor.state.record(urn);
      if (record && isLive(record) && (record.claim || record.status.device?.nativeId === object.id)) continue;
      // Deleted by hand and put back under the same name by a repair: the record still says which.
      if (monitor.touched.has(where)) continue;
      const is = !record
        ? 'not recorded'
        : isLive(record)
          ? `recorded as ${record.status.device?.nativeId}`
          : 'deleted';
      monitor.world.violate(
        'nothing-marked-is-unknown',
        `${object.name} (${where}) is marked as ${urn}, which is ${is}`,
      );
      return;
    }
  }
}

/** What somebody was told is done stays: its record, and its object with the same identity. */
function acknowledgedIsThere(monitor: Monitor): void {
  for (const [urn, { array, nativeId, wwn }] of monitor.acknowledged) {
    const where = `${array}/${nativeId}`;
    if (monitor.touched.has(where) || monitor.forgotten.has(urn)) continue;
    const record = monitor.state.record(urn);
    if (!record || !isLive(record)) {
      if (monitor.mayEnd.get(urn)?.size) continue;
      monitor.world.violate(
        'acknowledged-is-kept',
        `${urn} (${where}) was acknowledged and is ${record ? 'deleted' : 'not recorded'}`,
      );
      return;
    }
    // Somebody is at work on it: the end tells.
    if (record.claim) continue;
    const text = monitor.world.arrays.get(array)?.texts.get(`volume/${nativeId}`);
    const volume = text === undefined ? undefined : (JSON.parse(text) as StoredVolume);
    if (volume?.wwn !== wwn) {
      monitor.world.violate(
        'acknowledged-is-kept',
        `${urn} was acknowledged as ${where} with WWN ${wwn}, there is ${volume?.wwn ?? 'nothing'}`,
      );
      return;
    }
  }
}
