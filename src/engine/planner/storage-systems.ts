/** Storage systems: registering one brings its pools and ports along, seen by a read-only observation made for this plan. */
import type { DesiredSpecs } from '../config/desired.ts';
import { foldName } from '../model/address.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { notVisibleWords } from '../model/visibility.ts';
import { discoveredWrites } from '../observe/attributes.ts';
import type { SystemObservation } from '../observe/observation.ts';
import { openedAccounts } from './accounts.ts';
import { planDevice } from './devices.ts';
import { type Draft, liveWrite, type Target } from './draft.ts';
import type { ChildChange, PlannedWrite } from './plan.ts';
import { finishRecordOnly } from './record-only.ts';

export function planStorageSystem(draft: Draft, target: Target): void {
  const spec = target.node.spec as DesiredSpecs['storageSystem'];
  const observation = draft.input.observed.get(foldName(target.node.name))?.observation;
  const planned = planDevice<'storageSystem'>(draft, target, observation, {
    scope: spec.scope.pools ? { pools: [...spec.scope.pools] } : {},
    limits: spec.limits as RecordedSpec<'storageSystem'>['limits'],
  });
  if (!planned) return;
  const { final, recorded, facts, fields } = planned;
  const children = observation && !recorded ? poolsAndPorts(draft, final, observation) : { writes: [], changes: [] };
  sayAboutPools(draft, target, final, observation);
  finishRecordOnly(draft, target, final, [], children, {
    ...{ facts, fields },
    opens: openedAccounts(draft, target, [final]),
  });
}

function poolsAndPorts(
  draft: Draft,
  system: ResourceRecord,
  observation: SystemObservation,
): { writes: PlannedWrite[]; changes: ChildChange[] } {
  const { view, nowMs, actor, installation } = draft.input;
  const found = discoveredWrites({
    system: system.urn,
    observation,
    view,
    newUrn: draft.newUrn,
    nowMs,
    actor,
    installation,
  });
  return {
    writes: found.map(({ record, attributes, previous }) => liveWrite(draft, previous, record, attributes)),
    changes: found.map(({ record, previous }) => ({
      kind: record.kind,
      urn: record.urn,
      action: previous ? ('update' as const) : ('create' as const),
      summary: record.name,
    })),
  };
}

function sayAboutPools(
  draft: Draft,
  target: Target,
  system: ResourceRecord<'storageSystem'>,
  observation: SystemObservation | undefined,
): void {
  const { spec } = system;
  const named = [
    ...(spec.scope.pools ?? []).map((pool) => ({ pool, field: ['scope', 'pools'] })),
    ...Object.keys(spec.limits?.pools ?? {}).map((pool) => ({ pool, field: ['limits', 'pools'] })),
  ];
  for (const { pool, field } of named) {
    if (observation?.trust.level !== 'whole' || observation.pools.some(({ nativeId }) => nativeId === pool)) continue;
    const known = draft.childrenOf('pool', system.urn).find((record) => record.spec.nativeId === pool);
    if (known) {
      const sinceMs = draft.input.view.pool(known.urn)?.notVisibleSinceMs ?? observation.observedAtMs;
      draft.warn({
        code: 'COPRHD-DEVICE-014',
        summary: `pool ${pool} in the scope of storage system ${target.node.name} is ${notVisibleWords(sinceMs)}`,
        detail: 'it stays recorded with what is in it, and gets no new volumes',
        fix: 'find out on the device what became of it; correct `scope.pools` if it does not come back',
        span: target.node.spanOf(['scope', 'pools']),
      });
      continue;
    }
    draft.error({
      code: 'COPRHD-DEVICE-004',
      summary: `storage system ${target.node.name} has no pool ${pool}`,
      detail: `it reports ${observation.pools.map(({ nativeId }) => nativeId).join(', ') || 'none'}`,
      fix: `correct \`${field.join('.')}\``,
      span: target.node.spanOf(field),
    });
  }
  if (spec.mode !== 'observe' && spec.scope.pools === undefined) {
    draft.warn({
      code: 'COPRHD-HELD-007',
      summary: `storage system ${target.node.name} has no scope: nothing may be changed on it`,
      fix: 'list its pools under `scope: { pools: [...] }`',
      span: target.node.spanOf(),
    });
  }
}
