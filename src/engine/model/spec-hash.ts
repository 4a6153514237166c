/**
 * A hash of what a record says, by which a plan knows that it still says so. Quotas are looked at by themselves, and who may
 * ask for something is no matter of the plan.
 */
import { hashOf } from '../../lib/canonical-json.ts';
import type { ResourceRecord } from './record.ts';

const LEFT_OUT: ReadonlySet<string> = new Set([
  'quota',
  'quotaBytes',
  'volumesPerSystem',
  'owner',
  'acl',
  'userMappings',
]);

export function specHash({ spec }: ResourceRecord): string {
  return hashOf(Object.fromEntries(Object.entries(spec).filter(([field]) => !LEFT_OUT.has(field)))).slice(0, 16);
}
