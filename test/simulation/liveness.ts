/**
 * Faults have stopped: within minutes everything has ended, the second plan of each stack is empty (or held for a reason that
 * people have made), and nothing is left over: no claim, no workflow, no lease, no promise. What isn't so is said with the
 * reason, not with a timeout.
 */

import type { StatefulOperation } from '../../src/engine/operations/registry.ts';
import type { EventBody, InputOf } from '../../src/engine/operations/types.ts';
import type { Diagnostic } from '../../src/lib/diagnostic.ts';
import { readFacts, type StateFacts } from '../crash/support/state-facts.ts';
import type { Estate } from './actors/estate.ts';
import { reviewAll } from './actors/restorer.ts';
import { type Ended, run, wait } from './actors/running.ts';
import { checkAtRest } from './invariants/at-rest.ts';
import type { StateView } from './invariants/state-view.ts';
import type { Stack } from './world/stacks.ts';

const RECOVER_ROUNDS_MAX = 8;
const ATTESTED = 'the simulation';

export async function comesToItsEnd(estate: Estate): Promise<void> {
  const { world } = estate;
  // Leases of the dead on other machines run out.
  await wait(world, 20_000);
  if (world.monitor.restored && !(await reviewAll(estate, 'core'))) world.monitor.lied.add('review refused');
  await core(estate, 'thaw', {});
  await decideAll(estate);
  await recoverAll(estate);
  if (world.violation) return;
  const said: string[] = [];
  for (const stack of estate.stacks) await settles(estate, stack, said);
  if (world.violation) return;
  await policiesSettle(estate);
  if (world.violation) return;
  await settles(estate, undefined, said);
  await wait(world, 20_000);
  if (world.violation) return;
  await driftSaysSo(estate);
  if (world.violation) return;
  nothingLeaks(estate, await readFacts(world.store));
  for (const follower of estate.followers) follower.check();
  checkAtRest(world.monitor, await readFacts(world.store), said.join('\n'));
}

function core<N extends StatefulOperation>(estate: Estate, name: N, input: InputOf<N>): Promise<Ended<N>> {
  const process = estate.world.start('core', estate.world.machines[0]!);
  process.operation = name;
  return run<N>(process, name, input).finally(() => process.exit());
}

/** What waits for a person goes on, or back where it can't. */
async function decideAll(estate: Estate): Promise<void> {
  for (const verb of ['resume', 'rollback', 'resume'] as const) {
    for (const { id, waitsFor } of estate.world.monitor.state.workflows()) {
      if (waitsFor !== 'decision') continue;
      if (verb === 'rollback') await core(estate, 'task.rollback', { task: id, preview: false });
      else await core(estate, 'task.resume', { task: id });
    }
  }
}

async function recoverAll(estate: Estate): Promise<void> {
  const { world } = estate;
  for (let round = 0; round < RECOVER_ROUNDS_MAX; round++) {
    const process = world.start('core', world.machines[round % world.machines.length]!);
    process.operation = 'recover';
    const end = await run(process, 'recover', {});
    process.exit();
    // What a dead one had begun may turn out to need a decision only now.
    await decideAll(estate);
    const left = world.monitor.state.workflows();
    if (left.length === 0) return;
    // What people did to objects in the middle of somebody's work may stay open until one of them looks at it.
    if (round === 1 && peopleMeddled(estate)) return;
    if (round < RECOVER_ROUNDS_MAX - 1) await wait(world, 10_000);
    else if (!peopleMeddled(estate)) {
      const why = left.map(({ id, operation, phase }) => `${id} (${operation}, ${phase}): ${whyOpen(estate, id)}`);
      world.violate(
        'everything-ends',
        `after ${round + 1} recoveries there are still ${why.join('; ')}; ${JSON.stringify(end)}`,
      );
    }
  }
}

function whyOpen({ world }: Estate, workflow: string): string {
  const open: string[] = [];
  for (const key of world.monitor.state.keys) {
    if (!key.startsWith(`wj/${workflow}/`)) continue;
    const entry = JSON.parse(world.monitor.state.value(key)!) as { state: string; error?: { message: string } };
    if (entry.state !== 'done' && entry.state !== 'undone') {
      open.push(
        `${key.slice(key.lastIndexOf('/') + 1)} is ${entry.state}${entry.error ? `: ${entry.error.message}` : ''}`,
      );
    }
  }
  return open.join(', ') || 'no step is open';
}

/** Then a plan may be held, or a workflow stay open for a person to look at. */
const peopleMeddled = (estate: Estate): boolean => {
  const { monitor } = estate.world;
  const { touched, squats, restored, lied } = monitor;
  return touched.size > 0 || squats > 0 || restored || lied.size > 0 || fabricsAreMeddledWith(estate);
};

/** What a plan file alone may bring about, whatever happened before: also that the last zone of a fabric would go. */
const OWN_DOING =
  /^COPRHD-(CONFIG-01[56]|HELD-00[2-5]|HELD-010|HELD-01[34]|PATH-003|PLACE-|QUOTA-|PLAN-00[789]|ZONE-004)/;

/** What people saved on a fabric and did not enable, which keeps us from an undo too; and what they did to zones of ours. */
function fabricsAreMeddledWith({ world: { san, monitor } }: Estate): boolean {
  const others = [...(san?.fabrics.values() ?? [])].flatMap((fabric) =>
    fabric.drafts().filter((name) => !monitor.zones.isOurs(fabric.name, name)),
  );
  return others.length > 0 || monitor.zones.touched.size > 0;
}

const acceptable = (estate: Estate, { code }: Diagnostic): boolean =>
  OWN_DOING.test(code) ||
  (peopleMeddled(estate) && /^COPRHD-(HELD|IMPORT|DEVICE|APPLY)/.test(code)) ||
  (fabricsAreMeddledWith(estate) && /^COPRHD-ZONE-00[23]/.test(code));

/** Applied once, or twice where one plan waits for another; then there is nothing to do. */
async function settles(estate: Estate, stack: Stack | undefined, said: string[]): Promise<void> {
  const { world } = estate;
  const { monitor } = world;
  const name = stack?.name ?? 'infrastructure';
  const source = { ...estate.sourceOf(stack ? [stack] : [], !stack), attestOffline: ATTESTED };
  let last = '';
  for (let round = 0; round < 4; round++) {
    const shown = await core(estate, 'plan', source);
    if (shown.type !== 'result') return world.violate('everything-ends', `plan of ${name}: ${JSON.stringify(shown)}`);
    const { plan, diagnostics } = shown.result;
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const strange = errors.find((diagnostic) => !acceptable(estate, diagnostic));
    if (strange) return world.violate('second-plan-is-empty', `plan of ${name}: ${JSON.stringify(strange)}`);
    if (!plan || plan.units.length === 0) {
      // A file with an error is not applied at all.
      said.push(JSON.stringify([diagnostics, plan ? plan.changes.filter(({ held }) => held) : `all of ${name}/`]));
      return;
    }
    const confirmDestroy = plan.removals.volumes;
    monitor.approve(plan, { confirmDestroy, attested: true });
    const applied = await core(estate, 'apply', { plan, skipHeld: true, claimWaitMs: 30_000, confirmDestroy });
    if (applied.type === 'result') monitor.onResult(applied.result);
    last = JSON.stringify(
      applied.type === 'result'
        ? [
            plan.changes.map(({ address, action, reason }) => [address, action, reason]),
            applied.result.outcome,
            applied.result.diagnostics,
          ]
        : applied,
    );
    if (world.violation) return undefined;
  }
  if (peopleMeddled(estate)) return undefined;
  return world.violate('second-plan-is-empty', `${name} is never as its file says: ${last}`);
}

/** Run again at once there is nothing to do, unless a moment has passed meanwhile. */
async function policiesSettle(estate: Estate): Promise<void> {
  const { monitor, options, scheduler } = estate.world;
  const { policies } = options.copies || { policies: false };
  if (!policies) return;
  let last = '';
  for (let round = 0; round < 4; round++) {
    const process = estate.world.start('core', estate.world.machines[0]!);
    const minute = () => Math.floor((scheduler.nowMs + process.skewMs) / 60_000);
    const began = minute();
    process.operation = 'snapshot run';
    const onEvent = (event: EventBody) => {
      if (event.type === 'plan.made') monitor.approve(event.plan, { confirmDestroy: event.plan.removals.volumes });
    };
    const done = await run(process, 'snapshot.run', { claimWaitMs: 30_000 }, { onEvent });
    process.exit();
    if (done.type === 'result') monitor.onRun(done.result);
    const again = await core(estate, 'snapshot.run', { dryRun: true });
    if (again.type === 'result' && (again.result.plan?.units.length ?? 0) === 0) return;
    if (minute() !== began) continue;
    last = JSON.stringify([done.type === 'result' ? [done.result.outcome, done.result.diagnostics] : done, again]);
  }
  if (last !== '' && !peopleMeddled(estate))
    estate.world.violate('second-plan-is-empty', `policies are never satisfied: ${last}`);
}

/** What people did to continuous copies on the arrays stays as it is, and is told. */
async function driftSaysSo(estate: Estate): Promise<void> {
  const { mirrors } = estate.world.monitor;
  const differing = mirrors.differing();
  if (differing.size === 0) return;
  const end = await core(estate, 'drift', {});
  const said = end.type === 'result' ? end.result.items : [];
  for (const [urn, why] of differing) {
    if (said.some((item) => item.urn === urn && item.class === 'managed')) continue;
    estate.world.violate('mirrors-are-as-recorded', `${why}, and drift doesn't say so: ${JSON.stringify(end)}`);
  }
}

function nothingLeaks(estate: Estate, facts: StateFacts): void {
  const { world } = estate;
  // What a person must look at holds its claims and its promises until then.
  if (peopleMeddled(estate) && world.monitor.state.workflows().length > 0) return;
  // A volume that somebody grew by hand while it was being grown is recorded as it is, and promised as it was planned.
  const resized = world.counts.faults['by hand: resize-volume'] ?? 0;
  const complaints = facts.complaints.filter((text) => resized === 0 || !/^l\/.* committed/.test(text));
  if (complaints.length > 0) world.violate('nothing-leaks', complaints.slice(0, 5).join('; '));
  world.counts.blobsLeft += blobsOfNobody(world.monitor.state);
}

/**
 * Kept observations refer to blobs, and open workflows to their plans. What nobody refers to any more is only counted: plans
 * that were refused, and what a process was about to keep when it was killed.
 */
function blobsOfNobody(state: StateView): number {
  const used = new Set(state.workflows().map(({ planBlob }) => planBlob));
  const blobs = new Set<string>();
  for (const key of state.keys) {
    if (key.startsWith('b/')) blobs.add(key.split('/')[1]!);
    if (!key.startsWith('o/storageSystem/')) continue;
    const { sections = {} } = JSON.parse(state.value(key)!) as { sections?: Record<string, string> };
    for (const hash of Object.values(sections)) used.add(hash);
  }
  return [...blobs].filter((hash) => !used.has(hash)).length;
}
