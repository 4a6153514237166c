/**
 * After `device review --accept manage` the volumes' marks are written anew with the present epoch: an older copy of the
 * state then sees marks of a later epoch and holds everything, instead of managing the same array a second time.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { DriverError } from '../driver/errors.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import type { SystemObservation } from '../observe/observation.ts';
import { type ViewLoader, withView } from '../state/view.ts';
import { callContext } from './call-context.ts';
import type { Call } from './engine.ts';

/** What could not be renewed is said and stays as it was; it is tried again by the next review. */
export async function renewMarks(
  { engine, ctx }: Call,
  loader: ViewLoader,
  system: ResourceRecord<'storageSystem'>,
  observation: SystemObservation,
): Promise<Diagnostic[]> {
  const { installationId, epoch } = engine.installation;
  const old = new Map<string, string>();
  for (const { nativeId, mark } of observation.volumes) {
    if (mark?.installation === installationId && mark.epoch < epoch) old.set(nativeId, mark.urn);
  }
  if (old.size === 0) return [];
  const { result: volumes } = await withView(loader, (view) =>
    [...old.values()].flatMap((urn) => view.get<'volume'>(urn as Urn)?.record ?? []).filter(isLive),
  );
  const { array } = await engine.devices.open(system);
  const problems: Diagnostic[] = [];
  for (const volume of volumes) {
    const { device } = volume.status;
    if (device?.system !== system.urn || old.get(device.nativeId) !== volume.urn) continue;
    const mark = { installation: installationId, urn: volume.urn, epoch };
    const expectation = { nativeId: device.nativeId, mark, ...(device.wwn === undefined ? {} : { wwn: device.wwn }) };
    try {
      await array.markVolume(callContext(engine.clock, ctx.signal, LIMITS.deviceCallDeadlineMs), expectation);
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      problems.push({
        code: 'COPRHD-DEVICE-002',
        severity: 'warning',
        address: addressOf(volume),
        summary: `the mark of ${addressOf(volume)} could not be renewed: ${error.message}`,
        fix: `coprhd device review ${system.name} --accept manage`,
      });
    }
  }
  return problems;
}
