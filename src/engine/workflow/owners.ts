/**
 * Who runs a workflow, whether that one lives, and taking it over. A holder is dead when its process lease is gone, when
 * this machine knows that its process is, or when it has let go itself. A take-over raises the fence: from then on every
 * write of the former holder fails, and its device calls have ended with its lease.
 */
import { isoTime } from '../../lib/clock.ts';
import { keys } from '../state/keys.ts';
import { isHolderDead } from '../state/leases.ts';
import { type Compare, type KeyValue, type Operation, type Revision, rangeAll, type Snapshot } from '../state/store.ts';
import type { OwnerRecord, WorkflowEnv, WorkflowRecord } from './types.ts';

export type HolderState = 'dead' | 'alive' | 'gone';

export interface WorkflowOwner {
  /** gone: there is no such workflow (any more). */
  readonly state: HolderState;
  readonly workflow?: WorkflowRecord;
  readonly owner?: OwnerRecord;
  readonly ownerRevision: Revision;
}

/** What it takes to tell who lives; `process.id` is that of the one who asks. */
export type OwnerView = Pick<WorkflowEnv, 'store' | 'host'> & { readonly process: Pick<WorkflowEnv['process'], 'id'> };

export async function readOwner(env: OwnerView, id: string): Promise<WorkflowOwner> {
  const [item, ownerItem] = await Promise.all([
    env.store.get(keys.workflow(id)),
    env.store.get(keys.workflowOwner(id)),
  ]);
  if (!item) return { state: 'gone', ownerRevision: ownerItem?.modRevision ?? 0 };
  const workflow = JSON.parse(item.value) as WorkflowRecord;
  if (!ownerItem) return { state: 'dead', workflow, ownerRevision: 0 };
  const owner = JSON.parse(ownerItem.value) as OwnerRecord;
  const state = (await isDead(env, owner)) ? 'dead' : 'alive';
  return { state, workflow, owner, ownerRevision: ownerItem.modRevision };
}

/** Of all workflows, in order of their ids, from one snapshot; however many there are, it takes three reads. */
export async function readOwners(env: OwnerView): Promise<(WorkflowOwner & { readonly workflow: WorkflowRecord })[]> {
  const snapshot = await env.store.snapshot();
  try {
    return await ownersIn(snapshot, env);
  } finally {
    snapshot.close();
  }
}

export async function ownersIn(
  snapshot: Pick<Snapshot, 'range'>,
  env: Omit<OwnerView, 'store'>,
): Promise<(WorkflowOwner & { readonly workflow: WorkflowRecord })[]> {
  const all: (WorkflowOwner & { readonly workflow: WorkflowRecord })[] = [];
  const [processes, ownerItems, workflows] = await Promise.all([
    listed(snapshot, keys.processes, true),
    listed(snapshot, keys.workflowOwners),
    listed(snapshot, keys.workflows),
  ]);
  const living = new Set(processes.map(({ key }) => key));
  const owners = new Map(ownerItems.map((item) => [item.key, item]));
  for (const { value } of workflows) {
    const workflow = JSON.parse(value) as WorkflowRecord;
    const item = owners.get(keys.workflowOwner(workflow.id));
    const owner = item && (JSON.parse(item.value) as OwnerRecord);
    const dead = !owner || isDeadAmong(env, owner, (process) => living.has(keys.process(process)));
    const state = dead ? 'dead' : 'alive';
    all.push({ state, workflow, ...(owner ? { owner } : {}), ownerRevision: item?.modRevision ?? 0 });
  }
  return all;
}

async function listed(source: Pick<Snapshot, 'range'>, prefix: string, keysOnly = false): Promise<KeyValue[]> {
  const items: KeyValue[] = [];
  for await (const item of rangeAll(source, prefix, { keysOnly })) items.push(item);
  return items;
}

/**
 * Whose reservations count: those of whoever lives, and of what was committed. What a dead process had reserved and not
 * committed has ended with its lease.
 */
export async function reservingWorkflows(
  snapshot: Pick<Snapshot, 'range'>,
  env: Omit<OwnerView, 'store'>,
): Promise<Set<string>> {
  const all = await ownersIn(snapshot, env);
  const counting = all.filter(({ state, workflow }) => state === 'alive' || workflow.phase !== 'claiming');
  return new Set(counting.map(({ workflow }) => workflow.id));
}

async function isDead(env: OwnerView, owner: OwnerRecord): Promise<boolean> {
  const isRegistered =
    owner.released ||
    owner.process === env.process.id ||
    (await env.store.get(keys.process(owner.process))) !== undefined;
  return isDeadAmong(env, owner, () => isRegistered);
}

function isDeadAmong(
  env: Omit<OwnerView, 'store'>,
  owner: OwnerRecord,
  isRegistered: (process: string) => boolean,
): boolean {
  if (owner.released) return true;
  if (owner.process === env.process.id) return false;
  return !isRegistered(owner.process) || isHolderDead(owner.holder, env.host) === 'dead';
}

export function newOwner(env: WorkflowEnv, fence: number): OwnerRecord {
  return { process: env.process.id, holder: env.process.holder, fence, sinceMs: env.clock.nowMs() };
}

/** The revision of our ownership, or undefined when somebody else was faster. */
export async function takeOver(
  env: WorkflowEnv,
  id: string,
  seen: WorkflowOwner,
  also: readonly Operation[] = [],
): Promise<Revision | undefined> {
  const key = keys.workflowOwner(id);
  const compare: Compare[] = [
    { key, modRevision: seen.ownerRevision },
    { key: keys.workflow(id), exists: true },
  ];
  const owner = newOwner(env, (seen.owner?.fence ?? 0) + 1);
  const result = await env.store.txn({
    compare,
    success: [{ type: 'put', key, value: JSON.stringify(owner) }, ...also],
  });
  return result.succeeded ? result.revision : undefined;
}

/** `anna on host db-1, process 4711, since 2026-01-02T03:04:05.678Z`. */
export function holderText(owner: OwnerRecord | undefined): string {
  if (!owner) return 'nobody';
  const { holder } = owner;
  return `${holder.actor.name} on ${holder.host}, process ${holder.pid}, since ${isoTime(owner.sinceMs)}`;
}
