/**
 * Selects storage ports and paths for one host on one storage system (docs/paths.md). Pure: the same request has the same
 * answer, in whatever order its parts come. Many hosts in one plan: `PortLoads`.
 */
import { compareText } from '../../lib/compare-text.ts';
import type { Urn } from '../model/urn.ts';
import { fillPaths } from './fill.ts';
import { type HostPaths, startPaths } from './host-paths.ts';
import { indexPorts, type PortIndex } from './port-index.ts';
import { refusalOf } from './refusals.ts';
import { rejectionsOf } from './rejections.ts';
import { DEFAULT_PATH_SETTINGS, type PathSettings } from './settings.ts';
import { shortfallsOf } from './shortfalls.ts';
import type { PathPair, PathPlan, PathRequest, PathResult } from './types.ts';

export function selectPaths(request: PathRequest, settings: PathSettings = DEFAULT_PATH_SETTINGS): PathResult {
  return selectFrom(indexPorts(request.ports, request.nowMs, settings), request);
}

/** From ports that are arranged already. The index is read, never changed. */
export function selectFrom(index: PortIndex, request: Omit<PathRequest, 'ports'>): PathResult {
  const host = startPaths(index, request);
  fillPaths(host);
  return refusalOf(host) ?? { ok: true, plan: planOf(host) };
}

function planOf(host: HostPaths): PathPlan {
  const added = host.added.map(({ initiator, entry }) => ({ initiator: initiator.urn, port: entry.port.urn }));
  const names = new Map<Urn, string>(host.request.initiators.map(({ urn, portName }) => [urn, portName]));
  const portName = (urn: Urn): string => host.index.ports.get(urn)?.name ?? urn;
  const compare = (a: PathPair, b: PathPair): number =>
    compareText(names.get(a.initiator) ?? a.initiator, names.get(b.initiator) ?? b.initiator) ||
    compareText(portName(a.port), portName(b.port)) ||
    compareText(a.initiator + a.port, b.initiator + b.port);
  return {
    pairs: [...host.existing, ...added].sort(compare),
    added: added.sort(compare),
    ports: [...host.perPort.keys()].sort((a, b) => compareText(portName(a), portName(b)) || compareText(a, b)),
    chosen: chosenOf(host),
    ...rejectionsOf(host),
    shortfalls: shortfallsOf(host),
  };
}

function chosenOf({ added, request }: HostPaths): PathPlan['chosen'] {
  const chosen = new Map<Urn, PathPlan['chosen'][number]>();
  for (const { entry, usage, load } of added) {
    const { port, group } = entry;
    if (chosen.has(port.urn)) continue;
    const { metric, measuredAtMs } = group.network;
    const { busyPercent, cpuBusyPercent, volumes, initiators } = load;
    chosen.set(port.urn, {
      port: port.urn,
      usage,
      metric,
      ...(measuredAtMs === undefined ? {} : { sampleAgeMs: request.nowMs - measuredAtMs }),
      ...(busyPercent === undefined ? {} : { busyPercent }),
      ...(cpuBusyPercent === undefined ? {} : { cpuBusyPercent }),
      volumes,
      initiators,
    });
  }
  return [...chosen.values()];
}
