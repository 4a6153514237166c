/** One record as a verb reads it and writes it back: at the revision that was read, and not under somebody's claim. */
import { fail } from '../../lib/diagnostic.ts';
import type { KindName } from '../model/kinds.ts';
import type { VersionedRecord } from '../model/record.ts';
import { putRecordOps } from '../state/records.ts';
import { withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';

/** Fails, with the nearest name, when there is none. */
export async function readSystem({ engine }: Call, name: string): Promise<VersionedRecord<'storageSystem'>> {
  const { result: found } = await withView(engine.store, (view) => findResource(view, name, 'storageSystem'));
  if ('problem' in found) return fail('error', found.problem);
  return found.recorded as VersionedRecord<'storageSystem'>;
}

/** Fails when somebody else has written it meanwhile. */
export async function rewrite<K extends KindName>(
  { engine }: Call,
  recorded: VersionedRecord<K>,
  record: VersionedRecord<K>['record'],
): Promise<void> {
  const { compare, operations } = putRecordOps(record, recorded);
  const { succeeded } = await engine.store.txn({ compare, success: operations });
  if (succeeded) return;
  fail('claimed', {
    code: 'COPRHD-APPLY-003',
    summary: `${record.name} was changed by somebody else meanwhile: nothing was done`,
    fix: 'try again',
  });
}

/** A workflow that has claimed it would find another record at its end than it left. */
export function refuseClaimed({ record }: VersionedRecord): void {
  if (record.claim === undefined) return;
  fail('claimed', {
    code: 'COPRHD-APPLY-003',
    summary: `${record.name} is claimed by workflow ${record.claim.workflow}: nothing was done`,
    fix: `try again when it has ended: coprhd task watch ${record.claim.workflow}`,
  });
}
