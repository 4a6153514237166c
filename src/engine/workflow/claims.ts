/**
 * Claims of one workflow: everything that its plan touches, taken before the commit, in kind order, in chunks. An
 * exclusive claim is a field of the record, written with the intent; a shared one is a key of its own. The two exclude
 * each other although they are different keys: a shared claim compares the record's revision (an exclusive claim changes
 * it), and an exclusive claim looks for shared ones after it is written.
 *
 * Nobody ever waits while holding: on any conflict everything is put back. So there is no deadlock, and what was put back
 * has the content (not the revision) that the plan was made on.
 */
import { uuid } from '../../lib/random.ts';
import { isLive, type VersionedRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import type { Plan, PlannedWrite } from '../planner/plan.ts';
import { keys } from '../state/keys.ts';
import type { RecordWrite } from '../state/records.ts';
import type { KeyValue, Operation } from '../state/store.ts';
import { type Conflict, type Inspection, inspect } from './inspect.ts';
import { allWrites, sharedUrns } from './namers.ts';
import { newOwner } from './owners.ts';
import { batches, claimOps, isClaimedBy, readMany, readRecord, restoreOps, touchedKeys } from './records-io.ts';
import { releaseAll } from './reservations.ts';
import { Run } from './run.ts';
import type { RunPolicy, WorkflowEnv, WorkflowRecord } from './types.ts';
import { decodeApplied, encodeApplied } from './used-plans.ts';

const CLAIM_ATTEMPTS_MAX = 20;

/** The workflow in phase `claiming`, ours; or undefined when this plan was used already, or its blob is gone again. */
export async function createWorkflow(
  env: WorkflowEnv,
  plan: Plan,
  planBlob: string,
  policy?: RunPolicy,
): Promise<Run | undefined> {
  const id = uuid(env.random);
  const applied = keys.appliedPlan(plan.id);
  const record: WorkflowRecord = {
    id,
    planId: plan.id,
    planBlob,
    operation: plan.operation,
    phase: 'claiming',
    createdAtMs: env.clock.nowMs(),
    actor: env.process.holder.actor,
    ...(policy ? { policy } : {}),
  };
  const result = await env.store.txn({
    compare: [
      { key: keys.workflow(id), modRevision: 0 },
      { key: applied, modRevision: 0 },
      // Whoever released the same plan a moment ago took it along.
      { key: keys.blobChunk(planBlob, 0), exists: true },
    ],
    success: [
      { type: 'put', key: keys.workflow(id), value: JSON.stringify(record) },
      { type: 'put', key: keys.workflowOwner(id), value: JSON.stringify(newOwner(env, 1)) },
      { type: 'put', key: applied, value: encodeApplied({ workflow: id, expiresAtMs: plan.expiresAtMs }) },
    ],
  });
  if (!result.succeeded) return undefined;
  const run = new Run(env, id, plan, result.revision, { policy, createdAtMs: record.createdAtMs });
  run.point('workflow:created');
  return run;
}

/** Takes all claims, or says what is in the way. What was taken until then stays: the caller releases. */
export async function claimAll(
  run: Run,
  inspection: Inspection,
  byContent: ReadonlySet<Urn>,
): Promise<Conflict | undefined> {
  const look = async () => (await inspect(run.env.store, run.plan, { own: run.id, byContent })).conflict;
  const claim = { workflow: run.id, fence: 1 };
  const writes = allWrites(run.plan).map((write) => ({
    ...claimOps(write, inspection.bases.get(write.urn) ?? 0, claim, inspection.moving),
    write,
  }));
  for (const { members, ...chunk } of batches(writes)) {
    run.point('claim:before-chunk');
    const revision = await run.write(chunk.compare, chunk.operations);
    if (revision === undefined) return (await look()) ?? lostRace(run.plan);
    for (const { write, taken } of members) {
      run.records.wrote({ ...write.intent, claim }, revision);
      for (const key of taken) run.records.tookName(key, write.urn, revision);
    }
    run.point('claim:after-chunk');
  }
  const shared = await claimShared(run, look);
  // Now that all is ours: whoever took a shared claim between our look and our write is seen here.
  return shared ?? (await look());
}

/** Somebody was there and has gone again between two looks: simply try again. */
function lostRace(plan: Plan): Conflict {
  return { type: 'claimed', urn: plan.units[0]!.urn, workflow: '' };
}

async function claimShared(run: Run, look: () => Promise<Conflict | undefined>): Promise<Conflict | undefined> {
  let missing: readonly Urn[] = sharedUrns(run.plan);
  const value = JSON.stringify({ workflow: run.id, atMs: run.nowMs });
  for (let attempt = 1; missing.length > 0; attempt++) {
    if (attempt > 1) {
      const conflict = await look();
      if (conflict || attempt > CLAIM_ATTEMPTS_MAX) return conflict ?? lostRace(run.plan);
    }
    const records = await readMany(missing, (urn) => readRecord(run.env.store, urn));
    const writes: (RecordWrite & { readonly urn: Urn })[] = [];
    for (const urn of missing) {
      const read = records.get(urn);
      if (!read || !isLive(read.record) || (read.record.claim && !isClaimedBy(read.record, run.id))) {
        const conflict = await look();
        if (conflict) return conflict;
        if (!read) return lostRace(run.plan);
      }
      writes.push({ urn, ...sharedClaim(run, urn, read?.revision ?? 0, value) });
    }
    const failed: Urn[] = [];
    for (const chunk of chunksOf(writes)) {
      run.point('claim:before-shared');
      const all = { compare: chunk.flatMap((w) => w.compare), operations: chunk.flatMap((w) => w.operations) };
      if ((await run.write(all.compare, all.operations)) === undefined) failed.push(...chunk.map(({ urn }) => urn));
      else run.point('claim:after-shared');
    }
    missing = failed;
  }
  return undefined;
}

function sharedClaim(run: Run, urn: Urn, revision: number, value: string): RecordWrite {
  return {
    compare: [{ key: keys.record(urn), modRevision: revision }],
    operations: [{ type: 'put', key: keys.sharedClaim(urn, run.id), value }],
  };
}

function chunksOf<T>(items: readonly T[], size = 100): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
  return chunks;
}

/**
 * Undoes a workflow that was never committed, whoever got how far with it: records, names, shared claims, reservations,
 * and the mark that the plan was used. Nothing of it was ever valid, so nothing is kept.
 */
export async function releaseWorkflow(run: Run): Promise<void> {
  await putBack(run, allWrites(run.plan));
  await releaseShared(run);
  await releaseAll(run);
  run.point('release:before-end');
  const applied = keys.appliedPlan(run.plan.id);
  const item = await run.env.store.get(applied);
  const gone = [
    keys.workflow(run.id),
    keys.workflowOwner(run.id),
    keys.stopRequest(run.id),
    ...(item && decodeApplied(item).workflow === run.id ? [applied] : []),
  ];
  const planBlob = await planBlobOf(run);
  await run.write(
    [],
    [
      ...gone.map((key): Operation => ({ type: 'delete', key })),
      ...(planBlob === undefined ? [] : [{ type: 'delete-prefix' as const, prefix: keys.blob(planBlob) }]),
    ],
  );
}

/** Forgets the text of a plan that no workflow came of. Whoever begins one with it at this moment puts it there again. */
export async function forgetPlanBlob(env: WorkflowEnv, plan: Plan, planBlob: string): Promise<void> {
  await env.store.txn({
    compare: [{ key: keys.appliedPlan(plan.id), exists: false }],
    success: [{ type: 'delete-prefix', prefix: keys.blob(planBlob) }],
  });
}

/** Where the plan's text is; undefined when the workflow is gone. */
export async function planBlobOf(run: Run): Promise<string | undefined> {
  const item = await run.env.store.get(keys.workflow(run.id));
  return item && (JSON.parse(item.value) as WorkflowRecord).planBlob;
}

/** Puts back what of these is under our claim. Again and again until nothing is: what is put back isn't ours any more. */
export async function putBack(run: Run, writes: readonly PlannedWrite[]): Promise<void> {
  let missing = writes;
  for (let attempt = 1; missing.length > 0; attempt++) {
    const found = await readOurs(run, missing);
    const operations = found.map(({ write, current, held }) => restoreOps(write, current, held));
    // Whatever comes of it, what was known of them is not so any more.
    for (const { write } of found) run.records.forget(write.urn, touchedKeys(write));
    let lost = false;
    for (const chunk of batches(operations)) {
      run.point('release:before-chunk');
      if ((await run.write(chunk.compare, chunk.operations)) === undefined) lost = true;
    }
    if (!lost) return;
    if (attempt >= CLAIM_ATTEMPTS_MAX) throw run.stop(new Error(`the claims of workflow ${run.id} can't be put back`));
    missing = found.map(({ write }) => write);
  }
}

export interface OurWrite {
  readonly write: PlannedWrite;
  readonly current: VersionedRecord;
  /** Who holds the names that the write touches. */
  readonly held: ReadonlyMap<string, KeyValue | undefined>;
}

/** The writes of which the record carries our claim now. */
export async function readOurs(run: Run, writes: readonly PlannedWrite[]): Promise<OurWrite[]> {
  const records = await readMany(writes, (write) => run.records.read(write.urn));
  const ours = [...records].flatMap(([write, current]) =>
    current && isClaimedBy(current.record, run.id) ? [{ write, current }] : [],
  );
  const held = await readMany(ours, ({ write }) => readMany(touchedKeys(write), (key) => run.records.holderOf(key)));
  return [...held].map(([one, names]) => ({ ...one, held: names }));
}

export async function releaseShared(run: Run): Promise<void> {
  const claims = sharedUrns(run.plan).map((urn) => keys.sharedClaim(urn, run.id));
  for (const chunk of chunksOf(claims)) {
    run.point('release:before-shared');
    await run.write(
      [],
      chunk.map((key): Operation => ({ type: 'delete', key })),
    );
  }
}
