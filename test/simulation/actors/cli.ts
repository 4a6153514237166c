/** People at the command line: they edit plan files, look at plans, apply them now or later, and run the one-shot verbs. */

import type { InputOf, PlanOptions, PlanSource } from '../../../src/engine/operations/types.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { taskIdOf } from '../../../src/engine/workflow/tasks.ts';
import type { CliOperation } from '../options.ts';
import type { Estate } from './estate.ts';
import { ATTESTED, Person } from './person.ts';
import { type RunOptions, wait } from './running.ts';

export class Cli extends Person {
  constructor(estate: Estate, index: number) {
    super(estate, `cli-${index + 1}`);
  }

  async live(): Promise<void> {
    const { world } = this.estate;
    while (world.trouble) {
      await wait(world, this.rng.skewed(world.options.thinkMs));
      if (!world.trouble) return;
      if (this.estate.closedForRestore) continue;
      const operation = this.rng.weighted<CliOperation>(world.options.cli);
      if (operation) await this.#do(operation);
      world.monitor.check();
    }
  }

  #source(): { what: string; source: PlanSource & PlanOptions } {
    const stack = this.rng.pick(this.estate.stacks);
    const edits = stack.edit(this.rng, this.estate.world.options);
    this.estate.world.log.say(this.name, `edits ${stack.name}: ${edits}`);
    const options: PlanOptions = {
      ...(this.rng.chance(0.8) ? { attestOffline: ATTESTED } : {}),
      ...(this.rng.chance(0.2) ? { refresh: 'auto' } : {}),
      ...(this.#reviews() ? { activatePending: true } : {}),
    };
    return { what: stack.name, source: { ...this.estate.sourceOf([stack]), ...options } };
  }

  /** Looks at what others have saved on the fabrics, and lets it go into effect. */
  #reviews(): boolean {
    const { fabrics } = this.estate.world.options;
    return fabrics ? this.rng.chance(fabrics.reviews) : false;
  }

  async #plan(what: string, source: PlanSource & PlanOptions): Promise<Plan | undefined> {
    const end = await this.run('plan', `plan ${what}`, source);
    const plan = end.type === 'result' ? end.result.plan : undefined;
    if (plan) this.estate.world.monitor.onPlan(plan);
    return plan;
  }

  async #applySource(what: string, source: PlanSource & PlanOptions): Promise<void> {
    const { monitor } = this.estate.world;
    const shown = await this.#plan(what, source);
    if (!shown) return;
    const agreed = this.agreed(shown);
    const onEvent: RunOptions['onEvent'] = (event) => {
      if (event.type !== 'plan.made') return;
      monitor.approve(event.plan, {
        replaceMissing: source.replaceMissing ?? [],
        confirmDestroy: agreed.confirmDestroy,
        attested: source.attestOffline !== undefined,
      });
    };
    const end = await this.run('apply', `apply ${what}`, { source, ...agreed }, { onEvent });
    if (end.type === 'result') monitor.onResult(end.result);
  }

  async #do(operation: CliOperation): Promise<void> {
    const { world } = this.estate;
    switch (operation) {
      case 'apply': {
        const { what, source } = this.#source();
        return this.#applySource(what, source);
      }
      case 'saved': {
        const { what, source } = this.#source();
        const plan = await this.#plan(what, source);
        await wait(world, this.rng.skewed({ min: 100, max: 60_000 }));
        if (plan && world.trouble) await this.applyPlan(what, plan, source);
        return;
      }
      case 'target':
        return this.#target();
      case 'infrastructure': {
        this.estate.editInfrastructure(this.rng);
        return this.#applySource('infrastructure', this.estate.sourceOf([], true));
      }
      case 'destroy': {
        const stack = this.rng.pick(this.estate.stacks);
        return this.#oneShot('destroy', `destroy ${stack.name}`, { stacks: [stack.name], attestOffline: ATTESTED });
      }
      case 'undelete':
      case 'purge': {
        const address = this.estate.quarantined(this.rng);
        return address ? this.#oneShot(operation, `${operation} ${address}`, { address }) : undefined;
      }
      case 'replace-missing':
        return this.#replaceMissing();
      case 'import':
        return this.#import();
      case 'discover':
      case 'recover':
        return void (await this.run(operation, operation, {}));
      case 'read':
        return this.#read();
      case 'task':
        return this.#task();
      case 'freeze': {
        await this.run('freeze', 'freeze', { why: 'the simulation' });
        await wait(world, this.rng.int(500, 20_000));
        return void (await this.run('thaw', 'thaw', {}));
      }
    }
  }

  async #target(): Promise<void> {
    const { what, source } = this.#source();
    const [stack] = this.estate.stacks.filter(({ name }) => name === what);
    const names = [...(stack?.volumes.keys() ?? [])];
    if (names.length === 0) return;
    await this.#applySource(`part of ${what}`, { ...source, targets: [`${what}/volume.${this.rng.pick(names)}`] });
  }

  async #oneShot<N extends 'destroy' | 'undelete' | 'purge'>(name: N, what: string, input: InputOf<N>): Promise<void> {
    const end = await this.run<N>(name, what, input);
    const plan = end.type === 'result' ? (end.result as { plan?: Plan }).plan : undefined;
    if (plan) await this.applyPlan(what, plan, { attestOffline: ATTESTED });
  }

  /** First the plan says what is missing, and by name it is then replaced. */
  async #replaceMissing(): Promise<void> {
    const { what, source } = this.#source();
    const shown = await this.#plan(what, source);
    const missing = shown?.changes.filter(({ held }) => held?.diagnostic.code === 'COPRHD-HELD-001') ?? [];
    const [first] = missing;
    if (!first) return;
    const { refresh: _refresh, ...rest } = source;
    await this.#applySource(`${what}, replacing ${first.address}`, { ...rest, replaceMissing: [first.address] });
  }

  async #import(): Promise<void> {
    const found = this.estate.foreignVolume(this.rng);
    if (!found) return;
    const { system, nativeId } = found;
    const address = `imported/volume.i-${system}-${nativeId}`;
    const end = await this.run('import', `import ${nativeId} of ${system}`, {
      ...{ address, system, nativeId, project: 'p' },
      ...{ virtualPool: 'gold', virtualArray: 'dc1' },
    });
    const plan = end.type === 'result' ? end.result.plan : undefined;
    if (plan) await this.applyPlan(`import of ${nativeId}`, plan);
  }

  /** Looks at the work of others, stops it, or decides about what waits for a decision. */
  async #task(): Promise<void> {
    const workflows = this.estate.world.monitor.state.workflows();
    if (workflows.length === 0) return void (await this.run('task.list', 'task list', {}));
    const task = this.rng.pick(workflows).id;
    const short = task.slice(0, 8);
    const verb = this.rng.pick(['suspend', 'cancel', 'resume', 'resume', 'rollback', 'watch'] as const);
    switch (verb) {
      case 'rollback':
        return void (await this.run('task.rollback', `task rollback ${short}`, {
          task,
          preview: this.rng.chance(0.2),
        }));
      case 'watch': {
        const name = taskIdOf(task, 0);
        const enough = new AbortController();
        this.estate.world.scheduler.in(30_000, () => enough.abort(new Error('SIGINT')));
        await this.run('task.watch', `task watch ${short}`, { task: name }, { signal: enough.signal });
        return;
      }
      default:
        return void (await this.run(`task.${verb}`, `task ${verb} ${short}`, { task }));
    }
  }

  async #read(): Promise<void> {
    const which = this.rng.pick(['drift', 'show', 'orphans', 'validate', 'state.list'] as const);
    if (which === 'validate') await this.run('validate', 'validate', this.estate.sourceOf(this.estate.stacks));
    else await this.run(which, which, {});
  }
}
