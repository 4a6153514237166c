/** Builds the record of a declared node, and says which fields of an existing one change, in the plan language's words. */
import { sameJson } from '../../lib/canonical-json.ts';
import type { KindName } from '../model/kinds.ts';
import { memberLists } from '../model/members.ts';
import { type Owner, RECORD_SCHEMA_VERSION, type ResourceRecord, type Status } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import type { Draft, Target } from './draft.ts';
import { withoutClaim } from './draft.ts';
import { overriding } from './overriding.ts';
import type { Change, FieldChange } from './plan.ts';

export function buildRecord<K extends KindName>(
  draft: Draft,
  target: Target,
  spec: RecordedSpec<K>,
  status: Partial<Status> = {},
): ResourceRecord {
  const { node, recorded } = target;
  const old = recorded ? withoutClaim(recorded.record) : undefined;
  const {
    previous: _previous,
    why: _why,
    undeleted: _undeleted,
    ...oldStatus
  } = old?.status ?? { phase: 'ready' as const, sinceMs: draft.input.nowMs };
  const { tags: _tags, overriddenBy: _by, ...kept } = old ?? {};
  const source = node.changes === undefined ? draft.input.sourceOf(node.file) : undefined;
  const made: ResourceRecord = {
    // Unknown fields of a newer version stay.
    ...kept,
    urn: target.urn,
    kind: node.kind,
    name: node.name,
    scope: { tenant: target.tenant, ...(target.project ? { project: target.project } : {}) },
    owner: ownerOf(draft, target),
    spec: { ...withoutLists(node.kind, old?.spec), ...spec } as RecordedSpec<KindName>,
    status: { ...oldStatus, phase: 'ready', sinceMs: draft.input.nowMs, ...status },
    policy: node.policy,
    ...(node.tags.length > 0 ? { tags: node.tags } : {}),
    ...(source === undefined ? {} : { sourceFile: source }),
    createdBy: old?.createdBy ?? draft.input.actor,
    createdAtMs: old?.createdAtMs ?? draft.input.nowMs,
    incarnation: old?.incarnation ?? 1,
    schemaVersion: RECORD_SCHEMA_VERSION,
  };
  const overriddenBy = node.changes !== undefined && old ? overriding(draft, old, made) : undefined;
  return overriddenBy ? { ...made, overriddenBy } : made;
}

/** A new record of the engine's own under a declared one, named as whatever tells it apart. */
export function childRecord<K extends 'endpoint' | 'ipInterface' | 'path' | 'zone'>(
  draft: Draft,
  target: { readonly urn: Urn; readonly tenant?: Urn },
  kind: K,
  name: string,
  spec: RecordedSpec<K>,
  seed = name,
): ResourceRecord<K> {
  const { nowMs, actor } = draft.input;
  return {
    urn: draft.newUrn(kind, seed),
    kind,
    name,
    scope: target.tenant === undefined ? {} : { tenant: target.tenant },
    owner: { type: 'engine', parent: target.urn },
    parent: target.urn,
    spec,
    status: { phase: 'ready', sinceMs: nowMs },
    policy: { protect: false, onRemove: 'delete' },
    createdBy: actor,
    createdAtMs: nowMs,
    incarnation: 1,
    schemaVersion: RECORD_SCHEMA_VERSION,
  };
}

/** Who changes what is somebody's doesn't take it over. */
function ownerOf(draft: Draft, { node, stack, tenant, recorded }: Target): Owner {
  if (node.changes !== undefined && recorded) return recorded.record.owner;
  if (draft.input.apiOwned) return { type: 'api', user: draft.input.actor.name };
  return { type: 'stack', tenant, name: stack.stack };
}

/** A workflow that an older version began may have left lists in it, which nobody reads. */
function withoutLists(kind: KindName, spec: RecordedSpec<KindName> | undefined): object {
  const lists = new Set(memberLists(kind).map(({ list }) => list));
  return Object.fromEntries(Object.entries(spec ?? {}).filter(([key]) => !lists.has(key)));
}

/** What differs between the record and the declaration, spec fields first, then policy, tags, name and file. */
export function fieldChanges(before: ResourceRecord | undefined, after: ResourceRecord): FieldChange[] {
  const fields: FieldChange[] = [];
  const note = (field: string, a: unknown, b: unknown) => {
    if (!sameJson(a ?? null, b ?? null)) {
      fields.push({ field, ...(a === undefined ? {} : { before: a }), ...(b === undefined ? {} : { after: b }) });
    }
  };
  const [oldSpec, newSpec] = [(before?.spec ?? {}) as Record<string, unknown>, after.spec as Record<string, unknown>];
  for (const key of Object.keys(newSpec)) note(key, oldSpec[key], newSpec[key]);
  if (!before) return fields;
  note('name', before.name, after.name);
  note('protect', before.policy.protect, after.policy.protect);
  note('onRemove', before.policy.onRemove, after.policy.onRemove);
  note('tags', before.tags ?? [], after.tags ?? []);
  if (before.sourceFile !== undefined) note('recorded file', before.sourceFile, after.sourceFile);
  if (before.owner.type === 'stack' && after.owner.type === 'stack') note('stack', before.owner.name, after.owner.name);
  return fields;
}

export function makeChange(
  target: {
    readonly address: string;
    readonly urn: Change['urn'];
    readonly node: { readonly kind: KindName; readonly spanOf?: Target['node']['spanOf'] };
  },
  fields: Partial<Change> & Pick<Change, 'action' | 'reason'>,
): Change {
  const span = target.node.spanOf?.();
  return {
    address: target.address,
    kind: target.node.kind,
    urn: target.urn,
    fields: [],
    unknown: [],
    facts: {},
    children: [],
    reversible: true,
    ...(span ? { span } : {}),
    ...fields,
  };
}
