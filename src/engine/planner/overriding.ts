/**
 * A stack's volume that somebody changed otherwise than in its file: the record says who, and what it was. The next plan
 * of the file shows it: keep it, or let it be what the file says; a volume never shrinks. Pure.
 */
import { sameJson } from '../../lib/canonical-json.ts';
import { isoTime } from '../../lib/clock.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { Overridable, Override, ResourceRecord } from '../model/record.ts';
import { formatSize } from '../model/size.ts';
import type { Draft, Target } from './draft.ts';

const FIELDS = ['sizeBytes', 'protect', 'onRemove', 'tags'] as const satisfies readonly (keyof Overridable)[];

const fieldsOf = ({ spec, policy, tags = [] }: ResourceRecord): Overridable => ({
  sizeBytes: (spec as { readonly sizeBytes: number }).sizeBytes,
  ...policy,
  tags,
});

/** What the record says of it after this change; nothing where it is as in the file again, or in no file. */
export function overriding(draft: Draft, before: ResourceRecord, after: ResourceRecord): Override | undefined {
  if (before.owner.type !== 'stack' || before.kind !== 'volume') return undefined;
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  const byFile = { ...old, ...before.overriddenBy?.previous };
  const changed = FIELDS.filter((field) => !sameJson(byFile[field], now[field]));
  if (changed.length === 0) return undefined;
  const previous = Object.fromEntries(changed.map((field) => [field, byFile[field]]));
  return { user: draft.input.actor.name, atMs: draft.input.nowMs, previous };
}

/** Its file still has the size from before: held, for it can't be reverted. */
export function overriddenSize(target: Target, record: ResourceRecord<'volume'>): Diagnostic | undefined {
  const { overriddenBy, spec } = record;
  if (overriddenBy?.previous.sizeBytes === undefined) return undefined;
  const size = formatSize(spec.sizeBytes);
  return {
    code: 'COPRHD-HELD-017',
    severity: 'error',
    address: target.address,
    summary: `${target.address} was grown to ${size} by ${changedBy(overriddenBy)}, and not in its file`,
    detail: 'a volume never shrinks: what the file says can not be had again',
    fix: `to keep it write \`size: ${size.replace(' ', '')}\` in ${target.node.file}`,
    span: target.node.spanOf(['size']),
  };
}

/** Why fields differ from the file; undefined where nobody changed these otherwise. `fields`: as plans name them. */
export function overriddenReason(
  target: Target,
  record: ResourceRecord,
  fields: readonly { readonly field: string; readonly before?: unknown }[],
): string | undefined {
  const { overriddenBy } = record;
  const mine = fields.filter(({ field }) => overriddenBy && Object.hasOwn(overriddenBy.previous, field));
  if (!overriddenBy || mine.length === 0) return undefined;
  const words = mine.map(
    ({ field, before }) => `${field}: ${typeof before === 'object' ? JSON.stringify(before) : before}`,
  );
  return `changed by ${changedBy(overriddenBy)}; to keep it write \`${words.join(', ')}\` in ${target.node.file}, else it is reverted`;
}

const changedBy = ({ user, atMs }: Override): string => `${user} at ${isoTime(atMs)}`;
