/** What is wrong with the zoning of a fabric itself, whoever did it. Only of one that was read whole. */

import type { ZoneObservation } from '../../driver/network-contract.ts';
import { type AuditFinding, finding, someOf } from '../../model/audit.ts';
import { unsavedZones } from '../compare-fabric.ts';
import { fabricIndex, resolvedMembers } from '../fabric-index.ts';
import { isZoned } from '../in-effect.ts';
import type { ZoningContext } from '../types.ts';

export interface AuditedFabric {
  /** Name of its network system. */
  readonly system: string;
  readonly context: ZoningContext;
}

/** `isKnown`: logged in to any fabric that was seen, or an initiator or port that is recorded. */
export function fabricFindings(fabric: AuditedFabric, isKnown: (wwpn: string) => boolean): AuditFinding[] {
  return [...defaultZone(fabric), ...notInEffect(fabric), ...heldOpen(fabric), ...deadMembers(fabric, isKnown)];
}

const whereOf = ({ system, context: { network, seen } }: AuditedFabric) => ({
  facts: { system, object: network },
  words: `fabric ${seen.fabric.name} of network ${network}`,
});

function defaultZone(fabric: AuditedFabric): AuditFinding[] {
  const { seen } = fabric.context;
  if (seen.zoning?.defaultZone !== 'permit') return [];
  const { facts, words } = whereOf(fabric);
  const loose = seen.endpoints.filter(({ nativeId }) => !isZoned(seen, nativeId)).map(({ nativeId }) => nativeId);
  return [
    finding('default-zone-open', {
      ...facts,
      summary: `the default zone of ${words} is open: ports in no zone see each other`,
      evidence: {
        configurationInEffect: seen.zoning.effectiveConfiguration ?? 'none',
        portsInNoZone: loose.length,
        ports: someOf(loose),
      },
    }),
  ];
}

function notInEffect(fabric: AuditedFabric): AuditFinding[] {
  const { zones, count } = unsavedZones(fabric.context);
  if (count === 0) return [];
  const { facts, words } = whereOf(fabric);
  const ours = zones.filter(({ whose }) => whose === 'ours').length;
  const changes = { add: 'added', change: 'changed', remove: 'removed' } as const;
  return [
    finding('zoning-not-in-effect', {
      ...facts,
      summary: `zones (${count}) were saved on ${words} and not activated: the next activation, anybody's, does it`,
      evidence: {
        zones: someOf(zones.map(({ name, change, whose }) => `${name} (${changes[change]}, ${whose})`)),
        count,
        ours,
        ofOthers: count - ours,
        configurationInEffect: fabric.context.seen.zoning?.effectiveConfiguration ?? 'none',
      },
    }),
  ];
}

function heldOpen(fabric: AuditedFabric): AuditFinding[] {
  const owner = fabric.context.seen.zoning?.transaction?.owner;
  if (owner === undefined) return [];
  const { facts, words } = whereOf(fabric);
  const summary = `${owner} holds the zoning of ${words} open: nobody else can change it`;
  return [finding('zoning-held-open', { ...facts, summary, evidence: { owner } })];
}

function deadMembers(fabric: AuditedFabric, isKnown: (wwpn: string) => boolean): AuditFinding[] {
  const { context, system } = fabric;
  return context.seen.zones.flatMap((zone) => {
    const { dead, members } = deadIn(context, zone, isKnown);
    if (dead.length === 0) return [];
    return [
      finding('zone-dead-member', {
        system,
        object: zone.name,
        summary: `zone ${zone.name} on ${context.network} has members that are not logged in and in no inventory (${dead.length} of ${members})`,
        evidence: {
          dead: someOf(dead),
          members,
          configurations: someOf(zone.configurations),
          inEffect: zone.effective === undefined ? 'no' : 'yes',
        },
      }),
    ];
  });
}

/** An alias that isn't there is nobody, too. Members by port, and of kinds that aren't known, may be anybody. */
function deadIn({ seen }: ZoningContext, zone: ZoneObservation, isKnown: (wwpn: string) => boolean) {
  const all = [...resolvedMembers(fabricIndex(seen), zone.defined ?? []), ...(zone.effective ?? [])];
  const names = new Map(
    all.map((member) => {
      if (member.type === 'wwpn') return [member.wwpn, isKnown(member.wwpn)] as const;
      if (member.type === 'alias') return [`alias ${member.alias}`, false] as const;
      return [member.type === 'port' ? `${member.domain},${member.port}` : member.text, true] as const;
    }),
  );
  return { dead: [...names].flatMap(([name, known]) => (known ? [] : [name])), members: names.size };
}
