/** How busy the ports of a storage system are: what was measured of them, and what is mapped through them now, foreign masks included. */

import type { Urn } from '../model/urn.ts';
import { busyPercent } from '../observe/metrics.ts';
import type { SystemObservation } from '../observe/observation.ts';
import type { PortLoad } from '../paths/types.ts';
import type { Draft } from './draft.ts';

interface Counts {
  volumes: number;
  initiators: number;
}

const counted = new WeakMap<SystemObservation, ReadonlyMap<string, Counts>>();

/** By native id of the port: all that goes through it, foreign masks included. */
export function mappedThrough(observation: SystemObservation): ReadonlyMap<string, Counts> {
  const known = counted.get(observation);
  if (known) return known;
  const counts = new Map<string, Counts>();
  for (const { ports, mappings, initiators } of observation.masks) {
    for (const port of ports) {
      const found = counts.get(port);
      if (!found) counts.set(port, { volumes: mappings.length, initiators: initiators.length });
      else {
        found.volumes += mappings.length;
        found.initiators += initiators.length;
      }
    }
  }
  counted.set(observation, counts);
  return counts;
}

export function portLoads(draft: Draft, system: Urn, observation: SystemObservation): Map<Urn, PortLoad> {
  const counts = mappedThrough(observation);
  return new Map(
    draft.childrenOf('port', system).map(({ urn, spec }): [Urn, PortLoad] => {
      const { volumes, initiators } = counts.get(spec.nativeId) ?? { volumes: 0, initiators: 0 };
      const metrics = draft.input.view.portMetrics(urn);
      const { busy, cpuBusyPercent } = metrics ?? {};
      const measured = busy ? { busyPercent: busyPercent(busy), measuredAtMs: busy.measuredAtMs } : {};
      const cpu = cpuBusyPercent === undefined ? {} : { cpuBusyPercent };
      return [urn, { volumes, initiators, ...measured, ...cpu }];
    }),
  );
}
