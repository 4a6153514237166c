/**
 * The part of the one door (types.ts) that is about work under way: tasks, claims, what is frozen, and the history. Inputs
 * are checked by the schemas in task-inputs.ts.
 */
import type { DiagnosticCode } from '../../lib/diagnostic-codes.ts';
import type { KindName } from '../model/kinds.ts';
import type { Actor } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import type { Attestation } from '../workflow/attest.ts';
import type { Freeze } from '../workflow/control.ts';
import type { Compensation } from '../workflow/preview.ts';
import type { Task, TaskState } from '../workflow/tasks.ts';
import type { RecoveredWorkflow, Report, UnitState } from './types.ts';

export interface TaskOperations {
  /** Tasks: one a resource of a plan that was applied (workflow/tasks.ts). `workflow`: its id, or the beginning of it. */
  'task.list': {
    input: { workflow?: string; states?: readonly TaskState[]; limit?: number };
    /** `more`: so many were left out. */
    result: Report & { tasks: readonly Task[]; more: number };
  };
  /** `task`: an id, its uuid, the beginning of that, or the address of a resource that has an open task. */
  'task.show': { input: { task: string }; result: Report & { task?: Task } };
  /** Emits task.changed whenever it has, until it has ended or waits for a person. */
  'task.watch': { input: { task: string }; result: Report & { task?: Task } };
  /** Emits task.changed of every task whenever it has, until the caller has had enough; then the outcome is interrupted. */
  'task.follow': { input: Record<string, never>; result: Report };
  /** `task`: as in task.show, or the id of a workflow for all of its tasks. */
  'task.suspend': { input: { task: string }; result: Report & { tasks: readonly Task[] } };
  'task.cancel': { input: { task: string }; result: Report & { tasks: readonly Task[] } };
  'task.resume': { input: { task: string }; result: Report & TaskDecided };
  /** `preview`: says what would be undone, after asking the devices; does nothing. */
  'task.rollback': {
    input: { task: string; preview: boolean };
    result: Report & TaskDecided & { compensations: readonly Compensation[] };
  };
  /** Ended tasks for a request that needs no workflow. `problem`: why it can't be; without one it is so already. */
  'task.settle': {
    input: {
      /** `create volume`. */
      name: string;
      /** Without a URN: of something that isn't there. */
      resources: readonly { kind: KindName; name: string; urn?: Urn | undefined; address?: string | undefined }[];
      problem?: { code: DiagnosticCode; details: string } | undefined;
    };
    result: Report & { tasks: readonly Task[] };
  };
  /** Where the device can't be asked, what a person says about an open unit counts. */
  resolve: { input: { address: string; as: Attestation }; result: Report & TaskDecided };
  'claim.list': { input: Record<string, never>; result: Report & { claims: readonly ListedClaim[] } };
  'claim.show': { input: { address: string }; result: Report & { claims: readonly ListedClaim[] } };
  /** `force`: although its holder may live. */
  'claim.break': {
    input: { workflow: string; force: boolean };
    /** `open`: addresses of what has not ended. */
    result: Report & { workflow: string; holder: string; open: readonly string[] };
  };
  /** Workflows that have ended, the newest first; with `workflow` the units and steps of that one. */
  history: {
    input: { workflow?: string; limit?: number };
    result: Report & { workflows: readonly PastWorkflow[] };
  };
  /** `running`: workflows whose process lives; their calls end, and no other begins. */
  freeze: { input: { why: string }; result: Report & { freeze: Freeze; already: boolean; running: readonly string[] } };
  /** What was lifted, if anything was frozen; `waiting`: workflows that nobody runs. */
  thaw: { input: Record<string, never>; result: Report & { freeze?: Freeze; waiting: readonly string[] } };
}

/** What became of a workflow after somebody decided about it. */
export interface TaskDecided {
  readonly tasks: readonly Task[];
  readonly workflow?: RecoveredWorkflow;
}

export interface ListedClaim {
  readonly workflow: string;
  readonly operation: string;
  readonly phase: 'claiming' | 'committed' | 'suspended';
  readonly holder: string;
  /** dead: whoever comes next may go on with it. */
  readonly state: 'alive' | 'dead';
  readonly waitsFor?: 'decision';
  readonly sinceMs: number;
  readonly exclusive: readonly { readonly address: string; readonly urn: Urn }[];
  readonly shared: readonly { readonly address: string; readonly urn: Urn }[];
}

export interface PastWorkflow {
  readonly workflow: string;
  readonly plan: string;
  readonly operation: string;
  readonly actor: Actor;
  readonly endedAtMs: number;
  readonly counts: Readonly<Partial<Record<UnitState, number>>>;
  /** Only of the one that was asked for. */
  readonly units?: readonly {
    readonly unit: string;
    /** While the tasks of the workflow are kept. */
    readonly address?: string;
    readonly state: string;
    readonly atMs: number;
    readonly error?: string;
    /** Who had said that no host uses what it takes away or overwrites. */
    readonly attestedBy?: string;
  }[];
  readonly steps?: readonly {
    readonly unit: string;
    readonly step: string;
    readonly state: string;
    readonly attempt: number;
    readonly atMs: number;
  }[];
  /** What people have said of units whose device could not be asked, and whether it counted. */
  readonly attested?: readonly {
    readonly unit: string;
    readonly as: Attestation;
    readonly by: Actor;
    readonly atMs: number;
    readonly counted?: boolean;
  }[];
}
