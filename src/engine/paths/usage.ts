/**
 * How much a port is used, CoprHD's figure: 1000 = one per cent busy, or one volume where the ports of a network are compared
 * by counts. Smaller is better.
 */
import type { PathSettings } from './settings.ts';
import type { PortLoad, PortRejection } from './types.ts';

export type Metric = 'measured' | 'counted';

/** CoprHD's: as many volumes weigh as much as a port that is 100 % busy, at coefficient 1. */
const VOLUMES_AS_FULL = 2_048;
const PER_UNIT = 1_000;

/** As people are told it: 1 = one per cent busy, or one volume. */
export const figureOf = (usage: number): number => Number((usage / PER_UNIT).toFixed(2));

export function isMeasured({ busyPercent, measuredAtMs }: PortLoad, nowMs: number, settings: PathSettings): boolean {
  return (
    settings.metrics &&
    busyPercent !== undefined &&
    measuredAtMs !== undefined &&
    nowMs - measuredAtMs <= settings.sampleAgeMaxMs
  );
}

/** Per cent; only of a port that is measured. */
function metricPercent({ busyPercent = 0, cpuBusyPercent = 0 }: PortLoad, settings: PathSettings): number {
  const port = busyPercent < settings.portFloorPercent ? 0 : busyPercent;
  return cpuBusyPercent < settings.cpuFloorPercent ? port : (port + cpuBusyPercent) / 2;
}

export function usageOf(load: PortLoad, metric: Metric, settings: PathSettings): number {
  const base = metric === 'measured' ? PER_UNIT * metricPercent(load, settings) : 0;
  return base + usageOfVolumes(load.volumes, metric, settings);
}

export const usageOfVolumes = (volumes: number, metric: Metric, settings: PathSettings): number =>
  PER_UNIT * volumes * (metric === 'measured' ? (settings.volumeCoefficient * 100) / VOLUMES_AS_FULL : 1);

/** By which ceiling a port that will have these initiators and volumes takes no more; undefined = none. */
export function overCount(
  { initiators, volumes }: { readonly initiators: number; readonly volumes: number },
  { initiatorCeiling, volumeCeiling }: PathSettings,
): Omit<PortRejection, 'port'> | undefined {
  if (initiatorCeiling !== undefined && initiators > initiatorCeiling) {
    const fact = 'as many initiators as the ceiling allows';
    return { rule: 'initiator-ceiling', fact, needed: initiators, had: initiatorCeiling };
  }
  if (volumeCeiling !== undefined && volumes > volumeCeiling) {
    return {
      rule: 'volume-ceiling',
      fact: 'as many volumes as the ceiling allows',
      needed: volumes,
      had: volumeCeiling,
    };
  }
  return undefined;
}

/** Only of a port that is measured: nobody is refused for what was long ago. */
export function overBusy(
  { busyPercent = 0, cpuBusyPercent = 0 }: PortLoad,
  { portCeilingPercent, cpuCeilingPercent }: PathSettings,
): Omit<PortRejection, 'port'> | undefined {
  if (busyPercent >= portCeilingPercent) {
    return {
      rule: 'port-ceiling',
      fact: 'the port is too busy',
      needed: `< ${portCeilingPercent} %`,
      had: `${busyPercent} %`,
    };
  }
  if (cpuBusyPercent >= cpuCeilingPercent) {
    const fact = 'the processor of its HA domain is too busy';
    return { rule: 'cpu-ceiling', fact, needed: `< ${cpuCeilingPercent} %`, had: `${cpuBusyPercent} %` };
  }
  return undefined;
}
