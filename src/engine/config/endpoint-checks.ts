/**
 * A Fibre Channel port is in one fabric: its WWPN is an endpoint of one network, once, and an initiator says the network that
 * it is an endpoint of. Within the given files only; what is recorded is the planner's to compare.
 */
import type { SourceSpan } from '../../lib/diagnostic.ts';
import { foldName, localAddress } from '../model/address.ts';
import { allNodes, isKind } from './checks.ts';
import { at, type Complaints } from './complaints.ts';
import type { DesiredGraph } from './desired.ts';

interface Place {
  readonly network: string;
  readonly span: () => SourceSpan;
}

const CODE = 'COPRHD-CONFIG-006';
const FIX = 'Look on the switch which fabric it is logged in to, and correct the other one.';

export function checkEndpoints(graph: DesiredGraph, complaints: Complaints): void {
  const places = new Map<string, Place>();
  for (const { node } of allNodes(graph)) {
    if (!isKind(node, 'network') || node.existing) continue;
    const address = localAddress('network', node.name);
    node.spec.endpoints?.forEach((portName, index) => {
      const span = () => node.spanOf(['endpoints', index]);
      const first = places.get(portName);
      if (first === undefined) {
        places.set(portName, { network: node.name, span });
        return;
      }
      const isSame = foldName(first.network) === foldName(node.name);
      complaints.add({
        code: CODE,
        summary: isSame
          ? `${address} has the endpoint ${portName} twice`
          : `the endpoint ${portName} of ${address} is one of ${localAddress('network', first.network)} too`,
        detail: `It stands at ${at(first.span())}.${isSame ? '' : ' A port is in one fabric.'}`,
        fix: isSame ? 'Remove one.' : FIX,
        span: span(),
        address,
      });
    });
  }
  if (places.size > 0) checkInitiatorNetworks(graph, places, complaints);
}

function checkInitiatorNetworks(graph: DesiredGraph, places: ReadonlyMap<string, Place>, complaints: Complaints): void {
  for (const { node } of allNodes(graph)) {
    if (!isKind(node, 'host') || node.existing) continue;
    node.spec.initiators.forEach(({ portName, network }, index) => {
      const place = places.get(portName);
      if (place === undefined || foldName(place.network) === foldName(network)) return;
      const address = localAddress('host', node.name);
      complaints.add({
        code: CODE,
        summary: `the initiator ${portName} of ${address} is in network "${network}", and an endpoint of ${localAddress('network', place.network)}`,
        detail: `It stands at ${at(place.span())}. A port is in one fabric.`,
        fix: FIX,
        span: node.spanOf(['initiators', index, 'network']),
        address,
      });
    });
  }
}
