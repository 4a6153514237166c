/**
 * Masks over Fibre Channel: their paths and zones, planned once a mask and plan, when the first map of it is looked at. What
 * follows is noted in the context: whom the mask admits, and through which ports.
 */

import type { ResourceRecord } from '../model/record.ts';
import type { Protocol, RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { childRecord } from './base-record.ts';
import { type Draft, endingWrite, liveWrite } from './draft.ts';
import {
  adoptedPaths,
  type FabricPaths,
  type FabricPathsResult,
  planFabricPaths,
  recordedPaths,
} from './fabric-paths.ts';
import { decide, type MaskZoning, planMaskZoning } from './mask-zoning.ts';
import type { MaskContext } from './masks.ts';
import type { ChildChange, PlannedWrite } from './plan.ts';

export interface FabricMask {
  /** Undefined: the mask ends. */
  readonly paths?: FabricPaths;
  readonly zoning: MaskZoning;
}

/** How a host is reached by volumes of a virtual pool: over Fibre Channel where both can, in networks of the virtual array. */
export function transportFor(
  draft: Draft,
  host: Urn,
  virtualArray: Urn,
  protocols: readonly Protocol[],
): { readonly transport: 'ip' | 'fc' } | { readonly why: string } {
  const inArray = new Set(draft.membersOf(virtualArray, 'networks'));
  const initiators = draft.childrenOf('initiator', host);
  const has = (protocol: Protocol) =>
    protocols.includes(protocol) &&
    initiators.some(({ spec }) => spec.protocol === protocol && inArray.has(spec.network));
  if (has('fc')) return { transport: 'fc' };
  if (has('iscsi')) return { transport: 'ip' };
  const name = draft.get(host)?.name ?? host;
  if (initiators.length === 0) return { why: `host ${name} has no initiators` };
  const fitting = initiators.filter(({ spec }) => protocols.includes(spec.protocol));
  const array = draft.get(virtualArray)?.name ?? virtualArray;
  if (fitting.length > 0) return { why: `no initiator of ${name} is in a network of virtual array ${array}` };
  return { why: `host ${name} has no initiator for ${protocols.join(' or ')}, which the virtual pool is for` };
}

/** Why it can't be; undefined = it is planned, and noted in the context. */
export function planFabricMask(
  draft: Draft,
  context: MaskContext,
  volume: ResourceRecord<'volume'>,
): string | undefined {
  return context.fabric ? undefined : note(draft, context, planFabricPaths(draft, context, volume));
}

/** As `planFabricMask`, of a mask that is taken over: its paths are what is zoned, and nothing is zoned for it. */
export function adoptFabricMask(
  draft: Draft,
  context: MaskContext,
  volume: ResourceRecord<'volume'>,
): string | undefined {
  const why = note(draft, context, adoptedPaths(draft, context, volume));
  if (why !== undefined) return why;
  const { zoning } = context.fabric!;
  if (zoning.hold) return zoning.hold.summary;
  const changed = zoning.fabrics.find(({ before, after }) => before ?? after);
  return changed && `a path on ${changed.fabric.network.name} goes through no zone that can be used as it is`;
}

function note(draft: Draft, context: MaskContext, result: FabricPathsResult): string | undefined {
  if (!result.ok) return result.why;
  const { paths } = result;
  const zoning = planMaskZoning(draft, context, paths);
  if (!zoning.hold) decide(zoning);
  context.transport = 'fc';
  context.fabric = { paths, zoning };
  const initiators = new Set(paths.paths.map(({ initiator }) => initiator));
  context.initiators = [...initiators].flatMap((urn) => draft.get<'initiator'>(urn)?.spec.portName ?? []).sort();
  context.ports = paths.plan.ports.flatMap((urn) => draft.get<'port'>(urn) ?? []);
  return undefined;
}

/** Why the port: as it was then, with the path. */
function chosenAs(draft: Draft, { plan }: FabricPaths, urn: Urn): Pick<RecordedSpec<'path'>, 'chosen'> {
  const found = plan.chosen.find(({ port }) => port === urn);
  if (!found) return {};
  const { port: _port, ...chosen } = found;
  return { chosen: { atMs: draft.input.nowMs, ...chosen } };
}

/** The end of a mask: all its paths and zones. */
export function endFabricMask(draft: Draft, context: MaskContext): FabricMask {
  if (context.fabric && !context.fabric.paths) return context.fabric;
  const zoning = planMaskZoning(draft, context, undefined);
  if (!zoning.hold) decide(zoning);
  context.fabric = { zoning };
  return context.fabric;
}

/** The volume by whose virtual pool the paths of a recorded mask were chosen, or would be. */
export function volumeOf(draft: Draft, { maps }: MaskContext): ResourceRecord<'volume'> | undefined {
  for (const { record } of maps) {
    const volume = draft.get<'volume'>(record.spec.volume);
    if (volume) return volume;
  }
  return undefined;
}

export function pathWrites(
  draft: Draft,
  context: MaskContext,
  { paths }: FabricMask,
): { writes: PlannedWrite[]; changes: ChildChange[] } {
  const writes: PlannedWrite[] = [];
  const changes: ChildChange[] = [];
  const words = (initiator: Urn, port: Urn) => {
    const name = (urn: Urn) => (draft.get(urn) ?? draft.input.view.get(urn)?.record)?.name ?? urn;
    return `${name(initiator)} -> ${context.system.name} ${name(port)}`;
  };
  for (const { initiator, port, network, recorded } of paths?.paths ?? []) {
    if (recorded) continue;
    const summary = words(initiator, port);
    const spec = { mask: context.urn, initiator, port, network, ...chosenAs(draft, paths!, port) };
    const parent = { urn: context.urn, ...context.host.scope };
    const final = childRecord(draft, parent, 'path', summary, spec, `${context.urn} ${initiator} ${port}`);
    writes.push(liveWrite(draft, undefined, final));
    changes.push({ kind: 'path', urn: final.urn, action: 'create', summary });
  }
  for (const found of paths ? paths.ending : recordedPaths(draft, context.urn)) {
    const { initiator, port } = found.record.spec;
    writes.push(endingWrite(draft, found));
    changes.push({ kind: 'path', urn: found.record.urn, action: 'delete', summary: words(initiator, port) });
  }
  return { writes, changes };
}
