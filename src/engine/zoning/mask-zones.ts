/**
 * The zones of one mask in one network: what its paths need beyond what is there, and what none of them needs any more. A
 * path that has a zone, ours or another's, keeps it; only new paths get zones in the style that is declared now. A zone of
 * ours belongs to one mask, so whether it is needed is whether a path of the mask goes through it: nothing is counted.
 */
import { compareText } from '../../lib/compare-text.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { isReadWhole, lastZoneHold, notReadWhole, placeOf } from './checks.ts';
import { deltaOf } from './delta.ts';
import { canBeMadeAgain, driftOf } from './drift.ts';
import { type Maker, membersMaxOf, membersOf, newZone } from './make-zones.ts';
import { checkNameTemplate } from './name-template.ts';
import { holdsPath, largestWithin, type Reach, type Rectangle, reachOf, sortedPaths, widened } from './rectangles.ts';
import { reused } from './reuse.ts';
import { STYLES } from './styles.ts';
import type { MaskPaths, MaskZones, MaskZonesResult, OurZone, ZonedPath, ZoningContext } from './types.ts';

interface Kept {
  readonly zone: OurZone;
  readonly rectangle: Rectangle;
}

const byName = (a: OurZone, b: OurZone): number => compareText(a.zoneName, b.zoneName);

/** The part of a recorded zone of ours that is all paths; undefined when none goes through it. */
function neededPart({ kind, members }: OurZone, wanted: Reach): Rectangle | undefined {
  const isInitiator = ({ portName, role }: OurZone['members'][number]) =>
    kind === 'peer' ? role !== 'principal' : kind === 'smart' ? role === 'initiator' : wanted.has(portName);
  const names = (list: OurZone['members']) => list.map(({ portName }) => portName);
  return largestWithin(
    wanted,
    names(members.filter(isInitiator)),
    names(members.filter((member) => !isInitiator(member))),
  );
}

function changedHold(context: ZoningContext, zone: OurZone): Diagnostic {
  return {
    code: 'COPRHD-ZONE-003',
    severity: 'error',
    summary: `zone ${zone.zoneName} on ${placeOf(context)} is not as it is recorded: somebody changed it, or an alias in it`,
    detail: `recorded as ${zone.kind} zone of ${zone.members.map(({ portName, alias }) => (alias === undefined ? portName : `${alias} (${portName})`)).join(', ')}; what others changed is neither changed nor removed`,
    fix: 'put the zone back as it is recorded, or remove it from the switch: it is made again',
  };
}

/** Why zones of the declared style can't be made there. */
function styleHold({ policy, driver, seen, network }: ZoningContext): Diagnostic | undefined {
  const { style = 'pair', nameTemplate } = policy;
  const { kind } = STYLES[style];
  const refused = (summary: string, fix: string): Diagnostic => ({
    code: 'COPRHD-ZONE-004',
    severity: 'error',
    summary,
    fix,
  });
  const wrong = nameTemplate === undefined ? undefined : checkNameTemplate(nameTemplate);
  if (wrong !== undefined) {
    return refused(`the name template of network ${network} can't be used: ${wrong}`, 'correct `zoning.nameTemplate`');
  }
  if (!driver.zoneKinds.includes(kind)) {
    const makes = driver.zoneKinds.join(', ');
    return refused(
      `network ${network} wants zones of style ${style}, and ${driver.name} makes ${makes} zones only`,
      'choose `zoning.style: pair` or `single-initiator`',
    );
  }
  if (kind === 'smart' && seen.zoning?.smartZoning !== true) {
    return refused(
      `network ${network} wants smart zones, and smart zoning is not enabled on fabric ${seen.fabric.name}`,
      'enable it on the switch (NX-OS: zone smart-zoning enable vsan N), or choose another `zoning.style`',
    );
  }
  return undefined;
}

/** Zones of ours that have the style, grown by paths that aren't zoned yet; and the paths that are left. */
function grown(maker: Maker, kept: readonly Kept[], paths: readonly ZonedPath[]) {
  const { style, context, mask } = maker;
  const { grows } = style;
  if (grows === undefined) return { kept, rest: paths };
  const limits = { membersMax: membersMaxOf(context), initiatorsToo: grows.initiatorsToo };
  let rest = paths;
  const wide = kept.map(({ zone, rectangle }) => {
    if (rest.length === 0 || !grows.isOfStyle(context, mask, zone, rectangle)) return { zone, rectangle };
    const wider = widened(rectangle, reachOf(rest), limits);
    rest = rest.filter((path) => !holdsPath(wider, path));
    return { zone, rectangle: wider };
  });
  return { kept: wide, rest };
}

const sameRecord = (a: OurZone, b: OurZone): boolean =>
  a.kind === b.kind &&
  a.members.length === b.members.length &&
  a.members.every(({ portName, role }) =>
    b.members.some((member) => member.portName === portName && member.role === role),
  );

/** Recorded ones against those that the paths go through now. */
function compared(before: readonly OurZone[], after: readonly OurZone[]) {
  const [was, is] = [before, after].map((zones) => new Map(zones.map((zone) => [zone.zoneName, zone])));
  const both = after.flatMap((to) => {
    const from = was!.get(to.zoneName);
    return from === undefined ? [] : [{ from, to }];
  });
  return {
    same: both.filter(({ from, to }) => sameRecord(from, to)).map(({ from }) => from),
    change: both.filter(({ from, to }) => !sameRecord(from, to)),
    add: after.filter(({ zoneName }) => !was!.has(zoneName)),
    remove: before.filter(({ zoneName }) => !is!.has(zoneName)),
  };
}

/**
 * `before`: the zones that are recorded for the mask in this network, in any order. `wanted` undefined, or without paths: all
 * of ours go. Of a fabric that wasn't read whole only "nothing to do" is an answer: records say what there is then.
 */
export function maskZones(
  context: ZoningContext,
  before: readonly OurZone[],
  wanted: MaskPaths | undefined,
): MaskZonesResult {
  const isWhole = isReadWhole(context);
  const recorded = [...before].sort(byName);
  const ours = recorded.filter(({ existing }) => !existing);
  const drift = new Map(ours.map((zone) => [zone.zoneName, isWhole ? driftOf(context, zone) : 'same']));
  const changed = ours.find(({ zoneName }) => drift.get(zoneName) === 'changed');
  if (changed) return { ok: false, hold: changedHold(context, changed) };

  const paths = sortedPaths(wanted?.paths ?? []);
  const reach = reachOf(paths);
  const isMissing = (zone: OurZone) => drift.get(zone.zoneName) === 'missing';
  const needed = ours.flatMap((zone): Kept[] => {
    // One that can't come back as it was is forgotten; its paths are zoned anew.
    const rectangle = isMissing(zone) && !canBeMadeAgain(context, zone) ? undefined : neededPart(zone, reach);
    return rectangle === undefined ? [] : [{ zone, rectangle }];
  });
  const isZoned = (path: ZonedPath) => needed.some(({ rectangle }) => holdsPath(rectangle, path));
  const existing = reused(
    context,
    recorded.filter((zone) => zone.existing),
    wanted,
    paths.filter((path) => !isZoned(path)),
  );

  let hold: Diagnostic | undefined;
  let after: readonly OurZone[] = existing.zones;
  if (wanted !== undefined) {
    const style = STYLES[context.policy.style ?? 'pair'];
    const maker: Maker = { context, mask: wanted, style, paths, names: new Set() };
    if (existing.rest.length > 0) hold = isWhole ? styleHold(context) : notReadWhole(context);
    if (hold) return { ok: false, hold };
    const { kept, rest } = grown(maker, needed, existing.rest);
    after = [
      ...existing.zones,
      ...kept.map(({ zone, rectangle }) => ({ ...zone, members: membersOf(maker, rectangle, zone.members) })),
      ...style.zonesFor(reachOf(rest), membersMaxOf(context)).map((rectangle) => newZone(maker, rectangle)),
    ];
  }

  const { same, change, add, remove } = compared(recorded, [...after].sort(byName));
  const zones: MaskZones = {
    keep: same.filter((zone) => !isMissing(zone)),
    repair: same.filter(isMissing),
    add,
    change,
    remove,
  };
  const touched = [...add, ...change.map(({ from }) => from), ...remove].some((zone) => !zone.existing);
  hold = isWhole ? lastZoneHold(context, deltaOf(zones, context)) : touched ? notReadWhole(context) : undefined;
  return hold ? { ok: false, hold } : { ok: true, ...zones };
}
