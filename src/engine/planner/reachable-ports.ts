/**
 * Ports of a storage system that are in given networks. Over IP an address is in a subnet. Over Fibre Channel the WWPN of a
 * port is an endpoint of its network, and of no other; a network without any endpoint is a fabric of which nothing is known,
 * and a port of which nothing is known either may be in it.
 */
import { portalInSubnets } from '../model/ip.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import type { Draft } from './draft.ts';

export function reachablePorts(
  draft: Draft,
  system: Urn,
  networks: readonly ResourceRecord<'network'>[],
): ResourceRecord<'port'>[] {
  const subnets = networks.flatMap(({ spec }) => spec.subnets);
  const fabrics = networks.filter(({ spec }) => spec.transport === 'fc');
  const unknown = () => fabrics.some(({ urn }) => draft.childrenOf('endpoint', urn).length === 0);
  const isIn = ({ spec }: ResourceRecord<'port'>): boolean => {
    if (spec.transport === 'ip') return portalInSubnets(spec.address, subnets);
    if (fabrics.length === 0) return false;
    const fabric = draft.networkOf(spec.address);
    return fabric === undefined ? unknown() : fabrics.some(({ urn }) => urn === fabric);
  };
  return draft.childrenOf('port', system).filter(isIn);
}
