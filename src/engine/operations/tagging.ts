/**
 * Tags of what no plan file can give any: what discovery has found, and what hosts are made of; and of devices that no file
 * declares. Written at once and audited, like registration; all else is tagged as it is changed (change-by-name.ts).
 */
import { sameJson } from '../../lib/canonical-json.ts';
import { fail } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { KindName } from '../model/kinds.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import { withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import { audit } from './auditing.ts';
import { type Named, stillAsRead } from './by-name-plans.ts';
import { declaredElsewhere } from './change-by-name.ts';
import type { Call } from './engine.ts';
import { refuseClaimed, rewriteAll } from './recorded.ts';
import type { InputOf, ResultOf } from './types.ts';

const KINDS: ReadonlySet<KindName> = new Set<KindName>([
  ...(['pool', 'port', 'initiator', 'ipInterface'] as const),
  ...(['storageSystem', 'networkSystem'] as const),
]);

export async function resourceTag(call: Call, input: InputOf<'resource.tag'>): Promise<ResultOf<'resource.tag'>> {
  const named = await find(call, [...new Set(input.addresses)]);
  stillAsRead(named, input.ifRevisions);
  const all = named.map(({ record, address }) => ({ recorded: record, record: tagged(record, input), address }));
  const changed = all.filter(({ recorded, record }) => !sameJson(recorded.record, record));
  for (const { recorded, record } of changed) {
    refuseClaimed(recorded);
    refuseTooLarge(recorded, record);
  }
  // In the audit log before it is done, so that no change can be missing there.
  for (const { record } of changed)
    await audit(call, 'resource.tag', { urn: record.urn, name: record.name, tags: record.tags ?? [] });
  await rewriteAll(call, changed);
  const resources = all.map(({ record: { urn, tags = [] }, address }) => ({ urn, address, tags }));
  return { outcome: 'ok', diagnostics: [], resources };
}

async function find({ engine }: Call, addresses: readonly string[]): Promise<Named[]> {
  const { result } = await withView(engine.store, (view) => addresses.map((address) => findResource(view, address)));
  return result.map((found) => {
    if ('problem' in found) return fail('error', found.problem);
    const { recorded, address } = found;
    if (!KINDS.has(recorded.record.kind)) {
      return fail('usage', {
        code: 'COPRHD-USAGE-001',
        summary: `a ${recorded.record.kind} has its tags by name, or in a plan file`,
        fix: `give ${address} its tags in its plan file, or by name: coprhd volume change --tag`,
      });
    }
    const [declared] = declaredElsewhere(recorded.record, address, { set: { tags: [] } });
    return declared ? fail('error', declared) : { record: recorded, address };
  });
}

function tagged({ record }: VersionedRecord, { add = [], remove = [] }: InputOf<'resource.tag'>): ResourceRecord {
  const { tags = [], ...rest } = record;
  const gone = new Set(remove);
  const now = [...new Set([...tags.filter((tag) => !gone.has(tag)), ...add])];
  return { ...rest, ...(now.length > 0 ? { tags: now } : {}) };
}

const bytesOf = (record: ResourceRecord): number => Buffer.byteLength(JSON.stringify(record));

/** Room stays for what is found out about it later. */
function refuseTooLarge({ record: before }: VersionedRecord, after: ResourceRecord): void {
  const [bytes, max] = [bytesOf(after), LIMITS.recordBytesMax - LIMITS.recordClaimBytes - LIMITS.recordOutcomeBytes];
  if (bytes <= max || bytes <= bytesOf(before)) return;
  fail('error', {
    code: 'COPRHD-PLAN-011',
    summary: `${after.kind} ${after.name} has more tags than fit its record`,
    detail: `with them it takes ${bytes} bytes, at most ${max}`,
    fix: 'give it fewer tags, or shorter ones',
  });
}
