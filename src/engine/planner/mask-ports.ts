/** Which ports of its storage system a new mask over IP is served by. Over Fibre Channel it is paths: fabric-paths.ts. */
import type { ResourceRecord } from '../model/record.ts';
import { deregisteredWhy } from '../model/registration.ts';
import type { PathPolicy } from '../model/specs.ts';
import { notVisibleWords } from '../model/visibility.ts';
import type { Draft } from './draft.ts';
import { initiatorsOf, type MaskContext } from './masks.ts';
import { reachablePorts } from './reachable-ports.ts';

export type PortChoice =
  | { readonly ok: true; readonly ports: readonly ResourceRecord<'port'>[]; readonly wanted: number }
  | { readonly ok: false; readonly why: string };

/**
 * Ports of the system that the host's initiators reach through a network of the virtual array: registered, up, at least `min`, at
 * most `max`, spread over HA domains and physical ports first. Chosen once, when the mask is made, by the policy of the
 * first volume in it. Over IP every initiator reaches every port, so `perInitiator` limits nothing here: how many of the
 * ports an initiator logs in to is the host's choice.
 */
export function choosePorts(
  draft: Draft,
  context: MaskContext,
  virtualArray: ResourceRecord<'virtualArray'>,
  paths: PathPolicy,
): PortChoice {
  return portsInNetworks(draft, context, virtualArray, paths, initiatorsOf(draft, context.host));
}

function portsInNetworks(
  draft: Draft,
  context: MaskContext,
  virtualArray: ResourceRecord<'virtualArray'>,
  paths: PathPolicy,
  initiators: readonly ResourceRecord<'initiator'>[],
): PortChoice {
  const { host, system, observation } = context;
  const inArray = new Set(draft.membersOf(virtualArray.urn, 'networks'));
  const networks = [...new Set(initiators.map(({ spec }) => spec.network))]
    .filter((network) => inArray.has(network))
    .map((network) => draft.get<'network'>(network))
    .filter((network) => network !== undefined);
  if (networks.length === 0) {
    return { ok: false, why: `no initiator of ${host.name} is in a network of virtual array ${virtualArray.name}` };
  }
  const status = new Map(observation.ports.map((port) => [port.nativeId, port.status]));
  const reachable = reachablePorts(draft, system.urn, networks);
  const usable = reachable.filter(({ spec }) => status.get(spec.nativeId) === 'up' && !spec.deregistered);
  const chosen = spread(usable, paths.max);
  if (chosen.length < paths.min) {
    const nets = networks.map(({ name }) => name).join(', ');
    return {
      ok: false,
      why: [
        `${system.name} has ${chosen.length} usable ports in ${nets}, the virtual pool wants at least ${paths.min}`,
        ...reachable.flatMap((port) => whyNotUsed(draft, context, port) ?? []),
      ].join('; '),
    };
  }
  return { ok: true, ports: chosen, wanted: paths.max };
}

/** What somebody did about a port, or why it can't be seen. That one is down needs no words. */
function whyNotUsed(
  draft: Draft,
  { observation }: Pick<MaskContext, 'observation'>,
  port: ResourceRecord<'port'>,
): string | undefined {
  const deregistered = deregisteredWhy(`port ${port.name}`, port);
  if (deregistered !== undefined) return deregistered;
  const isSeen = observation.ports.some(({ nativeId }) => nativeId === port.spec.nativeId);
  if (isSeen || observation.trust.level !== 'whole') return undefined;
  const sinceMs = draft.input.view.port(port.urn)?.notVisibleSinceMs ?? observation.observedAtMs;
  return `port ${port.name} is ${notVisibleWords(sinceMs)}`;
}

/** Round robin over HA domains, then physical ports, names as the tie-break. */
function spread(ports: readonly ResourceRecord<'port'>[], max: number): ResourceRecord<'port'>[] {
  const left = [...ports].sort((a, b) => (a.name < b.name ? -1 : 1));
  const chosen: ResourceRecord<'port'>[] = [];
  const uses = new Map<string, number>();
  const count = (key: string) => uses.get(key) ?? 0;
  while (chosen.length < max && left.length > 0) {
    let best = 0;
    for (let i = 1; i < left.length; i++) {
      const [a, b] = [left[i]!.spec, left[best]!.spec];
      const lower =
        count(`d ${a.haDomain}`) - count(`d ${b.haDomain}`) ||
        count(`p ${a.physicalPort}`) - count(`p ${b.physicalPort}`);
      if (lower < 0) best = i;
    }
    const [port] = left.splice(best, 1);
    chosen.push(port!);
    for (const key of [`d ${port!.spec.haDomain}`, `p ${port!.spec.physicalPort}`]) uses.set(key, count(key) + 1);
  }
  return chosen;
}
