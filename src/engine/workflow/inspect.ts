/**
 * Reads everything that a plan would claim and says whether it could: the same function before claiming, after a claim
 * that failed, and while waiting, so that there is one meaning of "claimed by another" and "stale".
 */
import { sameJson } from '../../lib/canonical-json.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { formatAddress } from '../model/address.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import { parseUrn, type Urn } from '../model/urn.ts';
import type { Plan, PlannedWrite } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import { decodeReference, heldKeys } from '../state/records.ts';
import { type KeyValue, rangeAll, type StateStore } from '../state/store.ts';
import { allWrites, sharedUrns } from './namers.ts';
import { readMany, readRecord, takenKeys, withoutClaim } from './records-io.ts';

export type Conflict =
  | {
      readonly type: 'claimed';
      readonly urn: Urn;
      readonly workflow: string;
      /** What it is when that workflow turns out not to exist any more. */
      readonly otherwise?: StaleConflict;
    }
  | StaleConflict;

export interface StaleConflict {
  readonly type: 'stale';
  readonly diagnostic: Diagnostic;
}

export interface Inspection {
  readonly conflict?: Conflict;
  /** Revisions at which the records are to be claimed; 0 = new. */
  readonly bases: ReadonlyMap<Urn, number>;
  /** Names that move between records of this plan. */
  readonly moving: ReadonlySet<string>;
}

export interface InspectOptions {
  /** Our own workflow, once it exists: its claims are no conflict. */
  readonly own?: string;
  /**
   * Records of which the revision may differ as long as the content is what the plan was made on: they were claimed and
   * put back since, by ourselves or by somebody we waited for.
   */
  readonly byContent: ReadonlySet<Urn>;
}

export async function inspect(store: StateStore, plan: Plan, options: InspectOptions): Promise<Inspection> {
  const writes = allWrites(plan);
  const shared = sharedUrns(plan);
  const urns = [...new Set([...writes.map((write) => write.urn), ...shared])];
  const moving = movingKeys(writes);
  const [records, names, others] = await Promise.all([
    readMany(urns, (urn) => readRecord(store, urn)),
    checkNames(store, writes, moving, options),
    sharedByOthers(store, writes, options.own),
  ]);
  const conflicts: Conflict[] = [];
  const bases = new Map<Urn, number>();
  const writtenUrns = new Set(writes.map((write) => write.urn));
  for (const write of writes) {
    const current = records.get(write.urn);
    const conflict = checkBase(write, current, options);
    if (conflict) conflicts.push(conflict);
    bases.set(write.urn, current?.revision ?? 0);
  }
  for (const urn of shared) {
    if (writtenUrns.has(urn)) continue;
    const conflict = checkShared(urn, records.get(urn)?.record, options);
    if (conflict) conflicts.push(conflict);
  }
  conflicts.push(...names, ...others);
  const conflict = await decisive(store, conflicts);
  return { bases, moving, ...(conflict ? { conflict } : {}) };
}

/** Staleness is final and wins; claims of workflows that don't exist any more bind nobody. */
async function decisive(store: StateStore, conflicts: readonly Conflict[]): Promise<Conflict | undefined> {
  const stale = conflicts.find((conflict) => conflict.type === 'stale');
  if (stale) return stale;
  const exists = new Map<string, boolean>();
  for (const conflict of conflicts) {
    if (conflict.type !== 'claimed') continue;
    const { workflow } = conflict;
    if (!exists.has(workflow)) exists.set(workflow, (await store.get(keys.workflow(workflow))) !== undefined);
    if (exists.get(workflow)) return conflict;
    if (conflict.otherwise) return conflict.otherwise;
  }
  return undefined;
}

function movingKeys(writes: readonly PlannedWrite[]): Set<string> {
  const given = new Set<string>();
  for (const write of writes) {
    if (!write.before) continue;
    const kept = new Set(heldKeys(write.final));
    for (const key of heldKeys(write.before)) if (!kept.has(key)) given.add(key);
  }
  return new Set(writes.flatMap(takenKeys).filter((key) => given.has(key)));
}

function checkBase(
  write: PlannedWrite,
  current: VersionedRecord | undefined,
  { own, byContent }: InspectOptions,
): Conflict | undefined {
  const claim = current?.record.claim;
  if (claim && claim.workflow === own) return undefined;
  const revision = current?.revision ?? 0;
  const fact = (at: number) => (at === 0 ? 'not recorded' : `at revision ${at}`);
  const stale = staleConflict(
    write.final,
    `${write.final.kind} ${write.final.name} has changed since the plan was made`,
    `It was ${fact(write.base)} then and is ${fact(revision)} now.`,
  );
  const same = revision === write.base;
  if (claim) {
    return { type: 'claimed', urn: write.urn, workflow: claim.workflow, ...(same ? {} : { otherwise: stale }) };
  }
  const before = write.before && withoutClaim(write.before);
  return same || (byContent.has(write.urn) && current && before && sameJson(current.record, before))
    ? undefined
    : stale;
}

function checkShared(urn: Urn, record: ResourceRecord | undefined, { own }: InspectOptions): Conflict | undefined {
  if (!record || !isLive(record)) {
    const { kind } = parseUrn(urn);
    return staleConflict(
      record ?? { kind, name: urn },
      `${kind} ${record?.name ?? urn} is gone since the plan was made`,
      'The plan relies on it.',
    );
  }
  const claim = record.claim;
  return claim && claim.workflow !== own ? { type: 'claimed', urn, workflow: claim.workflow } : undefined;
}

async function checkNames(
  store: StateStore,
  writes: readonly PlannedWrite[],
  moving: ReadonlySet<string>,
  { own }: InspectOptions,
): Promise<Conflict[]> {
  const wanted = writes.flatMap((write) => takenKeys(write).map((key) => ({ key, write })));
  const held = await readMany(wanted, ({ key }) => store.get(key));
  const conflicts: Conflict[] = [];
  for (const [{ key, write }, item] of held) {
    if (!item || item.value === write.urn || moving.has(key)) continue;
    const urn = decodeReference(item);
    const claim = (await readRecord(store, urn))?.record.claim;
    const { kind, name } = write.final;
    const stale = staleConflict(
      write.final,
      `the name of ${kind} ${name} is taken since the plan was made`,
      `By ${urn}.`,
    );
    const foreign = claim && claim.workflow !== own;
    conflicts.push(foreign ? { type: 'claimed', urn, workflow: claim.workflow, otherwise: stale } : stale);
  }
  return conflicts;
}

/** Shared claims of other workflows on records that the plan wants for itself. */
async function sharedByOthers(
  store: StateStore,
  writes: readonly PlannedWrite[],
  own: string | undefined,
): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  for (const { urn, key } of await sharedClaimsOn(store, writes)) {
    const workflow = key.slice(key.lastIndexOf('/') + 1);
    if (workflow !== own) conflicts.push({ type: 'claimed', urn, workflow });
  }
  return conflicts;
}

async function sharedClaimsOn(
  store: StateStore,
  writes: readonly PlannedWrite[],
): Promise<{ urn: Urn; key: string }[]> {
  // New records too: somebody may hold one that we put there in an attempt that we have given up since.
  const byPrefix = new Map(writes.map((write) => [keys.sharedClaimsOn(write.urn), write.urn]));
  const kinds = new Set(writes.map((write) => `c/${parseUrn(write.urn).kind}/`));
  const found: { urn: Urn; key: string }[] = [];
  // One range a kind: shared claims are few (those of the workflows in flight), writes may be many.
  for (const prefix of kinds) {
    for await (const item of rangeAll(store, prefix, { keysOnly: true }) as AsyncIterable<KeyValue>) {
      const urn = byPrefix.get(item.key.slice(0, item.key.lastIndexOf('/') + 1));
      if (urn) found.push({ urn, key: item.key });
    }
  }
  return found;
}

export function staleConflict(
  record: Pick<ResourceRecord, 'kind' | 'name'> & Partial<Pick<ResourceRecord, 'owner'>>,
  summary: string,
  detail: string,
): StaleConflict {
  const fix = 'Make the plan again.';
  const address = addressOf(record);
  return {
    type: 'stale',
    diagnostic: { code: 'COPRHD-PLAN-001', severity: 'error', summary, detail, fix, address },
  };
}

/** `stack/kind.name`, without the stack where there is none. */
export function addressOf({
  kind,
  name,
  owner,
}: Pick<ResourceRecord, 'kind' | 'name'> & Partial<Pick<ResourceRecord, 'owner'>>): string {
  return formatAddress(owner?.type === 'stack' ? { stack: owner.name, kind, name } : { kind, name });
}
