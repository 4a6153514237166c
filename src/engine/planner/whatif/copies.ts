/**
 * A storage system that isn't there: like a recorded one, and empty. It enters a draft as if it had been seen and were
 * registered by the same plan. Pure.
 */
import { foldName } from '../../model/address.ts';
import type { KindName } from '../../model/kinds.ts';
import type { ResourceRecord } from '../../model/record.ts';
import type { RecordedView } from '../../model/recorded-view.ts';
import { type Urn, uuidOf } from '../../model/urn.ts';
import type { ObservedEstate, SystemObservation } from '../../observe/observation.ts';
import type { PlannerInput } from '../draft.ts';
import { type Draft, liveWrite, withoutClaim } from '../draft.ts';
import type { SystemCopy } from './scenario.ts';

type Observed = [name: string, ObservedEstate extends ReadonlyMap<string, infer V> ? V : never];

/** What would be seen of the copies: the pools and ports that are known of their models, nothing in them. */
export function observedCopies({ view, observed, nowMs }: PlannerInput, copies: readonly SystemCopy[]): Observed[] {
  return copies.map(({ of, name, driver }) => {
    // What its model can do, where that was seen.
    const identity = observed.get(foldName(view.get(of)?.record.name ?? ''))?.observation.identity;
    const empty = emptyObservation(view, of, nowMs);
    return [foldName(name), { driver, observation: identity ? { ...empty, identity } : empty }];
  });
}

function emptyObservation(view: RecordedView, of: Urn, nowMs: number): SystemObservation {
  const pools = childrenOf(view, 'pool', of).flatMap(({ urn, spec: { nativeId } }) => {
    const attributes = view.pool(urn);
    if (!attributes) return [];
    const { subscribedBytes: _all, foreignSubscribedBytes: _theirs, observedAtMs: _then, ...lasting } = attributes;
    return [{ ...lasting, nativeId, freeBytes: attributes.totalBytes }];
  });
  const ports = childrenOf(view, 'port', of).flatMap(({ urn, spec }) => {
    const attributes = view.port(urn);
    const { nativeId, transport, address, haDomain, physicalPort, engine } = spec;
    const inEngine = engine === undefined ? {} : { engine };
    return attributes ? [{ nativeId, transport, address, haDomain, physicalPort, ...inEngine, ...attributes }] : [];
  });
  return { observedAtMs: nowMs, trust: { level: 'whole', why: '' }, pools, ports, volumes: [], masks: [] };
}

/** Adds them to the draft; answers with whose copy each is. */
export function addCopies(draft: Draft, copies: readonly SystemCopy[]): Map<Urn, Urn> {
  const added = new Map<Urn, Urn>();
  for (const { of, name } of copies) {
    const model = draft.input.view.get<'storageSystem'>(of)?.record;
    if (!model) continue;
    const urn = draft.newUrn('storageSystem', `copy ${name}`);
    added.set(urn, of);
    const children = (['pool', 'port'] as const).flatMap((kind) => childrenOf(draft.input.view, kind, of));
    const records: ResourceRecord[] = [
      { ...withoutClaim(model), urn, name },
      ...children.map((child) => ({
        ...withoutClaim(child as ResourceRecord),
        urn: draft.newUrn(child.kind, `copy ${name} ${child.urn}`),
        parent: urn,
        spec: { ...child.spec, system: urn } as ResourceRecord['spec'],
      })),
    ];
    draft.addUnit({
      id: draft.nextUnitId(),
      address: `storageSystem.${name}`,
      urn,
      action: 'create',
      dependsOn: [],
      writes: records.map((record) => liveWrite(draft, undefined, record)),
      steps: [],
      shared: [],
      reservations: [],
      releases: [],
    });
  }
  return added;
}

function childrenOf<K extends KindName>(view: RecordedView, kind: K, system: Urn): ResourceRecord<K>[] {
  return view
    .inScope(kind, uuidOf(system))
    .map(({ record }) => record)
    .filter(({ status }) => status.phase !== 'deleted');
}
