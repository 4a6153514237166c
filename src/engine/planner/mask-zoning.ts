/**
 * The zones of one mask: what its paths need on each fabric (zoning/), the deltas that bring it about, and the records. Zones
 * that give access are made before the mask admits anybody; those that take it go after.
 */
import { compareText } from '../../lib/compare-text.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { isLive, type VersionedRecord } from '../model/record.ts';
import type { RecordedZoneMember } from '../model/specs.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { configurationOf, fabricHold, fewerBy } from '../zoning/checks.ts';
import { databaseGrowthBytes, databaseHold } from '../zoning/database.ts';
import { aliasNamesOf, deltaOf, isEmptyDelta, mergeDeltas } from '../zoning/delta.ts';
import { fabricIndex } from '../zoning/fabric-index.ts';
import { maskZones } from '../zoning/mask-zones.ts';
import { mayGoLive } from '../zoning/pending.ts';
import type { DeltaOfZones, MaskPaths, MaskZones, OurZone, ZonedPath, ZoningContext } from '../zoning/types.ts';
import { childRecord } from './base-record.ts';
import { type Draft, endingWrite, liveWrite, withoutClaim } from './draft.ts';
import type { FabricPaths } from './fabric-paths.ts';
import { fabricNotManageable, fabricOf, ourZone, type PlannedFabric } from './fabrics.ts';
import type { MaskContext } from './masks.ts';
import type { ChildChange, PlannedWrite, Step } from './plan.ts';

/** On one fabric. */
interface FabricZoning {
  readonly fabric: PlannedFabric;
  readonly zones: MaskZones;
  /** All of it; and what of it is done before the mask is changed, and after; undefined = nothing. */
  readonly delta: DeltaOfZones;
  readonly before?: DeltaOfZones;
  readonly after?: DeltaOfZones;
}

export interface MaskZoning {
  readonly fabrics: readonly FabricZoning[];
  /** Why it can't be done. */
  readonly hold?: Diagnostic;
  /** Networks with new paths that have no network system. */
  readonly unzoned: readonly string[];
  /** Something on a fabric, or in the records of zones, is to be changed. */
  readonly isNeeded: boolean;
  /** Which says whether anything is zoned. Absent: the mask ends. */
  readonly virtualArray?: Urn;
}

const NONE: MaskZoning = { fabrics: [], unzoned: [], isNeeded: false };

export function recordedZones(draft: Draft, mask: Urn): VersionedRecord<'zone'>[] {
  return draft.input.view.inScope('zone', uuidOf(mask)).filter(({ record }) => isLive(record));
}

/** `paths` undefined: the mask ends. */
export function planMaskZoning(draft: Draft, context: MaskContext, paths: FabricPaths | undefined): MaskZoning {
  const recorded = context.recorded ? recordedZones(draft, context.urn) : [];
  const isZoned = paths === undefined || paths.virtualArray.spec.autoSanZoning !== false;
  const networks = new Set([
    ...recorded.map(({ record }) => record.spec.network),
    ...(isZoned ? (paths?.paths ?? []).map(({ network }) => network) : []),
  ]);
  const fabrics: FabricZoning[] = [];
  const unzoned: string[] = [];
  // By name: URNs of what is only declared differ from one plan to the next.
  const nameOf = (urn: Urn): string => draft.get(urn)?.name ?? urn;
  for (const network of [...networks].sort((a, b) => compareText(nameOf(a), nameOf(b)) || compareText(a, b))) {
    const own = recorded.filter(({ record }) => record.spec.network === network);
    const found = fabricOf(draft, network);
    if (found && 'unzoned' in found && paths?.paths.some((path) => path.network === network && !path.recorded)) {
      unzoned.push(found.unzoned.name);
    }
    if (!found || 'unzoned' in found) continue;
    if ('hold' in found) {
      // What isn't seen is left as it is, unless it would have to be changed.
      const isSame = paths !== undefined && paths.ending.length === 0 && paths.paths.every((path) => path.recorded);
      if (isSame && own.length > 0) continue;
      return { ...NONE, hold: found.hold };
    }
    const { fabric } = found;
    const ours = own.map(({ record }) => ourZone(record.spec));
    const all = paths && maskPaths(draft, context, paths, network);
    const wanted = all && !isZoned ? { ...all, paths: all.paths.filter((path) => isIn(path, ours)) } : all;
    const result = maskZones(zoningContext(draft, fabric), ours, wanted);
    if (!result.ok) return { ...NONE, hold: result.hold };
    const delta = deltaOf(result, zoningContext(draft, fabric));
    const zoning = { fabric, zones: result, delta, ...deltas(draft, fabric, result) };
    const hold = zoning.before || zoning.after ? whyNot(draft, zoning) : undefined;
    if (hold) return { ...NONE, hold };
    fabrics.push(zoning);
  }
  const isNeeded = fabrics.some(
    ({ before, after, zones }) => before || after || zones.add.length + zones.change.length + zones.remove.length > 0,
  );
  return { fabrics, unzoned, isNeeded, ...(paths ? { virtualArray: paths.virtualArray.urn } : {}) };
}

/** One of ours is for the path: where others zone, ours stays as long as a path needs it. */
const isIn = ({ initiator, port }: ZonedPath, zones: readonly OurZone[]): boolean =>
  zones.some(
    ({ members, existing }) =>
      !existing && [initiator, port].every((name) => members.some(({ portName }) => portName === name)),
  );

export function zoningContext(
  draft: Draft,
  { network, driver, seen, recorded, plannedAliases, ending, fewerZones }: PlannedFabric,
): ZoningContext {
  const { zoning: policy = {}, configuration } = network.spec;
  const { installation } = draft.input;
  const declared = configuration === undefined ? {} : { configuration };
  const planned = { plannedAliases, ending, fewerZones };
  return { installation, network: network.name, policy, driver, seen, recorded, ...planned, ...declared };
}

function maskPaths(draft: Draft, context: MaskContext, { paths }: FabricPaths, network: Urn): MaskPaths {
  const zoned = paths
    .filter((path) => path.network === network)
    .flatMap(({ initiator, port }): ZonedPath[] => {
      const [from, to] = [draft.get<'initiator'>(initiator), draft.get<'port'>(port)];
      if (!from || !to) return [];
      return [{ initiator: from.spec.portName, port: to.spec.address, portName: to.name }];
    });
  const serialNumber = context.system.status.identity?.serialNumber ?? '';
  return { mask: context.urn, host: context.host.name, system: context.system.name, serialNumber, paths: zoned };
}

function whyNot(draft: Draft, { fabric, zones, delta }: FabricZoning): Diagnostic | undefined {
  const { add, change } = zones;
  const context = zoningContext(draft, fabric);
  const activatePending = draft.input.activatePending ?? false;
  const isNew = add.length > 0 || change.some(({ from, to }) => !isSame(from, union(from, to)));
  return (
    fabricNotManageable(draft, fabric, isNew) ??
    fabricHold(context, { activatePending, ...(activatePending ? { touched: zonesOf(zones) } : {}) }) ??
    databaseHold(context, delta, fabric.takenBytes)
  );
}

/** What others saved of these is as the plan says afterwards. */
const zonesOf = ({ add, change, repair, remove }: MaskZones): ReadonlySet<string> =>
  new Set([...add, ...repair, ...remove, ...change.map(({ from }) => from)].map(({ zoneName }) => zoneName));

/** A zone whose members are replaced has both for a while: paths are added before others go. One that is gone is made as it is to be. */
function deltas(draft: Draft, fabric: PlannedFabric, zones: MaskZones) {
  const saved = fabricIndex(fabric.seen).zones;
  const grown = zones.change.map(({ from, to }) => ({
    from,
    to,
    both: saved.get(from.zoneName)?.defined === undefined ? to : union(from, to),
  }));
  const first: MaskZones = {
    keep: [],
    repair: zones.repair,
    add: zones.add,
    change: grown.flatMap(({ from, both }) => (isSame(from, both) ? [] : [{ from, to: both }])),
    remove: [],
  };
  const last: MaskZones = {
    keep: [],
    repair: [],
    add: [],
    change: grown.flatMap(({ to, both }) => (isSame(both, to) ? [] : [{ from: both, to }])),
    remove: zones.remove,
  };
  const context = zoningContext(draft, fabric);
  // By then the zones of the first are there: what they name stays.
  const own = new Set(aliasNamesOf([...zones.add, ...zones.change.map(({ to }) => to)]));
  const plannedAliases = { has: (alias: string) => own.has(alias) || fabric.plannedAliases.has(alias) };
  const [before, after] = [deltaOf(first, context), deltaOf(last, { ...context, plannedAliases })];
  return { ...(isEmptyDelta(before) ? {} : { before }), ...(isEmptyDelta(after) ? {} : { after }) };
}

const keyOf = ({ portName, role }: RecordedZoneMember) => `${portName} ${role ?? ''}`;

function union(from: OurZone, to: OurZone): OurZone {
  const known = new Set(from.members.map(keyOf));
  return { ...to, members: [...from.members, ...to.members.filter((member) => !known.has(keyOf(member)))] };
}

const isSame = (a: OurZone, b: OurZone): boolean =>
  a.members.map(keyOf).sort().join() === b.members.map(keyOf).sort().join();

/** Notes it as decided: what other masks of this plan do depends on it. */
export function decide({ fabrics }: MaskZoning): void {
  for (const { fabric, zones, delta } of fabrics) {
    for (const alias of aliasNamesOf([...zones.add, ...zones.change.map(({ to }) => to)]))
      fabric.plannedAliases.add(alias);
    for (const { zoneName, existing } of zones.remove) if (!existing) fabric.ending.add(zoneName);
    fabric.decided.push(zones);
    fabric.takenBytes += databaseGrowthBytes(delta);
    fabric.fewerZones += fewerBy(fabric, delta);
  }
}

type ZonesApply = Omit<Extract<Step, { kind: 'zones.apply' }>, 'id'>;

/** Of all masks of a unit: one activation a fabric, where their deltas agree. */
export function zoneSteps(draft: Draft, zonings: readonly MaskZoning[], when: 'before' | 'after'): ZonesApply[] {
  const steps: ZonesApply[] = [];
  for (const step of zonings.flatMap((zoning) => stepsOf(draft, zoning, when))) {
    const at = steps.findLastIndex(({ args }) => args.network === step.args.network);
    const other = steps[at];
    const delta = other && mergeDeltas([other.args.delta, step.args.delta]);
    if (delta) steps[at] = { ...other, args: { ...other.args, delta } };
    else steps.push(step);
  }
  return steps;
}

function stepsOf(draft: Draft, { fabrics }: MaskZoning, when: 'before' | 'after'): ZonesApply[] {
  return fabrics.flatMap(({ fabric, ...zoning }) => {
    if (!zoning[when]) return [];
    // What another mask's zone names that was planned after this one stays, too.
    const removeAliases = zoning[when].removeAliases.filter(({ name }) => !fabric.plannedAliases.has(name));
    const delta = { ...zoning[when], removeAliases };
    if (isEmptyDelta(delta)) return [];
    const { network, system, seen } = fabric;
    const context = zoningContext(draft, fabric);
    const args = {
      network: network.urn,
      fabric: seen.fabric.nativeId,
      configuration: configurationOf(context)!,
      delta,
      reviewed: mayGoLive(context, draft.input.activatePending ?? false),
    };
    return [{ system: system.urn, form: 'call' as const, kind: 'zones.apply' as const, args }];
  });
}

/** Networks, their systems, and the virtual array, which must stay as they are meanwhile. */
export const zonedBy = ({ fabrics, virtualArray }: MaskZoning): Urn[] => [
  ...(virtualArray === undefined ? [] : [virtualArray]),
  ...fabrics.flatMap(({ fabric: { network, system } }) => [network.urn, system.urn]),
];

export function zoneWrites(
  draft: Draft,
  context: MaskContext,
  { fabrics }: MaskZoning,
): { writes: PlannedWrite[]; changes: ChildChange[] } {
  const writes: PlannedWrite[] = [];
  const changes: ChildChange[] = [];
  const recorded = context.recorded ? recordedZones(draft, context.urn) : [];
  for (const { fabric, zones } of fabrics) {
    const { urn: network, name } = fabric.network;
    const find = (zone: OurZone) =>
      recorded.find(({ record: { spec } }) => spec.network === network && spec.zoneName === zone.zoneName);
    const note = (write: PlannedWrite, action: ChildChange['action'], zone: OurZone, words = '') => {
      writes.push(write);
      changes.push({
        kind: 'zone',
        urn: write.urn,
        action,
        summary: `${zone.zoneName} on ${name}: ${membersText(zone)}${words}`,
      });
    };
    for (const zone of zones.add) {
      const final = childRecord(
        draft,
        { urn: context.urn, ...context.host.scope },
        'zone',
        `${zone.zoneName}@${name}`,
        { ...zone, network, members: [...zone.members] },
        `${context.urn} ${network} ${zone.zoneName}`,
      );
      note(liveWrite(draft, undefined, final), 'create', zone, zone.existing ? ' (was there, and is used)' : '');
    }
    for (const { from, to } of zones.change) {
      const found = find(from);
      if (!found) continue;
      const { record } = found;
      const status = { ...record.status, phase: 'ready' as const, sinceMs: draft.input.nowMs };
      const final = { ...withoutClaim(record), spec: { ...record.spec, ...to, members: [...to.members] }, status };
      note(liveWrite(draft, found, final), 'update', to);
    }
    for (const zone of zones.remove) {
      const found = find(zone);
      if (found) note(endingWrite(draft, found), 'delete', zone, zone.existing ? ' (stays on the fabric)' : '');
    }
    for (const zone of zones.repair) {
      const found = find(zone);
      if (found)
        changes.push({
          kind: 'zone',
          urn: found.record.urn,
          action: 'update',
          summary: `${zone.zoneName} on ${name}: made again`,
        });
    }
  }
  return { writes, changes };
}

function membersText({ members }: OurZone): string {
  return members.map(({ portName, alias, role }) => `${alias ?? portName}${role ? ` (${role})` : ''}`).join(', ');
}
