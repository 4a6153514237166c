/**
 * Drift of storage ports: gone, down, at another address. A port that carries paths of ours is told under the exports
 * that lose them; what is only recorded, under its storage system. Internal to observe.
 */
import type { PortObservation } from '../driver/contract.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import { uuidOf } from '../model/urn.ts';
import { addressesOfMask, addressOf } from './addresses.ts';
import type { SystemContext } from './drift-context.ts';
import type { DriftItem } from './observation.ts';

export function portItems(context: SystemContext): DriftItem[] {
  const { view, urn, observation } = context;
  const seen = new Map(observation.ports.map((port) => [port.nativeId, port]));
  const usable = new Set(observation.ports.filter(({ status }) => status === 'up').map(({ nativeId }) => nativeId));
  const recorded = view
    .inScope('port', uuidOf(urn))
    .map(({ record }) => record)
    .filter(isLive);
  const isUsable = (port: Urn) => usable.has(recorded.find((record) => record.urn === port)?.spec.nativeId ?? '');
  return recorded.flatMap((port) => itemsOf(context, port, seen.get(port.spec.nativeId), isUsable));
}

function itemsOf(
  context: SystemContext,
  port: ResourceRecord<'port'>,
  seen: PortObservation | undefined,
  isUsable: (port: Urn) => boolean,
): DriftItem[] {
  const { view, urn, name, observation } = context;
  const { nativeId, address } = port.spec;
  const what = `port ${nativeId} (${address}) of ${name}`;
  const wasUp = view.port(port.urn)?.status !== 'down';
  const paths = pathsThrough(context, port.urn, isUsable);
  const system = view.get(urn)?.record;
  const own = { address: system ? addressOf(system) : '', urn: port.urn, left: '' };
  const item = (each: typeof own, text: string): DriftItem => ({
    class: 'managed',
    address: each.address,
    urn: each.urn,
    system: name,
    summary: `${what} ${text}${each.left}`,
    recorded: { status: wasUp ? 'up' : 'down', address },
    observed: seen ? { status: seen.status, address: seen.address } : {},
  });
  const told = (text: string, always: boolean): DriftItem[] => {
    if (paths.length > 0) return paths.map((each) => item({ ...own, ...each }, text));
    return always ? [item(own, text)] : [];
  };
  if (seen === undefined) return observation.trust.level === 'whole' ? told('is not there any more', wasUp) : [];
  if (seen.status === 'down') return told('is down', wasUp);
  if (seen.address.toLowerCase() === address.toLowerCase()) return [];
  return told(`is at ${seen.address} now`, true);
}

/** The exports whose masks were given this port, and how many of their ports still work. */
function pathsThrough(
  context: SystemContext,
  port: Urn,
  isUsable: (port: Urn) => boolean,
): { readonly address: string; readonly left: string }[] {
  return [...context.masks.values()]
    .filter((mask) => mask.spec.ports.includes(port))
    .flatMap((mask) => {
      const { ports } = mask.spec;
      const left = `: ${ports.filter(isUsable).length} of its ${ports.length} ports there work`;
      return addressesOfMask(context.view, mask, context.lunMapsOf(mask.urn)).map((address) => ({ address, left }));
    });
}
