/**
 * What must be true of every single change of a device, looked at the moment that it happens: who makes it runs the workflow
 * that holds the objects, somebody approved it, nothing that isn't ours is touched, nothing promised is broken.
 */
import type { Request } from '../../../drivers/simulator/messages.ts';
import type { StoredMask, StoredPool, StoredVolume } from '../../../drivers/simulator/objects.ts';
import type { FollowingPair } from '../../../src/engine/model/following.ts';
import type { Plan, Step, StepKind, Unit } from '../../../src/engine/planner/plan.ts';
import type { WorkflowRecord } from '../../../src/engine/workflow/types.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { Change } from '../world/noting-kv.ts';
import type { SimArray } from '../world/sim-array.ts';
import { LIMITS_OF_POOLS } from '../world/topology.ts';
import { isTaking } from './full-copies.ts';
import type { Approval, Monitor } from './monitor.ts';

/** Which steps make which call: going forward, and as the undo. */
const CALLS: Readonly<Record<string, { readonly forward: readonly StepKind[]; readonly undo: readonly StepKind[] }>> = {
  ensureVolume: { forward: ['volume.create'], undo: ['volume.create'] },
  deleteVolume: {
    forward: ['volume.delete', 'snapshot.create'],
    undo: ['volume.create', 'snapshot.create', 'snapshot.copy'],
  },
  renameVolume: { forward: ['volume.rename'], undo: ['volume.rename'] },
  markVolume: { forward: ['volume.mark'], undo: ['volume.unmark'] },
  unmarkVolume: { forward: ['volume.unmark'], undo: ['volume.mark'] },
  expandVolume: { forward: ['volume.expand'], undo: [] },
  startZeroing: { forward: ['volume.zero'], undo: [] },
  cancelZeroing: { forward: [], undo: ['volume.zero'] },
  ensureSnapshots: { forward: ['snapshot.create'], undo: [] },
  startSnapshots: { forward: ['snapshot.copy'], undo: [] },
  cancelSnapshots: { forward: [], undo: ['snapshot.copy'] },
  startCopy: { forward: ['volume.copy'], undo: ['volume.copy'] },
  cancelCopy: { forward: [], undo: ['volume.copy'] },
  ensureMirror: { forward: ['mirror.begin'], undo: [] },
  pauseMirrors: { forward: ['mirror.pause'], undo: ['mirror.begin', 'mirror.resume'] },
  resumeMirror: { forward: ['mirror.resume'], undo: ['mirror.pause'] },
  splitMirror: { forward: ['mirror.split'], undo: [] },
  ensureMask: { forward: ['mask.ensure'], undo: ['mask.ensure', 'mask.delete'] },
  deleteMask: { forward: ['mask.delete'], undo: ['mask.ensure'] },
  ensureMapping: { forward: ['mapping.ensure'], undo: ['mapping.remove'] },
  removeMapping: { forward: ['mapping.remove'], undo: ['mapping.ensure'] },
};

interface MarkedPair {
  readonly source: { readonly mark: { readonly urn: string } };
  readonly target: { readonly mark: { readonly urn: string } };
}

interface MarkedArgs {
  readonly pairs?: readonly MarkedPair[];
  readonly mark?: { readonly urn: string };
  readonly expect?: { readonly mark: { readonly urn: string } };
  readonly mask?: { readonly mark: { readonly urn: string } };
  readonly volume?: { readonly mark: { readonly urn: string } };
  readonly from?: { readonly mark: { readonly urn: string } };
  readonly to?: { readonly mark: { readonly urn: string } };
  readonly source?: { readonly mark: { readonly urn: string } };
  readonly target?: { readonly mark: { readonly urn: string } };
  readonly members?: readonly {
    readonly mark: { readonly urn: string };
    readonly source: { readonly mark: { readonly urn: string } };
    readonly name: string;
  }[];
  readonly copy?: string;
  readonly set?: string;
  readonly attested?: boolean;
  readonly hlu?: number;
  readonly name?: string;
  readonly sizeBytes?: number;
}

/** Of continuous copies, whichever call. */
const pairsOf = ({ pairs, source, target }: MarkedArgs): readonly MarkedPair[] =>
  pairs ?? (source && target ? [{ source, target }] : []);

const isPair = (pair: FollowingPair, { source, target }: MarkedPair): boolean =>
  pair.source === source.mark.urn && pair.target === target.mark.urn;

const argsOf = (request: Request) => request.args as MarkedArgs;

export function urnsOf(request: Request): string[] {
  const { mark, expect, mask, volume, from, to, source, target, members = [], pairs = [] } = argsOf(request);
  const marked = [expect, mask, volume, from, to, source, target];
  const one = [mark?.urn, ...marked.map((each) => each?.mark.urn)];
  const each = members.flatMap((member) => [member.mark.urn, member.source.mark.urn]);
  const both = pairs.flatMap((pair) => [pair.source.mark.urn, pair.target.mark.urn]);
  return [...one.filter((urn) => urn !== undefined), ...each, ...both];
}

/** The marks are renewed by a review, outside of any workflow: it changes nothing but their epoch. */
const isRenewal = (process: Incarnation, request: Request) =>
  process.operation.startsWith('review') && request.operation === 'markVolume';

/** The workflow, run by this process, that holds all of these. */
function workflowOf(monitor: Monitor, process: Incarnation, urns: readonly string[]): WorkflowRecord | undefined {
  const { state } = monitor;
  return state.workflows().find(({ id }) => {
    const owner = state.owner(id);
    return owner && process.registrations.has(owner.process) && urns.every((urn) => state.isClaimed(urn, id));
  });
}

/** What was agreed about the plan of the workflow, run by this process, that holds all of these. */
export function approvalOf(monitor: Monitor, process: Incarnation, urns: readonly string[]): Approval | undefined {
  const workflow = workflowOf(monitor, process, urns);
  const plan = workflow && monitor.state.plan(workflow);
  return plan && monitor.approvals.get(plan.id);
}

/** Invariants "one writer a resource" and "applied ⊆ approved". What a dead one had sent may still arrive. */
export function checkCaller(monitor: Monitor, process: Incarnation, array: SimArray, request: Request): void {
  const { world } = monitor;
  if (process.state === 'dead' || isRenewal(process, request)) return;
  const urns = urnsOf(request);
  const what = `${process.name}: ${request.operation} of ${urns.join(' and ')} on ${array.name}`;
  const workflow = workflowOf(monitor, process, urns);
  if (!workflow) {
    world.violate('one-writer', `${what} by a process that runs no workflow which holds it`);
    return;
  }
  const plan = monitor.state.plan(workflow);
  if (!plan || !monitor.approvals.has(plan.id)) {
    world.violate('applied-is-approved', `${what} for workflow ${workflow.id}, whose plan nobody approved`);
    return;
  }
  const step = stepOf(monitor, workflow, plan, request, urns);
  if (!step) world.violate('applied-is-approved', `${what}: no step of plan ${plan.id} says so`);
}

function stepOf(
  monitor: Monitor,
  workflow: WorkflowRecord,
  plan: Plan,
  request: Request,
  urns: readonly string[],
): { unit: Unit; step: Step; undoing: boolean } | undefined {
  const kinds = CALLS[request.operation]!;
  for (const unit of plan.units) {
    const entry = monitor.state.unit(workflow.id, unit.id);
    const undoing = entry?.state === 'undoing' || entry?.direction === 'undo';
    for (const step of unit.steps) {
      if (!(undoing ? kinds.undo : kinds.forward).includes(step.kind)) continue;
      if (urns.every((urn) => namesOf(step).includes(urn)) && agrees(step, request, undoing))
        return { unit, step, undoing };
    }
  }
  return undefined;
}

function namesOf(step: Step): readonly string[] {
  if (isTaking(step)) return step.args.members.flatMap(({ snapshot, volume }) => [snapshot, volume]);
  if (step.kind === 'mirror.pause') return step.args.pairs.flatMap(({ source, target }) => [source, target]);
  if (step.kind === 'volume.copy')
    return [step.args.to, step.args.from, step.args.putBack].filter((urn) => urn !== undefined);
  const { volume, mask, source, target } = step.args as {
    readonly [key in 'volume' | 'mask' | 'source' | 'target']?: string;
  };
  return [volume, mask, source, target].filter((urn) => urn !== undefined);
}

/** With the very numbers and names that were shown. */
function agrees(step: Step, request: Request, undoing: boolean): boolean {
  const args = argsOf(request);
  switch (step.kind) {
    case 'mapping.ensure':
    case 'mapping.remove':
      return step.args.hlu === args.hlu;
    case 'volume.create':
      return args.name === undefined || (step.args.name === args.name && step.args.sizeBytes === args.sizeBytes);
    case 'snapshot.create':
    case 'snapshot.copy': {
      const { members } = step.args;
      // What was to be taken of applications at rest goes again where they were not.
      if (args.set === undefined)
        return undoing || (step.kind === 'snapshot.create' && step.args.quiesce !== undefined);
      if (args.attested && !(step.kind === 'snapshot.copy' && step.args.attested)) return false;
      return (
        step.args.set === args.set &&
        args.members?.map(({ name }) => name).join() === members.map(({ name }) => name).join()
      );
    }
    case 'volume.copy': {
      const { copy, from, to, putBack } = step.args;
      if (args.copy === undefined) return true;
      const [id, source] = undoing ? [`${copy}-undo`, putBack] : [copy, from];
      return args.copy === id && args.from?.mark.urn === source && args.to?.mark.urn === to;
    }
    case 'mirror.pause': {
      const { pairs } = step.args;
      // What is undone goes on pair by pair.
      const asked = pairsOf(args);
      return (
        (undoing || asked.length === pairs.length) && asked.every((pair) => pairs.some((each) => isPair(each, pair)))
      );
    }
    case 'mirror.begin':
    case 'mirror.resume':
    case 'mirror.split':
      return pairsOf(args).every((pair) => isPair(step.args, pair));
    case 'volume.expand':
      return step.args.sizeBytes === args.sizeBytes;
    case 'volume.rename':
      return args.name === (undoing ? step.args.from : step.args.to);
    default:
      return true;
  }
}

const parsed = <T>(text: string | undefined): T | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as T);

/** What the change did to the array. */
export function checkEffect(
  monitor: Monitor,
  process: Incarnation,
  array: SimArray,
  request: Request,
  changes: readonly Change[],
): void {
  const urns = urnsOf(request);
  for (const { key, before, after } of changes) {
    if (key.startsWith('volume/')) {
      const [was, is] = [parsed<StoredVolume>(before), parsed<StoredVolume>(after)];
      if (!isOnlyCounted(was, is)) foreignUntouched(monitor, process, array, request, urns, was);
      if (!was && is) notCreatedBecauseMissing(monitor, process, array, is);
      if (was && !is) onlyConfirmedRemoved(monitor, process, array, was);
    } else if (key.startsWith('mask/')) {
      const [was, is] = [parsed<StoredMask>(before), parsed<StoredMask>(after)];
      foreignUntouched(monitor, process, array, request, urns, was);
      if (is) hlusUnique(monitor, array, is);
      if (is && monitor.ourUrn(is) !== undefined) identityShown(monitor, process, array, was, is);
    } else if (key.startsWith('pool/')) {
      withinLimits(monitor, array, parsed<StoredPool>(after)!);
    }
  }
}

/** That it has a snapshot, or one less; that one more follows it, or one less. */
function isOnlyCounted(was: StoredVolume | undefined, is: StoredVolume | undefined): boolean {
  if (!was || !is) return false;
  const { snapshots: _snapshots, mirrors: _mirrors, ...then } = was;
  const { snapshots: _also, mirrors: _too, ...now } = is;
  return JSON.stringify(then) === JSON.stringify(now);
}

/** Nothing changes but what carries our mark for exactly what the call is about (or is adopted by it). */
function foreignUntouched(
  monitor: Monitor,
  process: Incarnation,
  array: SimArray,
  request: Request,
  urns: readonly string[],
  was: StoredVolume | StoredMask | undefined,
): void {
  if (!was) return;
  const urn = monitor.ourUrn(was);
  if (urn !== undefined && urns.includes(urn)) return;
  if (urn === undefined && was.tag === undefined && request.operation === 'markVolume') return;
  monitor.world.violate(
    'foreign-untouched',
    `${process.name}: ${request.operation} changed ${was.name} (${array.name}/${was.id}), which ${urn === undefined ? 'is not ours' : `is ${urn}`}`,
  );
}

/** What was acknowledged and is gone is never made anew unless somebody said so by name. */
function notCreatedBecauseMissing(monitor: Monitor, process: Incarnation, array: SimArray, is: StoredVolume): void {
  const urn = monitor.ourUrn(is);
  if (urn === undefined) return;
  for (const other of monitor.world.arrays.values()) {
    for (const [key, text] of other.texts) {
      if (!key.startsWith('volume/')) continue;
      const volume = JSON.parse(text) as StoredVolume;
      if ((other !== array || volume.id !== is.id) && monitor.ourUrn(volume) === urn) {
        if (monitor.lied.has(`${other.name}/${volume.id}`)) continue;
        monitor.world.violate(
          'one-object-a-record',
          `${other.name}/${volume.id} and ${array.name}/${is.id} are both ${urn}`,
        );
      }
    }
  }
  const known = monitor.acknowledged.get(urn);
  if (!known || process.state === 'dead') return;
  const address = monitor.state.record(urn);
  const workflow = workflowOf(monitor, process, [urn]);
  const plan = workflow && monitor.state.plan(workflow);
  const asked = plan && monitor.approvals.get(plan.id)?.replaceMissing;
  if (asked?.some((text) => text.endsWith(`volume.${address?.name}`))) {
    monitor.acknowledged.delete(urn);
    return;
  }
  monitor.world.violate(
    'not-created-because-missing',
    `${process.name} made ${array.name}/${is.id} for ${urn}, which was ${known.array}/${known.nativeId} and that nobody asked to replace`,
  );
}

/** A volume that somebody was told of goes only by a plan that says so, with the number confirmed. */
function onlyConfirmedRemoved(monitor: Monitor, process: Incarnation, array: SimArray, was: StoredVolume): void {
  const urn = monitor.ourUrn(was);
  if (urn === undefined || process.state === 'dead') return;
  const known = monitor.acknowledged.get(urn);
  if (known?.nativeId !== was.id || known.array !== array.name) return;
  const workflow = workflowOf(monitor, process, [urn]);
  const plan = workflow && monitor.state.plan(workflow);
  const approval = plan && monitor.approvals.get(plan.id);
  const removes = plan?.units.some((unit) =>
    unit.steps.some((step) => step.kind === 'volume.delete' && step.args.volume === urn),
  );
  const confirmed = approval && approval.confirmDestroy === approval.plan.removals.volumes;
  const current = Number(monitor.state.value('m/epoch') ?? 0);
  if (plan && plan.epoch < current) {
    monitor.world.violate(
      'restored-state-deletes-nothing',
      `${process.name} deleted ${array.name}/${was.id} (${urn}) for a workflow of epoch ${plan.epoch}, the state is at ${current}`,
    );
  }
  if (removes && confirmed) monitor.acknowledged.delete(urn);
  else {
    monitor.world.violate(
      'removed-only-what-was-confirmed',
      `${process.name} deleted ${array.name}/${was.id} (${urn}), which was acknowledged and whose removal nobody confirmed`,
    );
  }
}

function hlusUnique(monitor: Monitor, array: SimArray, mask: StoredMask): void {
  const hlus = mask.mappings.map(({ hlu }) => hlu);
  if (new Set(hlus).size < hlus.length) {
    monitor.world.violate(
      'hlu-unique',
      `mask ${array.name}/${mask.name} maps two volumes at one HLU: ${hlus.join(', ')}`,
    );
  }
}

/** What initiators see at a LUN that was just made is the volume's own identity. */
function identityShown(
  monitor: Monitor,
  process: Incarnation,
  array: SimArray,
  was: StoredMask | undefined,
  is: StoredMask,
): void {
  const before = new Set(was?.mappings.map(({ hlu }) => hlu));
  for (const { hlu, volume, wwn } of is.mappings) {
    if (before.has(hlu)) continue;
    const recorded = parsed<StoredVolume>(array.texts.get(`volume/${volume}`))?.wwn;
    if (wwn === recorded) continue;
    monitor.world.violate(
      'identity-is-shown',
      `${process.name} mapped ${array.name}/${volume} at HLU ${hlu} of ${is.name}, which shows ${wwn} instead of ${recorded}`,
    );
  }
}

/** For what we made: people and hosts may fill a pool beyond any limit. */
function withinLimits(monitor: Monitor, array: SimArray, pool: StoredPool): void {
  let allocated = 0;
  let subscribed = 0;
  for (const [key, text] of array.texts) {
    if (!key.startsWith('volume/')) continue;
    const volume = JSON.parse(text) as StoredVolume;
    if (volume.pool !== pool.name || monitor.ourUrn(volume) === undefined) continue;
    if (monitor.touched.has(`${array.name}/${volume.id}`)) continue;
    // What a snapshot takes grows as its volume is overwritten: a share of it is what was promised.
    const isInFull = volume.snapshot?.fullCopy === true;
    const isShared = volume.snapshot && !isInFull;
    const bytes = isShared ? Math.ceil(volume.sizeBytes * LIMITS.snapshotReserveFraction) : volume.sizeBytes;
    subscribed += bytes;
    if (volume.provisioning === 'thick' || isInFull) allocated += bytes;
  }
  const over = (what: string, is: number, limit: number) => {
    if (is > limit) {
      monitor.world.violate(
        'within-capacity',
        `${array.name}/${pool.name}: ${what} by ours ${is}, the limit is ${limit}`,
      );
    }
  };
  over('allocated', allocated, Math.floor(pool.totalBytes * LIMITS_OF_POOLS.utilisation));
  over('subscribed', subscribed, Math.floor(pool.totalBytes * LIMITS_OF_POOLS.subscription));
}
