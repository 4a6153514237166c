/** Masks and zones that don't go together: mapped and not zoned, zoned and not mapped. Of our hosts and storage systems. */
import { compareText } from '../../../lib/compare-text.ts';
import { type AuditFinding, finding, someOf } from '../../model/audit.ts';
import type { SeenFabric } from '../../observe/network-observation.ts';
import type { PathEnds } from '../compare-fabric.ts';
import { openZones, reachedBy } from '../in-effect.ts';

/** A mask that maps something, ours or another's, by WWPNs. */
export interface AuditedMask {
  readonly system: string;
  readonly name: string;
  readonly address?: string;
  readonly initiators: readonly string[];
  /** All of the storage system where its device names none. */
  readonly ports: readonly string[];
  /** Recorded ones: a mask admits at all of its ports, and not every initiator is to use each. */
  readonly paths?: readonly Pick<PathEnds, 'initiator' | 'port'>[];
}

export interface AuditedEnds {
  /** Initiators of our hosts, with the host. */
  readonly hosts: ReadonlyMap<string, string>;
  /** Ports of storage systems that were read whole. */
  readonly ports: ReadonlyMap<string, { readonly system: string; readonly name: string }>;
  /** The fabric that it is in, where that was read whole. */
  fabricOf(wwpn: string): SeenFabric | undefined;
}

export function mappedNotZoned(masks: readonly AuditedMask[], ends: AuditedEnds): AuditFinding[] {
  return masks.flatMap((mask) => {
    const shut = mask.paths ? shutPaths(mask.paths, ends) : shutInitiators(mask, ends);
    if (shut.length === 0) return [];
    return [
      finding('mapped-not-zoned', {
        system: mask.system,
        object: mask.name,
        ...(mask.address === undefined ? {} : { address: mask.address }),
        summary: `mask ${mask.name} maps volumes over paths (${shut.length}) that no zone in effect opens`,
        evidence: {
          notZoned: someOf(shut),
          initiators: someOf(mask.initiators),
          hosts: someOf([...new Set(mask.initiators.flatMap((initiator) => ends.hosts.get(initiator) ?? []))].sort()),
        },
      }),
    ];
  });
}

const together = (ends: AuditedEnds, initiator: string, port: string): SeenFabric | undefined => {
  const fabric = ends.fabricOf(initiator);
  return fabric !== undefined && fabric === ends.fabricOf(port) ? fabric : undefined;
};

function shutPaths(paths: NonNullable<AuditedMask['paths']>, ends: AuditedEnds): string[] {
  return paths
    .filter(({ initiator, port }) => {
      const fabric = together(ends, initiator, port);
      return fabric !== undefined && openZones(fabric, initiator, port).length === 0;
    })
    .map(({ initiator, port }) => `${initiator} - ${ends.ports.get(port)?.name ?? port}`)
    .sort(compareText);
}

/** Which ports an initiator is to use is not known of a mask of others: one is enough. */
function shutInitiators({ initiators, ports }: AuditedMask, ends: AuditedEnds): string[] {
  return initiators
    .filter((initiator) => ends.hosts.has(initiator))
    .filter((initiator) => {
      const near = ports.filter((port) => together(ends, initiator, port));
      return (
        near.length > 0 && near.every((port) => openZones(ends.fabricOf(initiator)!, initiator, port).length === 0)
      );
    })
    .map((initiator) => `${initiator} - any port of the mask`);
}

/** One finding a host and storage system. */
export function zonedNotMapped(masks: readonly AuditedMask[], ends: AuditedEnds): AuditFinding[] {
  const mapped = new Set(
    masks.flatMap(({ initiators, ports }) => initiators.flatMap((from) => ports.map((to) => `${from} ${to}`))),
  );
  const found = new Map<string, { readonly host: string; readonly system: string; readonly pairs: string[] }>();
  for (const [initiator, host] of ends.hosts) {
    const fabric = ends.fabricOf(initiator);
    if (!fabric) continue;
    for (const [wwpn, zone] of reachedBy(fabric, initiator)) {
      const port = ends.ports.get(wwpn);
      if (!port || mapped.has(`${initiator} ${wwpn}`)) continue;
      const key = `${port.system} ${host}`;
      const known = found.get(key) ?? { host, system: port.system, pairs: [] };
      known.pairs.push(`${initiator} - ${port.name} by ${zone}`);
      found.set(key, known);
    }
  }
  return [...found]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, { host, system, pairs }]) =>
      finding('zoned-not-mapped', {
        system,
        object: host,
        summary: `host ${host} is zoned to ports of ${system} that map it nothing`,
        evidence: { pairs: pairs.length, zoned: someOf(pairs.sort(compareText)) },
      }),
    );
}
