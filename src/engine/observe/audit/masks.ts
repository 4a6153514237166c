/** Masks: who is admitted, who is there, and who is admitted more than once. */
import type { MaskObservation } from '../../driver/contract.ts';
import { type AuditFinding, finding, someOf } from '../../model/audit.ts';
import { addressOf } from '../addresses.ts';
import type { SystemContext } from '../drift-context.ts';

/** What arrays show for a mask without a list of initiators. */
const EVERYBODY = 'all';

const admits = (mask: MaskObservation): string[] => mask.initiators.filter((initiator) => initiator !== EVERYBODY);

function addressIn(context: SystemContext, mask: MaskObservation): { address?: string } {
  const record = context.masks.get(mask.nativeId);
  if (record === undefined || context.ownershipOfMask(mask).ownership !== 'ours') return {};
  return { address: addressOf(record) };
}

const volumesOf = (mask: MaskObservation): string[] => someOf(mask.mappings.map(({ volume }) => volume));

/** Maps volumes, and nobody who is admitted is logged in now. */
export function exportsWithoutLiveInitiator(context: SystemContext): AuditFinding[] {
  return context.observation.masks
    .filter(({ mappings, loggedIn }) => mappings.length > 0 && loggedIn.length === 0)
    .map((mask) =>
      finding('export-without-live-initiator', {
        system: context.name,
        object: mask.name,
        ...addressIn(context, mask),
        summary: `mask ${mask.name} maps volumes (${mask.mappings.length}), and no initiator is logged in`,
        evidence: {
          nativeId: mask.nativeId,
          initiators: someOf(mask.initiators),
          loggedIn: [],
          ports: someOf(mask.ports),
          volumes: volumesOf(mask),
        },
      }),
    );
}

/** Whoever reaches the port reads and writes. */
export function openMasks(context: SystemContext): AuditFinding[] {
  return context.observation.masks
    .filter(({ initiators, mappings }) => initiators.includes(EVERYBODY) && mappings.length > 0)
    .map((mask) =>
      finding('open-mask', {
        system: context.name,
        object: mask.name,
        ...addressIn(context, mask),
        summary: `mask ${mask.name} maps volumes (${mask.mappings.length}) to every initiator that asks`,
        evidence: {
          nativeId: mask.nativeId,
          initiators: someOf(mask.initiators),
          loggedIn: someOf(mask.loggedIn),
          volumes: volumesOf(mask),
        },
      }),
    );
}

/** The same initiator admitted by several masks of one system: whose LUN numbers it sees is left to chance. */
export function duplicateInitiators(context: SystemContext): AuditFinding[] {
  const masksOf = new Map<string, MaskObservation[]>();
  for (const mask of context.observation.masks) {
    for (const initiator of new Set(admits(mask))) {
      const masks = masksOf.get(initiator);
      if (masks) masks.push(mask);
      else masksOf.set(initiator, [mask]);
    }
  }
  return [...masksOf]
    .filter(([, masks]) => masks.length > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([initiator, masks]) =>
      finding('duplicate-initiator', {
        system: context.name,
        object: initiator,
        summary: `initiator ${initiator} is admitted by ${masks.length} masks`,
        evidence: {
          masks: someOf(masks.map(({ name }) => name)),
          volumes: someOf(masks.flatMap(({ mappings }) => mappings.map(({ volume }) => volume))),
          loggedIn: someOf(masks.filter(({ loggedIn }) => loggedIn.includes(initiator)).map(({ name }) => name)),
        },
      }),
    );
}
