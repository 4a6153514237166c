/** A saved plan on disk, for tests of commands. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planDocument, type SavedPlan } from '../../src/commands/_base/saved-plan.ts';

export function savedPlan(plan: SavedPlan): string {
  const file = join(mkdtempSync(join(tmpdir(), 'coprhd-saved-')), 'saved.plan');
  writeFileSync(file, planDocument(plan));
  return file;
}
