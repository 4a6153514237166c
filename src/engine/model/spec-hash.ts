/** A hash of what a record says, by which a plan knows that it still says so. Quotas are looked at by themselves. */
import { hashOf } from '../../lib/canonical-json.ts';
import type { ResourceRecord } from './record.ts';

const QUOTAS: ReadonlySet<string> = new Set(['quota', 'quotaBytes', 'volumesPerSystem']);

export function specHash({ spec }: ResourceRecord): string {
  return hashOf(Object.fromEntries(Object.entries(spec).filter(([field]) => !QUOTAS.has(field)))).slice(0, 16);
}
