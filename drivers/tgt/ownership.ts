/**
 * Whose an object is. The mark of a volume counts only on the very file it was put on: `identity`, written beside it,
 * must be the file's native id (pool, inode and birth time), which no copy, restore or reflink of it has.
 */
import {
  canonicalJson,
  DriverError,
  type Expectation,
  type MarkRequest,
  type OwnershipMark,
  type SnapshotOrigin,
} from 'coprhd/driver';
import { z } from 'zod';

const markSchema = z.object({
  installation: z.string().min(1),
  urn: z.string().min(1),
  epoch: z.int().min(0),
});

/** As it is kept on the device, without the native identity. */
export function markText(mark: MarkRequest): string {
  return canonicalJson({ installation: mark.installation, urn: mark.urn, epoch: mark.epoch });
}

/** Undefined when the text isn't a mark. */
export function readMark(text: string | undefined, nativeIdentity: string): OwnershipMark | undefined {
  if (text === undefined) return undefined;
  try {
    return { ...markSchema.parse(JSON.parse(text)), nativeIdentity };
  } catch {
    return undefined;
  }
}

const originSchema = z.strictObject({
  set: z.string(),
  source: z.string(),
  takenAtMs: z.int(),
  ioPausedMs: z.int().nonnegative().optional(),
  fullCopy: z.literal(true).optional(),
});

/**
 * What a snapshot is one of, as it is kept on its file, but for the end: the script that takes it adds the time, for how long I/O
 * waited, and a brace (copy-scripts.ts).
 */
export function originBegin(set: string, source: string, how: { readonly fullCopy?: true } = {}): string {
  return canonicalJson({ ...how, set, source, takenAtMs: 0 }).replace(/0\}$/, '');
}

export function readOrigin(text: string | undefined): SnapshotOrigin | undefined {
  if (text === undefined) return undefined;
  try {
    const { fullCopy, ioPausedMs, ...origin } = originSchema.parse(JSON.parse(text));
    return {
      ...origin,
      ...(ioPausedMs === undefined ? {} : { ioPausedMs }),
      ...(fullCopy ? { fullCopy } : {}),
    };
  } catch {
    return undefined;
  }
}

export function sameOwner(a: MarkRequest, b: MarkRequest): boolean {
  return a.installation === b.installation && a.urn === b.urn;
}

export function conflict(message: string, holders: readonly string[] = []): DriverError {
  return new DriverError({ class: 'conflict', message, holders });
}

/** Throws `conflict` unless the object is still what the caller believes it is. */
export function expectOwned(
  object: { readonly nativeId: string; readonly wwn?: string; readonly mark?: OwnershipMark },
  expect: Expectation,
): void {
  const { nativeId, mark } = object;
  if (expect.wwn !== undefined && object.wwn !== expect.wwn) {
    throw conflict(`${nativeId} has the identity ${object.wwn ?? 'none'}, expected ${expect.wwn}`);
  }
  if (mark && !sameOwner(mark, expect.mark)) {
    throw conflict(`${nativeId} belongs to installation ${mark.installation} as ${mark.urn}`, [mark.installation]);
  }
  if (mark && mark.epoch > expect.mark.epoch) {
    throw conflict(`${nativeId} was marked in epoch ${mark.epoch}, the state is at ${expect.mark.epoch}: it is old`);
  }
  if (!mark && !expect.unmarked) throw conflict(`${nativeId} carries no mark of ours`);
}
