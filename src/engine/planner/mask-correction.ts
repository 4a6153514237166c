/**
 * A recorded mask that is brought to other initiators, paths and zones: as steps, writes and sub-lines of whatever unit does
 * it. Who gains access is zoned before the mask admits him, who loses it after.
 */
import type { Urn } from '../model/urn.ts';
import { type Draft, liveWrite } from './draft.ts';
import { pathWrites } from './fabric-masks.ts';
import { ensureStep, servedBy } from './mask-steps.ts';
import { zonedBy, zoneSteps, zoneWrites } from './mask-zoning.ts';
import type { MaskContext } from './masks.ts';
import type { ChildChange, PlannedWrite, Step } from './plan.ts';

export interface Correction {
  readonly steps: Step[];
  readonly children: ChildChange[];
  readonly writes: PlannedWrite[];
  /** What has to stay as it is meanwhile. */
  readonly shared: Set<Urn>;
}

/** Of masks of one unit. */
export function correctMasks(draft: Draft, contexts: readonly MaskContext[]): Correction {
  const made: Correction = { steps: [], children: [], writes: [], shared: new Set() };
  const { steps, children } = made;
  const next = () => `s${steps.length + 1}`;
  const zone = (when: 'before' | 'after') => {
    const zonings = contexts.flatMap(({ fabric }) => fabric?.zoning ?? []);
    for (const step of zoneSteps(draft, zonings, when)) steps.push({ ...step, id: next() });
  };
  zone('before');
  for (const context of contexts) steps.push(ensureStep(draft, context, next(), children));
  zone('after');
  for (const context of contexts) recordMask(draft, context, made);
  return made;
}

function recordMask(draft: Draft, context: MaskContext, { children, writes, shared }: Correction): void {
  shared.add(context.system.urn);
  if (context.fabric) {
    const [paths, zones] = [
      pathWrites(draft, context, context.fabric),
      zoneWrites(draft, context, context.fabric.zoning),
    ];
    writes.push(...paths.writes, ...zones.writes);
    children.push(...paths.changes, ...zones.changes);
    for (const urn of zonedBy(context.fabric.zoning)) shared.add(urn);
  }
  if (!context.recorded || draft.unitOf(context.urn) !== undefined) return;
  const { record } = context.recorded;
  const status = { ...record.status, phase: 'ready' as const, sinceMs: draft.input.nowMs };
  writes.push(liveWrite(draft, context.recorded, { ...record, spec: servedBy(context, record.spec), status }));
}
