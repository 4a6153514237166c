/**
 * Every record of a plan must fit the store, with what is added to it while the plan is carried out. What grows has records
 * of its own; what is left are lists and texts that are short by nature (subnets, tags, pools of a scope, a driver's
 * configuration), and this is where they end: in a complaint, before anything is claimed.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { Draft } from './draft.ts';
import type { PlannedWrite, Unit } from './plan.ts';

export function checkRecordSizes(draft: Draft): void {
  for (const unit of draft.units) {
    const max =
      LIMITS.recordBytesMax - LIMITS.recordClaimBytes - (unit.steps.length > 0 ? LIMITS.recordOutcomeBytes : 0);
    const tooLarge = unit.writes.find((write) => bytesOf(write) > max);
    if (tooLarge) complain(draft, unit, tooLarge, max);
  }
}

const bytesOf = ({ intent, final }: PlannedWrite): number => Math.max(bytes(intent), bytes(final));

const SMALL_BYTES = LIMITS.recordBytesMax / 2;

/** Exact only where it may matter: a character is at most three bytes. */
function bytes(value: unknown): number {
  const text = JSON.stringify(value);
  return text.length * 3 <= SMALL_BYTES ? text.length : Buffer.byteLength(text);
}

function complain(draft: Draft, unit: Unit, write: PlannedWrite, max: number): void {
  const node = draft.targetByUrn(unit.urn)?.node;
  const largest = largestOf(write.final);
  const isOwn = write.urn === unit.urn;
  const changes = write.intent.status.previous?.spec !== undefined;
  draft.error({
    code: 'COPRHD-PLAN-011',
    summary: `${unit.address} has more to record than fits a record`,
    detail: [
      `${isOwn ? 'it' : `its ${write.final.kind} ${write.final.name}`} takes ${bytesOf(write)} bytes, at most ${max}`,
      `${largest.what} alone takes ${largest.bytes}`,
      ...(changes ? ['while it changes, what it was is kept too'] : []),
    ].join('; '),
    fix: `make ${largest.what} shorter${largest.field === undefined ? '' : ', or divide it among several resources'}`,
    address: unit.address,
    ...(node ? { span: node.spanOf(isOwn && largest.field !== undefined ? [largest.field] : undefined) } : {}),
  });
}

/** Of what a user can write. `field`: where it stands in the file. */
function largestOf(record: ResourceRecord): { readonly what: string; readonly bytes: number; readonly field?: string } {
  const parts = [
    ...Object.entries(record.spec).map(([field, value]) => ({ what: field, bytes: bytes(value ?? null), field })),
    { what: 'tags', bytes: bytes(record.tags ?? []), field: 'tags' },
    { what: 'the path of its file', bytes: bytes(record.sourceFile ?? '') },
    { what: 'the name of its stack', bytes: record.owner.type === 'stack' ? bytes(record.owner.name) : 0 },
    { what: 'its name', bytes: bytes(record.name) },
  ];
  return parts.reduce((largest, part) => (part.bytes > largest.bytes ? part : largest));
}
