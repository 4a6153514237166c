/** IP interfaces of a declared host: one record each, found by its address in the whole estate, because it is of one host. */
import type { DesiredSpecs } from '../config/desired.ts';
import { isLive } from '../model/record.ts';
import { ZONE } from '../model/unique-names.ts';
import { uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { childRecord } from './base-record.ts';
import { type Draft, endingWrite, liveWrite, type Target, withoutClaim } from './draft.ts';
import type { ChildChange, PlannedWrite } from './plan.ts';

export function interfaceWrites(draft: Draft, target: Target): { writes: PlannedWrite[]; changes: ChildChange[] } {
  const { view } = draft.input;
  const { interfaces = [] } = target.node.spec as DesiredSpecs['host'];
  const known = target.recorded ? view.inScope('ipInterface', uuidOf(target.urn)) : [];
  const recorded = new Map(
    known.filter(({ record }) => isLive(record)).map((found) => [found.record.spec.address, found]),
  );
  const writes: PlannedWrite[] = [];
  const changes: ChildChange[] = [];
  const note = (write: PlannedWrite, action: ChildChange['action'], summary: string) => {
    writes.push(write);
    changes.push({ kind: 'ipInterface', urn: write.urn, action, summary });
  };
  interfaces.forEach((wanted, index) => {
    const found = recorded.get(wanted.address);
    recorded.delete(wanted.address);
    if (found && found.record.spec.prefixLength === wanted.prefixLength) return;
    if (!found && isElsewhere(draft, target, wanted.address, index)) return;
    const spec = { host: target.urn, ...wanted };
    const final = found
      ? { ...withoutClaim(found.record), spec }
      : childRecord(draft, target, 'ipInterface', wanted.address, spec);
    note(liveWrite(draft, found, final), found ? 'update' : 'create', wanted.address);
  });
  for (const [address, found] of recorded) note(endingWrite(draft, found), 'delete', address);
  return { writes, changes };
}

function isElsewhere(draft: Draft, target: Target, address: string, index: number): boolean {
  const { view } = draft.input;
  const other = view.byName('ipInterface', ZONE, address)?.record;
  if (!other || !isLive(other)) return false;
  const host = view.get(other.spec.host)?.record;
  draft.error({
    code: 'COPRHD-STATE-006',
    summary: `${address} belongs to another host`,
    detail: `it is recorded as an IP interface of ${host ? addressOf(host) : other.spec.host}`,
    fix: 'take it off that host and apply, before it is declared on this one',
    span: target.node.spanOf(['interfaces', index]),
    address: target.address,
  });
  return true;
}
