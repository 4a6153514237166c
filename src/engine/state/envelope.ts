/**
 * What every stored record has whatever its kind, checked at the door. The schema says what is wrong; the plain check before
 * it says only that nothing is, without copying the record, because a plan of a large estate reads tens of thousands.
 */
import { z } from 'zod';
import { isKindName } from '../model/kinds.ts';
import { isUrn } from '../model/urn.ts';

export const urnSchema = z.string().refine(isUrn, 'not a URN');
const PHASES = ['creating', 'ready', 'updating', 'replacing', 'deleting', 'suspect', 'quarantined', 'deleted'] as const;
const ON_REMOVE = ['quarantine', 'retain', 'delete'] as const;
/** Loose everywhere: another version's fields are kept. */
export const ENVELOPE = z.looseObject({
  urn: urnSchema,
  kind: z.string().refine(isKindName, 'unknown kind'),
  name: z.string(),
  scope: z.looseObject({ tenant: urnSchema.optional(), project: urnSchema.optional() }),
  owner: z.discriminatedUnion('type', [
    z.looseObject({ type: z.literal('stack'), tenant: urnSchema, name: z.string() }),
    z.looseObject({ type: z.literal('api'), user: z.string() }),
    z.looseObject({ type: z.literal('engine'), parent: urnSchema }),
  ]),
  status: z.looseObject({ phase: z.enum(PHASES), sinceMs: z.number() }),
  policy: z.looseObject({ protect: z.boolean(), onRemove: z.enum(ON_REMOVE) }),
  claim: z.looseObject({ workflow: z.string(), fence: z.int() }).optional(),
  createdBy: z.looseObject({ type: z.string(), name: z.string() }),
  createdAtMs: z.number(),
  incarnation: z.int().min(1),
  schemaVersion: z.int(),
  spec: z.looseObject({}),
});

/** What is wrong with it; undefined = nothing. */
export function envelopeProblem(raw: unknown): string | undefined {
  if (isWhole(raw)) return undefined;
  const result = ENVELOPE.safeParse(raw);
  return result.success ? undefined : z.prettifyError(result.error);
}

type Fields = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isUrnText = (value: unknown): boolean => isText(value) && isUrn(value);
const isUrnOrAbsent = (value: unknown): boolean => value === undefined || isUrnText(value);
const phases = new Set<unknown>(PHASES);
const onRemoves = new Set<unknown>(ON_REMOVE);

/** Accepts nothing that the schema refuses; what it isn't sure about the schema decides. */
function isWhole(raw: unknown): boolean {
  if (!isMap(raw)) return false;
  const { scope, owner, status, policy, claim, createdBy } = raw;
  return (
    isUrnText(raw.urn) &&
    isText(raw.kind) &&
    isKindName(raw.kind) &&
    isText(raw.name) &&
    isMap(scope) &&
    isUrnOrAbsent(scope.tenant) &&
    isUrnOrAbsent(scope.project) &&
    isOwner(owner) &&
    isMap(status) &&
    phases.has(status.phase) &&
    Number.isFinite(status.sinceMs) &&
    isMap(policy) &&
    typeof policy.protect === 'boolean' &&
    onRemoves.has(policy.onRemove) &&
    (claim === undefined || (isMap(claim) && isText(claim.workflow) && Number.isSafeInteger(claim.fence))) &&
    isMap(createdBy) &&
    isText(createdBy.type) &&
    isText(createdBy.name) &&
    Number.isFinite(raw.createdAtMs) &&
    Number.isSafeInteger(raw.incarnation) &&
    (raw.incarnation as number) >= 1 &&
    Number.isSafeInteger(raw.schemaVersion) &&
    isMap(raw.spec)
  );
}

function isOwner(owner: unknown): boolean {
  if (!isMap(owner)) return false;
  if (owner.type === 'stack') return isUrnText(owner.tenant) && isText(owner.name);
  if (owner.type === 'api') return isText(owner.user);
  return owner.type === 'engine' && isUrnText(owner.parent);
}
