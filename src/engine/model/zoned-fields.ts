/** What of a network our zones are in: it stays as it is while there are any. */
import { sameJson } from '../../lib/canonical-json.ts';
import type { RecordedSpec } from './specs.ts';

const FIELDS = ['networkSystem', 'fabric', 'vsan', 'configuration'] as const;

/** The first one that differs. */
export const zonedField = (was: RecordedSpec<'network'>, is: RecordedSpec<'network'>): string | undefined =>
  FIELDS.find((field) => !sameJson(was[field] ?? null, is[field] ?? null));
