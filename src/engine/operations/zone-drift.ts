/** Drift of zones, shown under the exports whose paths go through them: what `drift` says of a fabric that was read whole. */
import type { RecordedView } from '../model/recorded-view.ts';
import type { Urn } from '../model/urn.ts';
import type { DriftItem } from '../observe/observation.ts';
import { stateOf } from '../zoning/compare-fabric.ts';
import { memberTexts } from '../zoning/device-form.ts';
import { canBeMadeAgain } from '../zoning/drift.ts';
import { fabricIndex, isSavedInEffect } from '../zoning/fabric-index.ts';
import type { ZoningContext } from '../zoning/types.ts';
import { isChanging, type LookedAt, type RecordedZone } from './looking-networks.ts';
import { exportsOfMask } from './zone-naming.ts';

/** Of the zones of these masks. */
export function zoneItems(
  view: RecordedView,
  { context, zones, pathsOf, system }: LookedAt,
  masks: ReadonlySet<Urn>,
): DriftItem[] {
  if (!context || !system) return [];
  return zones
    .filter((zone) => masks.has(zone.mask) && !isChanging(zone))
    .flatMap((zone): DriftItem[] => {
      const state = stateOf(context, zone, pathsOf);
      if (state === 'same') return [];
      const [address = '', ...others] = exportsOfMask(view, zone.mask);
      const shared = others.length === 0 ? '' : `; ${others.join(', ')} uses it too`;
      return [
        {
          class: state === 'missing' ? 'missing' : 'managed',
          address,
          urn: zone.record.urn,
          system: system.name,
          summary: `${words(context, zone, state)}${shared}`,
          ...sides(context, zone),
        },
      ];
    });
}

function words(context: ZoningContext, zone: RecordedZone, state: 'missing' | 'changed'): string {
  const where = `on ${context.network} (fabric ${context.seen.fabric.name})`;
  if (zone.existing) {
    const what = state === 'missing' ? 'is not in effect any more' : 'does not join them any more';
    return `zone ${zone.zoneName} ${where}, not ours but used by paths, ${what}: the next apply of the export zones them anew`;
  }
  const what = `zone ${zone.zoneName} ${where}`;
  if (state === 'changed') {
    return `${what} is not as it is recorded: somebody changed it, or an alias in it; plans of the export are held until it is put back, or removed from the switch`;
  }
  const next = canBeMadeAgain(context, zone)
    ? 'the next apply of the export makes it again'
    : 'an alias in it is gone or stands for another port, and the next apply of the export zones its paths anew';
  return `${what} is ${missingWords(context, zone)}: ${next}`;
}

function missingWords({ seen }: ZoningContext, { zoneName }: RecordedZone): string {
  const found = fabricIndex(seen).zones.get(zoneName);
  if (!found) return 'not there any more';
  if (found.effective === undefined) return 'saved, and not in effect';
  return isSavedInEffect(seen, found) ? 'not in effect' : 'in effect, and not saved any more in what is in effect';
}

function sides({ seen }: ZoningContext, { zoneName, members }: RecordedZone): Pick<DriftItem, 'recorded' | 'observed'> {
  const found = fabricIndex(seen).zones.get(zoneName);
  const named = members.map(({ portName, alias }) => (alias === undefined ? portName : `${alias} (${portName})`));
  return {
    recorded: { members: named },
    ...(found ? { observed: { saved: memberTexts(found.defined), inEffect: memberTexts(found.effective) } } : {}),
  };
}
