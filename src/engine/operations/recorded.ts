/** One record as a verb reads it and writes it back: at the revision that was read, and not under somebody's claim. */
import { fail } from '../../lib/diagnostic.ts';
import type { DeviceKind } from '../model/device-kinds.ts';
import type { KindName } from '../model/kinds.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import { combineWrites, putRecordOps } from '../state/records.ts';
import { withView } from '../state/view.ts';
import { findDevice } from './addresses.ts';
import type { Call } from './engine.ts';

/** Fails, with the nearest name, when there is none. */
export async function readDevice({ engine }: Call, name: string): Promise<VersionedRecord<DeviceKind>> {
  const { result: found } = await withView(engine.store, (view) => findDevice(view, name));
  if ('problem' in found) return fail('error', found.problem);
  return found.recorded as VersionedRecord<DeviceKind>;
}

/** Fails when somebody else has written it meanwhile. */
export async function rewrite<K extends KindName>(
  call: Call,
  recorded: VersionedRecord<K>,
  record: VersionedRecord<K>['record'],
): Promise<void> {
  await rewriteAll(call, [{ recorded, record }]);
}

/** In one transaction; as many as it takes. */
export async function rewriteAll(
  { engine }: Call,
  written: readonly { readonly recorded: VersionedRecord; readonly record: ResourceRecord }[],
): Promise<void> {
  if (written.length === 0) return;
  const { compare, operations } = combineWrites(written.map(({ recorded, record }) => putRecordOps(record, recorded)));
  const { succeeded } = await engine.store.txn({ compare, success: operations });
  if (succeeded) return;
  const names = written.map(({ record: { name } }) => name).join(', ');
  fail('claimed', {
    code: 'COPRHD-APPLY-003',
    summary: `${names} ${written.length > 1 ? 'were' : 'was'} changed by somebody else meanwhile: nothing was done`,
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
