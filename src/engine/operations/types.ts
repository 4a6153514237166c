/**
 * The one door: every operation's name, right, input and result, and the events it emits on the way. Commands, REST and
 * portal know only this file and an EngineClient. Everything is JSON; inputs are checked by the schemas in inputs.ts.
 */
import type { Diagnostic, OperationOutcome } from '../../lib/diagnostic.ts';
import type { FormattedFile, PlanText } from '../config/desired.ts';
import type { KindName } from '../model/kinds.ts';
import type { Actor, ResourceRecord } from '../model/record.ts';
import type { Action, OutputValue, Plan } from '../planner/plan.ts';
import type { Bounds } from '../tenancy/bounds.ts';
import type { Pause } from '../workflow/steps/handler.ts';
import type { Task } from '../workflow/tasks.ts';
import type { OnError } from '../workflow/types.ts';
import type { ByNameOperations } from './by-name-types.ts';
import type { CandidateOperations } from './candidate-types.ts';
import type { ConnectivityOperations } from './connectivity-types.ts';
import type { CopyOperations } from './copy-types.ts';
import type { DaemonOperations } from './daemon-types.ts';
import type { DeviceOperations } from './device-types.ts';
import type { ExplainOperations } from './explain-types.ts';
import type { ForecastOperations } from './forecast-types.ts';
import type { ImportMatchInput, ImportMatchResult } from './import-types.ts';
import type { LoginOperations } from './login-types.ts';
import type { LookingOperations } from './looking-types.ts';
import type { MetricsOperations } from './metrics-types.ts';
import type { NetworkOperations } from './network-types.ts';
import type { PathOperations } from './path-types.ts';
import type { PoolOperations } from './pool-types.ts';
import type { ReclaimOperations } from './reclaim-types.ts';
import type { RecordOperations } from './record-types.ts';
import type { TaskOperations } from './task-types.ts';
import type { WhatIfOperations } from './whatif-types.ts';
import type { ZoneOperations } from './zone-types.ts';

export type { NetworkSeen, SystemSeen } from './looking-types.ts';

/** What may be asked with plan text. */
export interface PlanSource {
  readonly texts: readonly PlanText[];
  readonly variables: Readonly<Record<string, string>>;
}

/** Which part to plan or look at: patterns of addresses (model/address-pattern.ts). */
export interface PartOptions {
  readonly targets?: readonly string[];
  readonly excludes?: readonly string[];
}

/** What is said about hosts and people whom a plan could hurt, and how devices are looked at. */
export interface Attestations {
  /** Who attests that the hosts have let go of what is unexported. */
  readonly attestOffline?: string;
  /** Who vouches for what the plan unexports and for the LUN numbers that it frees alone, as callers of CoprHD's API do. */
  readonly attestUnexports?: string;
  /** Hosts that are logged in are waited for before they lose access; so long without a logout is too long. */
  readonly waitIdleMs?: number;
  /** What others saved on fabrics and did not enable may go into effect with our zones. */
  readonly activatePending?: boolean;
  readonly refresh?: Refresh;
}

export interface PlanOptions extends PartOptions, Attestations {
  /** One address each, never a pattern. */
  readonly replaceMissing?: readonly string[];
}

/**
 * Whether devices are looked at. `full` (the default): all concerned, now. `none`: never, what was kept must do. `auto`: what
 * was kept does while it is younger than LIMITS.observationFreshMs.
 */
export type Refresh = 'auto' | 'none' | 'full';

export interface OperationMap
  extends TaskOperations,
    PoolOperations,
    PathOperations,
    CopyOperations,
    CandidateOperations,
    ConnectivityOperations,
    ExplainOperations,
    ForecastOperations,
    MetricsOperations,
    DeviceOperations,
    NetworkOperations,
    ByNameOperations,
    LoginOperations,
    DaemonOperations,
    ReclaimOperations,
    RecordOperations,
    WhatIfOperations,
    LookingOperations,
    ZoneOperations {
  init: { input: Record<string, never>; result: { installation: string; state: string } };
  validate: { input: PlanSource; result: Report & { stacks: number; resources: number } };
  plan: { input: PlanSource & PlanOptions; result: Report & { plan?: Plan } };
  apply: { input: ApplyInput; result: ApplyResult };
  /** Values of outputs now, plan text in its one form (absent where it can't be), and the JSON Schema of plan files. */
  output: { input: PlanSource & { name?: string }; result: Report & { outputs: readonly OutputValue[] } };
  fmt: { input: { texts: readonly PlanText[] }; result: Report & { files: readonly FormattedFile[] } };
  schema: { input: Record<string, never>; result: Report & { schema: object } };
  destroy: { input: DestroyInput; result: Report & { plan?: Plan } };
  undelete: { input: { address: string }; result: Report & { plan?: Plan } };
  purge: { input: { address: string }; result: Report & { plan?: Plan } };
  import: {
    input: {
      address: string;
      system: string;
      nativeId: string;
      project: string;
      virtualPool: string;
      virtualArray: string;
    };
    /** `yaml`: what to put into a plan file so that the next plan has no changes. */
    result: Report & { plan?: Plan; yaml?: string };
  };
  'import.match': { input: ImportMatchInput; result: Report & ImportMatchResult };
  show: { input: { address?: string }; result: Report & { resources: readonly ShownResource[] } };
  /** Names that begin as typed, for the completion of shells. At most `limit`. */
  complete: {
    input: {
      what: 'address' | 'storageSystem' | 'networkSystem' | 'device' | 'secret' | 'task' | 'workflow';
      prefix: string;
      limit: number;
    };
    result: Report & { values: readonly string[] };
  };
  doctor: {
    /** `bundle`: also gather what helps support, as JSON documents by file name; no secrets. */
    input: { bundle: boolean };
    result: Report & { checks: readonly Check[]; files?: Readonly<Record<string, unknown>> };
  };
  recover: { input: Record<string, never>; result: Report & { workflows: readonly RecoveredWorkflow[] } };
  graph: {
    /** Of the given files; else of what is recorded, all of it or what is connected with one resource. */
    input: { source?: PlanSource; address?: string };
    result: Report & { graph?: ResourceGraph };
  };
  'state.list': { input: { kind?: KindName }; result: Report & { resources: readonly ListedResource[] } };
  'state.show': { input: { address: string }; result: Report & { record?: ResourceRecord; revision?: number } };
  'state.export': { input: Record<string, never>; result: Report & { document: string; records: number } };
  'state.import': {
    input: { document: string; replace: boolean };
    result: Report & { records: number; epoch: number };
  };
  'secret.init': {
    input: Record<string, never>;
    /** `made`: a new key was made; else one that was given already is in use. */
    result: Report & { keyId: string; source: string; made: boolean };
  };
  'secret.set': {
    input: { name: string; value: string };
    result: Report & { name: string; keyId: string; replaced: boolean };
  };
  'secret.list': {
    input: Record<string, never>;
    /** `previousKeyIds`: a rotation is open, and some may still be sealed under these. */
    result: Report & {
      secrets: readonly ListedSecret[];
      keyId?: string;
      previousKeyIds?: readonly string[];
    };
  };
  'secret.remove': { input: { name: string }; result: Report & { name: string } };
  'secret.rotate': {
    input: Record<string, never>;
    result: Report & { keyId: string; resealed: number; oldKeyIds: readonly string[]; source: string };
  };
  /** Management of simulated arrays: the simulator driver's own verbs (drivers/simulator/manage.ts). */
  sim: {
    input: { verb: 'up' | 'fault' | 'break' | 'edit' | 'reset' | 'show'; arguments: Record<string, unknown> };
    result: Report & { output: unknown };
  };
}

export type OperationName = keyof OperationMap;
export type InputOf<N extends OperationName> = OperationMap[N]['input'];
export type ResultOf<N extends OperationName> = OperationMap[N]['result'];

/** Part of every result: how it ended (exit codes follow from it) and what to say. */
export interface Report {
  readonly outcome: OperationOutcome;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ApplyInput {
  /** Exactly one of these: plan text (planned, confirmed by `approve`, applied; may be re-placed), or a saved plan. */
  readonly source?: PlanSource & PlanOptions;
  readonly plan?: Plan;
  readonly skipHeld: boolean;
  /** Number of removals that the caller confirmed; undefined = none. */
  readonly confirmDestroy?: number;
  /** How long to wait for resources claimed by another, milliseconds. 0 = not at all. */
  readonly claimWaitMs: number;
  /** Units that run at once; LIMITS.unitsInFlightMax without it. */
  readonly parallel?: number;
  /** Calls at once on one device, within its driver's limit. */
  readonly deviceLimit?: number;
  /** What becomes of a unit of which a step failed; `rollback` without it. */
  readonly onError?: OnError;
  /** All or nothing; refused when a step of the plan is not reversible. */
  readonly atomic?: boolean;
  /** With a saved plan: only says whether it can still be applied. Changes nothing. */
  readonly onlyCheck?: boolean;
  /**
   * Of a process that lives on and is asked for much: what others left open it sees to now and then and not with each of
   * these, and what the devices show afterwards is kept once they are quiet.
   */
  readonly background?: boolean;
}

/** prepared: all its steps are done, and it ends with the other units of its atomic plan. */
export type UnitState = 'done' | 'prepared' | 'undone' | 'failed' | 'unknown' | 'not-started';

export interface ApplyResult extends Report {
  readonly workflow?: string;
  readonly plan?: Plan;
  readonly units: readonly {
    readonly id: string;
    readonly address: string;
    readonly action: string;
    readonly state: UnitState;
    readonly error?: string;
  }[];
  readonly counts: Readonly<Record<UnitState, number>>;
  /** What stays open goes on once somebody has said how, or has lifted the freeze. */
  readonly waitsFor?: 'decision' | 'thaw';
  /** Earlier workflows of dead processes that were brought to their end first. */
  readonly recovered: readonly RecoveredWorkflow[];
  readonly elapsedMs: number;
  /** Of the plan, after it ran. Absent when the files have none. */
  readonly outputs?: readonly OutputValue[];
}

export interface DestroyInput extends PartOptions, Attestations {
  /** Stack names; text of plan files may be given instead, then their stacks. Infrastructure only when named. */
  readonly stacks: readonly string[];
}

export interface ShownResource {
  readonly address: string;
  readonly kind: KindName;
  readonly urn: string;
  readonly name: string;
  readonly phase: string;
  /** Words of the plan language, names for references. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly children: readonly ShownResource[];
}

export interface ListedResource {
  readonly address: string;
  readonly kind: KindName;
  readonly urn: string;
  readonly phase: string;
  readonly revision: number;
}

export interface Check {
  /** What is looked at: `state`, `devices`. */
  readonly name: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly what: string;
  readonly fix?: string;
}

/** Never the value. */
export interface ListedSecret {
  readonly name: string;
  readonly keyId: string;
  readonly setAtMs: number;
  readonly setBy: Actor;
  /** Storage systems that refer to it. */
  readonly usedBy: readonly string[];
}

export interface RecoveredWorkflow {
  readonly workflow: string;
  readonly operation: string;
  readonly holder: string;
  /** What was done with it: `released` = it was never committed; `finished` = brought to its end; `left` = its holder may live; `interrupted` = the caller had enough before its end, and it can be gone on with at once; `suspended` = it waits for somebody to say how it goes on. */
  readonly result:
    | 'released'
    | 'finished'
    | 'partial'
    | 'unknown'
    | 'left'
    | 'interrupted'
    | 'suspended'
    | 'frozen'
    | 'unreviewed'
    | 'maintenance';
  /** The storage system that is to be reviewed first: the state was restored since. */
  readonly unreviewed?: string;
  /** Of which storage system it waits for the end, and who works on it. */
  readonly maintenance?: Diagnostic;
  readonly steps: readonly { readonly unit: string; readonly step: string; readonly verdict: string }[];
}

/** Resources and what they refer to; or the units of a plan and their order. Sorted: equal inputs make equal graphs. */
export interface ResourceGraph {
  readonly what: 'resources' | 'plan';
  readonly nodes: readonly GraphNode[];
  /** Resources: from who refers to what is referred to. Plan: from what is done first to what waits for it. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly field?: string }[];
}

export interface GraphNode {
  /** Its address; in a plan, of the unit. Unique. */
  readonly id: string;
  readonly kind: KindName;
  /** Drawn together: a stack. */
  readonly group: string;
  /** Resources: not in the given files, but recorded; or recorded only. */
  readonly recorded?: boolean;
  /** Plans: what is done, in which wave (from 1; absent when it is held), and with how many device calls. */
  readonly action?: Action;
  readonly wave?: number;
  readonly deviceCalls?: number;
}

/** What happens on the way. `seq` counts from 1 within one operation. */
export type EngineEvent = { readonly seq: number; readonly atMs: number } & EventBody;

export type EventBody =
  | { readonly type: 'observe.started'; readonly system: string }
  | { readonly type: 'observe.finished'; readonly system: string; readonly trust: string; readonly durationMs: number }
  | { readonly type: 'recovery.started'; readonly workflow: string; readonly holder: string }
  | {
      readonly type: 'recovery.step';
      readonly workflow: string;
      readonly unit: string;
      readonly step: string;
      readonly verdict: string;
    }
  | { readonly type: 'plan.made'; readonly plan: Plan }
  | { readonly type: 'claim.waiting'; readonly address: string; readonly holder: string }
  | {
      readonly type: 'workflow.committed';
      readonly workflow: string;
      /** Of the workflow: what its tasks say as their start. */
      readonly createdAtMs?: number;
      readonly units: number;
      readonly steps: number;
    }
  | { readonly type: 'unit.started'; readonly unit: string; readonly address: string; readonly action: string }
  | {
      readonly type: 'unit.finished';
      readonly unit: string;
      readonly address: string;
      readonly state: UnitState;
      readonly durationMs: number;
      readonly error?: string;
    }
  | {
      readonly type: 'step.started';
      readonly unit: string;
      readonly step: string;
      readonly system: string;
      readonly summary: string;
    }
  | {
      readonly type: 'step.progress';
      readonly unit: string;
      readonly step: string;
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly type: 'step.retry';
      readonly unit: string;
      readonly step: string;
      readonly error: string;
      readonly attempt: number;
      readonly delayMs: number;
    }
  /** Said when the step is done. */
  | ({ readonly type: 'step.paused'; readonly unit: string; readonly step: string } & Pause)
  | { readonly type: 'step.finished'; readonly unit: string; readonly step: string; readonly durationMs: number }
  | { readonly type: 'task.changed'; readonly task: Task }
  | { readonly type: 'diagnostic'; readonly diagnostic: Diagnostic };

export interface OperationContext {
  readonly actor: Actor;
  readonly origin: 'cli' | 'rest' | 'internal';
  readonly requestId: string;
  /** Absent: the caller sees and changes whatever its rights are for. */
  readonly bounds?: Bounds;
  readonly signal: AbortSignal;
  readonly emit: (event: EventBody) => void;
}

/** How commands reach the engine: in this process, or (later) over HTTP. */
export interface EngineClient {
  call<N extends OperationName>(
    name: N,
    input: InputOf<N>,
    options?: { readonly onEvent?: (event: EngineEvent) => void; readonly signal?: AbortSignal },
  ): Promise<ResultOf<N>>;
  close(): Promise<void>;
}
