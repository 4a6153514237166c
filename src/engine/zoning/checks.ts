/**
 * Why nothing may be zoned on a fabric now, whatever it is: asked once for each fabric of a plan, and once more for all that
 * the plan does there together.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { fabricIndex, isSavedInEffect } from './fabric-index.ts';
import { isAsRecorded, isEditOfOurs, pendingEdits } from './pending.ts';
import type { DeltaOfZones, ZoningContext } from './types.ts';

const NAMED_MAX = 5;

export interface FabricChecks {
  /** Reviewed: what others saved may go into effect with ours. */
  readonly activatePending: boolean;
  /** Names of zones that the plan adds, changes or removes: what is pending of them is as the plan says afterwards. */
  readonly touched?: ReadonlySet<string>;
}

export const placeOf = ({ network, seen }: ZoningContext): string => `fabric ${seen.fabric.name} of network ${network}`;

/** Zones are only made on the strength of a fabric that was read to its end. */
export const isReadWhole = ({ seen }: Pick<ZoningContext, 'seen'>): boolean =>
  seen.why === undefined && seen.zoning !== undefined;

/** That our zones go into; undefined where none is declared and none is in effect. */
export const configurationOf = ({ configuration, seen }: ZoningContext): string | undefined =>
  configuration ?? seen.zoning?.effectiveConfiguration;

export function notReadWhole(context: ZoningContext): Diagnostic {
  return {
    code: 'COPRHD-HELD-008',
    severity: 'error',
    summary: `${placeOf(context)} was not read whole: nothing is zoned on it`,
    detail: context.seen.why ?? 'its zoning could not be read',
    fix: 'check the switch and its credential, then plan again with `--refresh full`',
  };
}

function defaultZoneHold(context: ZoningContext): Diagnostic | undefined {
  if (context.seen.zoning?.defaultZone !== 'permit') return undefined;
  return {
    code: 'COPRHD-ZONE-001',
    severity: 'error',
    summary: `the default zone of ${placeOf(context)} lets ports in no zone see everybody: nothing is zoned on it`,
    detail: 'a port that loses its last zone would reach every other such port',
    fix: 'after a look at who relies on it, set the default zone to no access (FOS: defzone --noaccess; NX-OS: no zone default-zone permit vsan N)',
  };
}

function configurationHold(context: ZoningContext): Diagnostic | undefined {
  const { configuration, seen, network } = context;
  const effective = seen.zoning?.effectiveConfiguration;
  if (effective === undefined && configuration === undefined) {
    return {
      code: 'COPRHD-ZONE-004',
      severity: 'error',
      summary: `${placeOf(context)} has no zone configuration in effect, and none is declared to put zones into`,
      fix: `name one in \`configuration\` of network ${network}`,
    };
  }
  if (effective === undefined || configuration === undefined || effective === configuration) return undefined;
  return {
    code: 'COPRHD-ZONE-004',
    severity: 'error',
    summary: `configuration ${effective} is in effect on ${placeOf(context)}, ${configuration} is declared`,
    detail: `activating ${configuration} would take all zones that are only in ${effective} out of effect`,
    fix: `say \`configuration: ${effective}\` at network ${network}, or let the switch's administrator activate ${configuration}`,
  };
}

function transactionHold(context: ZoningContext): Diagnostic | undefined {
  const owner = context.seen.zoning?.transaction?.owner;
  if (owner === undefined) return undefined;
  return {
    code: 'COPRHD-ZONE-007',
    severity: 'error',
    summary: `${owner} holds the zoning of ${placeOf(context)} open`,
    detail: 'until it is committed or aborted nobody else can change zones there; it is never aborted from here',
    fix: `ask ${owner} to commit or abort it, then plan again`,
  };
}

const CHANGES = { add: 'added', change: 'changed', remove: 'removed' } as const;

/**
 * Ours that were saved and not activated are no edits of others, unless somebody edited them: such an edit is in no record
 * and would go into effect unseen.
 */
function editsOfOthers(context: ZoningContext, touched?: ReadonlySet<string>): { count: number; named: string } {
  const { listed, unlisted } = pendingEdits(context);
  const others = listed.filter(({ name }) => !touched?.has(name) && !isAsRecorded(context, name));
  const count = others.length + unlisted;
  const named = others.slice(0, NAMED_MAX).map(({ name, change }) => `${name} (${CHANGES[change]})`);
  const more = count - named.length;
  return { count, named: [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ') };
}

const savedText = (context: ZoningContext, count: number): string =>
  `${count === 1 ? 'a zone was' : `${count} zones were`} saved on ${placeOf(context)} and not activated`;

function pendingHold(context: ZoningContext, { activatePending, touched }: FabricChecks): Diagnostic | undefined {
  if (activatePending) return editedHold(context, touched);
  const { count, named } = editsOfOthers(context, touched);
  if (count === 0) return undefined;
  return {
    code: 'COPRHD-ZONE-002',
    severity: 'error',
    summary: `${savedText(context, count)}; activating ours would activate ${count === 1 ? 'it' : 'them'} too`,
    detail: named,
    fix: 'let whoever saved that activate it or take it back, or review it and plan with `--activate-pending`',
  };
}

/** A review of what others saved is none of what they made of ours. */
function editedHold(context: ZoningContext, touched?: ReadonlySet<string>): Diagnostic | undefined {
  const { listed } = pendingEdits(context);
  const edited = listed.filter(({ name }) => !touched?.has(name) && isEditOfOurs(context, name));
  const [first] = edited;
  if (!first) return undefined;
  const more = edited.length > 1 ? ` and ${edited.length - 1} more` : '';
  return {
    code: 'COPRHD-ZONE-003',
    severity: 'error',
    summary: `zone ${first.name}${more} of ours on ${placeOf(context)} was ${CHANGES[first.change]} by somebody, saved and not activated`,
    detail:
      'activating ours would activate that too, and close paths that are recorded, whatever --activate-pending says',
    fix: 'have it put back as it is recorded (coprhd zone diff), then plan again',
  };
}

/** What goes into effect with ours because somebody said that it was reviewed: named, so that it was this. */
export function pendingWarning(context: ZoningContext): Omit<Diagnostic, 'severity'> | undefined {
  const { count, named } = editsOfOthers(context);
  if (count === 0) return undefined;
  return {
    code: 'COPRHD-ZONE-002',
    summary: `${savedText(context, count)}; ${count === 1 ? 'it goes' : 'they go'} into effect with ours, as --activate-pending says`,
    detail: named,
  };
}

/** The first reason, in the order in which they have to be put right. */
export function fabricHold(context: ZoningContext, checks: FabricChecks): Diagnostic | undefined {
  if (!isReadWhole(context)) return notReadWhole(context);
  return (
    defaultZoneHold(context) ?? configurationHold(context) ?? transactionHold(context) ?? pendingHold(context, checks)
  );
}

/** Zones that are saved and in effect: how many go with it, and how many come. */
function balance(
  context: Pick<ZoningContext, 'seen'>,
  { add, remove }: DeltaOfZones,
): { removed: number; added: number } {
  const index = fabricIndex(context.seen);
  const stands = ({ name }: { readonly name: string }) => {
    const zone = index.zones.get(name);
    return zone !== undefined && isSavedInEffect(context.seen, zone);
  };
  return { removed: remove.filter(stands).length, added: add.filter((zone) => !stands(zone)).length };
}

/** How many fewer zones are in effect at any time, since zones come before others go. */
export function fewerBy(context: Pick<ZoningContext, 'seen'>, delta: DeltaOfZones): number {
  const { removed, added } = balance(context, delta);
  return Math.max(0, removed - added);
}

/**
 * The last zone of what is in effect stays: without any the default zone rules, and a configuration without zones can't be
 * activated. The removal is held rather than done in part, because a zone left behind is access that nobody asked for.
 * Several masks may each leave the zones of the others: `fewerZones` is what others of the plan come to, in whatever order
 * they are done.
 */
export function lastZoneHold(context: ZoningContext, delta: DeltaOfZones): Diagnostic | undefined {
  const { removed, added } = balance(context, delta);
  const { savedInEffect } = fabricIndex(context.seen);
  if (removed === 0 || savedInEffect - (context.fewerZones ?? 0) - removed + added > 0) return undefined;
  const configuration = context.seen.zoning?.effectiveConfiguration ?? '';
  return {
    code: 'COPRHD-ZONE-004',
    severity: 'error',
    summary: `that would take the last zone out of configuration ${configuration}, which is in effect on ${placeOf(context)}`,
    detail:
      'a fabric without a zone in effect is ruled by its default zone; a configuration is never emptied from here',
    fix: `put another zone into ${configuration} on the switch (one of two WWPNs that nobody has will do) and activate it, then plan again`,
  };
}
