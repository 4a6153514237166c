/** State and arrays once nothing goes on any more: they agree in everything that people have not changed by hand. */
import type { DeviceFacts } from '../../crash/support/device-facts.ts';
import { disagreements, snapshotFacts } from '../../crash/support/device-facts.ts';
import type { StateFacts } from '../../crash/support/state-facts.ts';
import type { Monitor } from './monitor.ts';
import { checkZonesAtRest } from './zones-at-rest.ts';

export function checkAtRest(monitor: Monitor, facts: StateFacts, said: string): void {
  monitor.check();
  monitor.quiescing.checkAtRest();
  checkZonesAtRest(monitor, said);
  groupsAreTogether(monitor, facts);
  // What is left open, with a reason that people gave it, is neither here nor there.
  if (monitor.state.workflows().length > 0) return;
  if (monitor.touched.size > 0 || monitor.restored || monitor.lied.size > 0) return;
  for (const array of monitor.world.arrays.values()) {
    const here: StateFacts = {
      ...facts,
      onDevice: facts.onDevice.filter(({ status }) => monitor.arrayOf(status.device!.system) === array.name),
    };
    const found = disagreements(here, deviceFacts(monitor, array.name));
    if (found.length > 0) monitor.world.violate('state-and-arrays-agree', found.slice(0, 5).join('; '));
  }
}

/** Whoever brought what to a consistency group: it is on one storage system. */
function groupsAreTogether(monitor: Monitor, { onDevice }: StateFacts): void {
  if (monitor.restored) return;
  const systems = new Map<string, Set<string>>();
  for (const { kind, spec, status } of onDevice) {
    // A snapshot is of the group that its volume was in then.
    if (kind !== 'volume') continue;
    const { consistencyGroup } = spec as { readonly consistencyGroup?: string };
    if (consistencyGroup === undefined || !status.device) continue;
    const known = systems.get(consistencyGroup) ?? new Set();
    systems.set(consistencyGroup, known.add(status.device.system));
  }
  for (const [group, on] of systems) {
    if (on.size > 1) monitor.world.violate('groups-are-together', `${group} is on ${[...on].join(' and ')}`);
  }
}

function deviceFacts(monitor: Monitor, name: string): DeviceFacts {
  const snapshot = monitor.world.arrays.get(name)!.show(monitor.world.scheduler.nowMs);
  const { volumes, masks } = snapshotFacts(snapshot, (object) => monitor.ourUrn(object));
  // What somebody else maps to somebody else is nobody's disagreement.
  return { volumes, masks: masks.filter(({ markedAs }) => markedAs !== undefined) };
}
