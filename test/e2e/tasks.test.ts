/** What people do about work that failed, runs, or was left: real processes on a simulated array and a state in LMDB. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, expectForPeople, expectNoChanges } from './cli.ts';
import { numbered, stack } from './plans.ts';
import { inBackground, type Running, until } from './running.ts';
import { type SimWorld, simWorld } from './sim.ts';

beforeAll(ensureBuilt);

const VOLUMES = numbered(2, { protect: false, onRemove: 'delete' });
const STACK = stack(VOLUMES, { 'app-1': ['data-01'] });

interface TaskDocument {
  readonly tasks: readonly {
    readonly id: string;
    readonly workflow: string;
    readonly state: string;
    readonly resource: { readonly address: string };
  }[];
}

const statesIn = ({ tasks }: TaskDocument) =>
  Object.fromEntries(tasks.map(({ resource, state }) => [resource.address, state]));

const fault = (world: SimWorld, ...words: string[]) => world.expect(0, 'sim', 'fault', 'sim-1', ...words);

/** The mapping fails for good. Everything else of the stack is not there yet. */
async function suspended(): Promise<{ readonly world: SimWorld; readonly workflow: string; readonly before: string }> {
  const world = await simWorld(stack({}));
  await world.expect(0, 'apply', 'plans', '--yes');
  const before = JSON.stringify(contents(await world.device()));
  world.writeStack(STACK);
  await fault(world, 'operation=ensureMapping', 'before=invalid');
  const ran = await world.expect(6, 'apply', 'plans', '--yes', '--on-error', 'suspend', '--atomic', '--human');
  const workflow = /next: coprhd task resume ([0-9a-f-]{36})\nor: +coprhd task rollback \1 --preview/.exec(
    ran.stdout,
  )?.[1];
  expect(workflow, ran.stdout).toBeDefined();
  await fault(world, '--clear', 'all');
  return { world, workflow: workflow!, before };
}

function contents(device: Awaited<ReturnType<SimWorld['device']>>) {
  const { volumes, masks } = device;
  return { volumes, masks };
}

describe('an apply that was suspended by a failure', () => {
  it('is listed, previewed and rolled back: the array is as it was before', async () => {
    const { world, workflow, before } = await suspended();
    const listed = await world.json<TaskDocument>('task', 'list', '--workflow', workflow.slice(0, 8));
    expect(statesIn(listed)).toMatchObject({
      'web/export.app-1': 'suspended_error',
      'web/volume.data-01': 'suspended_no_error',
    });
    const human = await world.expect(0, 'task', 'list', '--status', 'suspended_error', '--human');
    expect(human.stdout).toMatch(/suspended_error +\d+ % +web\/export\.app-1/);
    const preview = await world.expect(0, 'task', 'rollback', workflow, '--preview', '--human');
    expect(preview.stdout).toMatch(
      /In this order; nothing is done yet:[\s\S]*undo +web\/export\.app-1[\s\S]*undo +web\/volume\.data-0/,
    );
    expect(JSON.stringify(contents(await world.device()))).not.toBe(before);
    await world.expect(0, 'task', 'rollback', workflow);
    expect(JSON.stringify(contents(await world.device()))).toBe(before);
    await world.expect(1, 'task', 'rollback', workflow);
    const history = await world.json<{ workflows: { counts: Record<string, number>; units: { state: string }[] }[] }>(
      'history',
      workflow,
    );
    expect(history.workflows[0]!.counts).toEqual({ undone: 3 });
    expect(history.workflows[0]!.units.map(({ state }) => state)).toEqual(['undone', 'undone', 'undone']);
  });

  it('goes on with resume once the cause is gone', async () => {
    const { world } = await suspended();
    await world.expect(6, 'recover');
    const doctor = await world.run('doctor', '--human');
    expect(doctor.stdout).toMatch(/is\s+suspended\s+and\s+waits\s+for\s+a\s+decision/);
    await world.expect(0, 'task', 'resume', 'web/export.app-1');
    await expectNoChanges(world, 'plans');
  });
});

/** Slow calls, one after another: there is time to do something about it, also on a busy machine. */
async function slowApply(world: SimWorld, ...flags: string[]): Promise<Running & { workflow: string }> {
  await fault(world, 'operation=ensureVolume', `latencyMs=${LATENCY_MS}`);
  const apply = inBackground(world, 'apply', 'apply', 'plans', '--yes', '--parallel', '1', ...flags);
  await until(() => apply.events().filter(({ type }) => type === 'step.started').length >= 1);
  const workflow = apply.events().find(({ type }) => type === 'workflow.committed')!.workflow as string;
  // The calls themselves, not only the intent to make them.
  await new Promise((resolve) => setTimeout(resolve, 200));
  return { ...apply, workflow };
}

/** Less than a call may take before its deadline. */
const LATENCY_MS = 3_500;
const MANY = stack(numbered(4, { protect: false, onRemove: 'delete' }));

describe('an apply that another process runs', () => {
  it('is stopped by a freeze; who watches a task sees it go on when somebody recovers after the thaw', async () => {
    const world = await simWorld(MANY);
    const apply = await slowApply(world);
    const frozen = await world.json<{ running: string[] }>('freeze', '--why', 'firmware');
    expect(frozen.running).toEqual([apply.workflow]);
    const watch = inBackground(world, 'watch', 'task', 'watch', 'web/volume.data-04');
    const { code, stdout, stderr } = await apply.ended;
    expectForPeople({ code, stdout, stderr });
    expect(code, stdout + stderr).toBe(6);
    expect(stdout).toContain('next: coprhd thaw');
    const refused = await world.expect(3, 'apply', 'plans', '--yes', '--human');
    expect(refused.stderr).toMatch(/COPRHD-APPLY-009[\s\S]*firmware/);
    await fault(world, '--clear', 'all');
    expect((await world.json<{ waiting: string[] }>('thaw')).waiting).toEqual([apply.workflow]);
    await world.expect(0, 'recover');
    expect((await watch.ended).code).toBe(0);
    const seen = watch
      .events()
      .flatMap(({ type, task }) => (type === 'task.changed' ? [(task as { state: string }).state] : []));
    expect([seen[0], seen.at(-1)]).toEqual(['pending', 'ready']);
    await expectNoChanges(world, 'plans');
  });

  it('is cancelled: nothing that it had not ended is left on the array', async () => {
    const world = await simWorld(MANY);
    const apply = await slowApply(world, '--atomic');
    const busy = await world.expect(5, 'task', 'rollback', apply.workflow, '--human');
    expect(busy.stderr).toContain(`coprhd task cancel ${apply.workflow}`);
    const cancelled = await world.expect(0, 'task', 'cancel', apply.workflow, '--human');
    expect(cancelled.stdout).toMatch(/error +\d+ % +web\/volume\.data-0/);
    const { code, stdout } = await apply.ended;
    expect(code, stdout).toBe(6);
    expect((await world.device()).volumes).toEqual([]);
  });
});

describe('a process that was killed', () => {
  it('loses its claims to who breaks them; what it left is rolled back, and is in the history', async () => {
    const world = await simWorld(MANY);
    const apply = await slowApply(world);
    await world.expect(5, 'claim', 'break', apply.workflow);
    apply.child.kill('SIGKILL');
    await apply.ended;
    await fault(world, '--clear', 'all');
    const claims = await world.json<{ claims: { state: string; exclusive: unknown[] }[] }>(
      'claim',
      'show',
      'web/volume.data-04',
    );
    expect(claims.claims).toMatchObject([{ workflow: apply.workflow, state: 'dead' }]);
    const broken = await world.expect(0, 'claim', 'break', apply.workflow.slice(0, 8), '--human');
    expect(broken.stdout).toMatch(/its\s+fence\s+was\s+raised/);
    await world.expect(0, 'task', 'rollback', apply.workflow);
    expect((await world.json<{ claims: unknown[] }>('claim', 'list')).claims).toEqual([]);
    const rows = await world.expect(0, 'history', '--limit', '1', '--plain');
    expect(rows.stdout).toMatch(new RegExp(`^workflow\t${apply.workflow}\t\\d+\tapply\t`));
  });
});
