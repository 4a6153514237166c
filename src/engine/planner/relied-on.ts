/**
 * What a unit relied on beside the revisions of what it writes: records that it holds shared and that say what is allowed
 * (virtual pools, projects, tenants, hosts) or which fabric is zoned (networks, virtual arrays), what a tenant may use, where a consistency group is. Looked at once more
 * under the claims, right before the commit: a plan that was made for something else is stale then.
 */
import type { KindName } from '../model/kinds.ts';
import { memberName } from '../model/members.ts';
import type { ResourceRecord } from '../model/record.ts';
import { specHash } from '../model/spec-hash.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { parseUrn, ROOT_TENANT_URN } from '../model/urn.ts';
import { zonedField } from '../model/zoned-fields.ts';
import { USES } from './access.ts';
import { quotaPredicates } from './accounts.ts';
import type { Draft } from './draft.ts';
import type { PlannedWrite, Predicate, Unit } from './plan.ts';

/** Their specs decide what a plan may do; of a consistency group only where it is. */
const DECIDING: ReadonlySet<KindName> = new Set<KindName>([
  'tenant',
  'project',
  'virtualPool',
  'virtualArray',
  'host',
  'cluster',
  'network',
]);

export function reliedOn(draft: Draft, unit: Unit): Predicate[] {
  return [
    ...unit.shared.flatMap((urn): Predicate[] => {
      const record = DECIDING.has(parseUrn(urn).kind) ? draft.get(urn) : undefined;
      return record ? [{ type: 'same', urn, hash: specHash(record) }] : [];
    }),
    ...unit.writes.flatMap((write) => ofWrite(draft, unit, write)),
    ...quotaPredicates(draft, unit),
  ];
}

function ofWrite(draft: Draft, unit: Unit, { before, final }: PlannedWrite): Predicate[] {
  if (final.status.phase === 'deleted') return [];
  if (final.kind === 'project') {
    const [was, is] = [before?.spec, final.spec] as RecordedSpec<'project'>[];
    return was && was.tenant !== is!.tenant ? [{ type: 'empty', project: final.urn }] : [];
  }
  if (final.kind === 'network') {
    const [was, is] = [before?.spec, final.spec] as RecordedSpec<'network'>[];
    return was && zonedField(was, is!) !== undefined ? [{ type: 'unzoned', network: final.urn }] : [];
  }
  if (final.kind !== 'volume') return [];
  const { spec, scope } = final as ResourceRecord<'volume'>;
  const found: Predicate[] = [];
  const { tenant } = scope;
  if (!before && tenant !== undefined && tenant !== ROOT_TENANT_URN) {
    for (const field of ['virtualPool', 'virtualArray'] as const) {
      const member = spec[field];
      found.push({ type: 'member', of: tenant, name: memberName(USES[field], member), member });
    }
  }
  const group = spec.consistencyGroup;
  const joins =
    group !== undefined && (before as ResourceRecord<'volume'> | undefined)?.spec.consistencyGroup !== group;
  const system = draft.locationOf(final.urn)?.system ?? unit.steps[0]?.system;
  if (joins && system !== undefined) found.push({ type: 'group', group, system });
  return found;
}
