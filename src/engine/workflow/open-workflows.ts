/** Workflows that have not ended, as anybody may read them: record, owner, plan and journal. Changes nothing. */
import type { Plan } from '../planner/plan.ts';
import type { BlobStore } from '../state/blobs.ts';
import { keys } from '../state/keys.ts';
import { rangeAll, type StateStore, StoreDamagedError } from '../state/store.ts';
import { Journal } from './journal.ts';
import { type OwnerView, readOwner, type WorkflowOwner } from './owners.ts';
import type { WorkflowRecord } from './types.ts';

export interface OpenWorkflow {
  readonly workflow: WorkflowRecord;
  readonly owner: WorkflowOwner;
  readonly plan: Plan;
  readonly journal: Journal;
}

export interface WorkflowReader extends OwnerView {
  readonly blobs: BlobStore;
}

/** Throws StoreDamagedError when it is gone. */
export async function readPlan(blobs: BlobStore, workflow: WorkflowRecord): Promise<Plan> {
  const text = await blobs.get(workflow.planBlob);
  if (text === undefined) throw new StoreDamagedError(`the plan of workflow ${workflow.id} is gone from the state`);
  return JSON.parse(text) as Plan;
}

/** Undefined when there is no such workflow (any more). */
export async function readOpenWorkflow(reader: WorkflowReader, id: string): Promise<OpenWorkflow | undefined> {
  const owner = await readOwner(reader, id);
  const { workflow } = owner;
  if (!workflow) return undefined;
  try {
    const plan = await readPlan(reader.blobs, workflow);
    const journal = await Journal.load(id, reader.store);
    return { workflow, owner, plan, journal };
  } catch (error) {
    // Plan and workflow go in one transaction: it has ended between two reads.
    if (error instanceof StoreDamagedError && !(await reader.store.get(keys.workflow(id)))) return undefined;
    throw error;
  }
}

export async function openWorkflowIds(store: StateStore, prefix = ''): Promise<string[]> {
  const ids: string[] = [];
  for await (const { key } of rangeAll(store, `${keys.workflows}${prefix}`, { keysOnly: true })) {
    ids.push(key.slice(keys.workflows.length));
  }
  return ids;
}

/** In order of their beginning. */
export async function readOpenWorkflows(reader: WorkflowReader, prefix = ''): Promise<OpenWorkflow[]> {
  const all: OpenWorkflow[] = [];
  for (const id of await openWorkflowIds(reader.store, prefix)) {
    const open = await readOpenWorkflow(reader, id);
    if (open) all.push(open);
  }
  return all.sort((a, b) => a.workflow.createdAtMs - b.workflow.createdAtMs);
}
