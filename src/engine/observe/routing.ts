/** Which fabrics are routed to each other, by what the switches of all network systems say. Pure. */
import type { FabricObservation, RoutedFabric } from '../driver/network-contract.ts';
import type { SeenFabric } from './network-observation.ts';

/** The chassis and its fabrics differ in the first two bytes. */
const chassis = (wwn: string): string => wwn.split(':').slice(2).join(':');

const isIt = ({ switches, virtualFabric }: FabricObservation, one: RoutedFabric): boolean =>
  (one.virtualFabric === undefined || one.virtualFabric === virtualFabric) &&
  switches.some(({ nativeId }) => chassis(nativeId) === chassis(one.switch));

/** Of the groups of a device those that a fabric is in; undefined = none. */
export function routedWith(
  fabric: FabricObservation,
  groups: readonly (readonly RoutedFabric[])[],
): readonly RoutedFabric[] | undefined {
  const found = groups.filter((group) => group.some((one) => isIt(fabric, one))).flat();
  return found.length === 0 ? undefined : found;
}

/** Native ids of the fabrics that each is routed to: one device that says so is enough. */
export function routedFabrics(all: readonly SeenFabric[]): ReadonlyMap<string, ReadonlySet<string>> {
  const routed = new Map<string, Set<string>>();
  for (const { fabric, routed: group } of all) {
    if (!group) continue;
    const members = all.filter((each) => each.fabric === fabric || group.some((one) => isIt(each.fabric, one)));
    const ids = [...new Set(members.map((each) => each.fabric.nativeId))];
    for (const id of ids) {
      const known = routed.get(id) ?? new Set();
      for (const other of ids) if (other !== id) known.add(other);
      if (known.size > 0) routed.set(id, known);
    }
  }
  return routed;
}
