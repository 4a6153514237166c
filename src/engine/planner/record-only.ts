/** Resources that live in state only, and what all kinds share when they become a unit and a line of the plan. */
import type { ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { fieldChanges, makeChange } from './base-record.ts';
import { type Draft, liveWrite, type Target } from './draft.ts';
import type { ChildChange, FieldChange, PlannedWrite, Unit } from './plan.ts';

/** Adds the unit and the change, or counts the resource as unchanged. */
export function finishRecordOnly(
  draft: Draft,
  target: Target,
  final: ResourceRecord,
  references: readonly Urn[],
  children: { readonly writes: readonly PlannedWrite[]; readonly changes: readonly ChildChange[] },
  extra: {
    readonly facts?: Record<string, string | number | boolean>;
    readonly fields?: readonly FieldChange[];
    readonly opens?: Unit['opens'];
  } = {},
): void {
  const { recorded } = target;
  const fields = [...fieldChanges(recorded?.record, final), ...(extra.fields ?? [])];
  const moved = recorded && addressOf(recorded.record) !== addressOf(final);
  if (recorded && !moved && fields.length === 0 && children.writes.length === 0) {
    draft.unchanged++;
    return;
  }
  const action = !recorded ? 'create' : moved ? 'move' : 'update';
  draft.addUnit({
    id: draft.nextUnitId(),
    address: target.address,
    urn: target.urn,
    action,
    dependsOn: draft.dependencies(references),
    writes: [liveWrite(draft, recorded, final), ...children.writes],
    steps: [],
    shared: references.filter((urn) => draft.unitOf(urn) === undefined),
    reservations: [],
    releases: [],
    ...(extra.opens && extra.opens.length > 0 ? { opens: extra.opens } : {}),
  });
  draft.changes.push(
    makeChange(target, {
      action,
      reason: !recorded
        ? `new in ${target.node.file}`
        : recorded.record.owner.type === 'api' && final.owner.type === 'stack'
          ? `taken over by ${target.node.file}`
          : `differs in ${target.node.file}`,
      fields: recorded ? namedFields(draft, fields) : [],
      children: [...children.changes],
      facts: extra.facts ?? {},
      ...(moved ? { movedFrom: addressOf(recorded.record) } : {}),
    }),
  );
}

/** URNs in field values become names: people read plans. */
export function namedFields(draft: Draft, fields: ReturnType<typeof fieldChanges>): ReturnType<typeof fieldChanges> {
  const named = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(named);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, named(each)]));
    if (typeof value === 'string' && value.startsWith('urn:storageos:')) {
      return draft.get(value as Urn)?.name ?? draft.input.view.get(value as Urn)?.record.name ?? value;
    }
    return value;
  };
  return fields.map((field) => ({
    ...field,
    ...('before' in field ? { before: named(field.before) } : {}),
    ...('after' in field ? { after: named(field.after) } : {}),
  }));
}
