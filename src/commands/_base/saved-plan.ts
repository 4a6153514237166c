/**
 * Saved plans: one JSON file, checksummed, readable by its owner only (plans name WWNs and hosts). Recognised by content,
 * not by name.
 */
import { open, readFile, rename, unlink } from 'node:fs/promises';
import type { ApplyInput } from '../../engine/operations/types.ts';
import { hashOf } from '../../lib/canonical-json.ts';
import { fail } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { reasonOf } from './plan-files.ts';

export type SavedPlan = NonNullable<ApplyInput['plan']>;

const FORMAT = 'coprhd-plan';
const VERSION = 1;
/** What every file of ours begins with; it tells a damaged plan from a plan file in JSON. */
const BEGINNING = `{"format":"${FORMAT}"`;

export function planDocument(plan: SavedPlan): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, checksum: hashOf(plan), plan })}\n`;
}

/** Written beside the file and renamed, so that there is never half a plan. */
export async function writePlan(file: string, plan: SavedPlan): Promise<void> {
  await writePrivate(file, planDocument(plan));
}

/** Atomic, mode 0600. Fails as `COPRHD-USAGE-001` where the file can't be written. */
export const writePrivate = (file: string, text: string): Promise<void> => writeAtomic(file, text, 0o600);

export const writePrivateBytes = (file: string, bytes: Uint8Array): Promise<void> => writeAtomic(file, bytes, 0o600);

/** The same for what others may read: with the mode that the umask leaves. */
export const writeText = (file: string, text: string): Promise<void> => writeAtomic(file, text, 0o666);

async function writeAtomic(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    fail('error', {
      code: 'COPRHD-USAGE-001',
      summary: `can't write ${file}: ${reasonOf(error)}`,
      fix: 'name a file in a directory that you may write to',
    });
  }
}

/** The plan in the file; undefined when the file is something else (a plan file, a directory, absent). */
export async function readSavedPlan(file: string): Promise<SavedPlan | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const begins = bytes.subarray(0, BEGINNING.length).toString('utf8') === BEGINNING;
  if (!begins) {
    if (file.endsWith('.plan')) damaged(file, 'it is not a saved plan');
    return undefined;
  }
  if (bytes.length > LIMITS.planFileBytesMax) damaged(file, 'it is larger than a plan can be');
  return checkedPlan(file, bytes.toString('utf8'));
}

function checkedPlan(file: string, text: string): SavedPlan {
  let document: { version?: unknown; checksum?: unknown; plan?: unknown };
  try {
    document = JSON.parse(text) as typeof document;
  } catch {
    damaged(file, 'it ends too early or is not JSON');
  }
  if (document.version !== VERSION) damaged(file, `it has format version ${String(document.version)}, not ${VERSION}`);
  if (document.checksum !== hashOf(document.plan)) damaged(file, 'its checksum does not match: it was changed');
  return document.plan as SavedPlan;
}

function damaged(file: string, why: string): never {
  fail('error', {
    code: 'COPRHD-PLAN-004',
    summary: `the plan file ${file} is damaged`,
    detail: why,
    fix: `make it again: coprhd plan PATH --out ${file}`,
  });
}
