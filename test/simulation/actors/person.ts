/** Somebody at a command line: one process for each operation, interrupted now and then; and what is agreed to of a plan that was shown. */

import type { StatefulOperation } from '../../../src/engine/operations/registry.ts';
import type { ApplyInput, InputOf, PlanOptions } from '../../../src/engine/operations/types.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import type { Rng, Span } from '../core/rng.ts';
import type { Estate } from './estate.ts';
import { type Ended, type RunOptions, run, wait } from './running.ts';

/** Who vouches for hosts. */
export const ATTESTED = 'the simulation';

export class Person {
  protected readonly estate: Estate;
  protected readonly name: string;
  protected readonly rng: Rng;

  constructor(estate: Estate, name: string) {
    this.estate = estate;
    this.name = name;
    this.rng = estate.world.rng.fork(name);
  }

  /** One process, one operation; its pid is gone afterwards. */
  protected async run<N extends StatefulOperation>(
    name: N,
    what: string,
    input: InputOf<N>,
    options: RunOptions = {},
  ): Promise<Ended<N>> {
    const { world } = this.estate;
    const process = world.start(this.name, this.rng.pick(world.machines));
    process.operation = what;
    this.estate.busy++;
    const interrupt = new AbortController();
    if (this.rng.chance(world.options.process.interrupt ?? 0) && world.trouble) {
      const press = () => {
        world.count('interrupt');
        world.log.say(this.name, 'Ctrl-C');
        interrupt.abort(new Error('SIGINT'));
      };
      world.scheduler.in(this.rng.skewed({ min: 10, max: 20_000 }), press, process);
    }
    const end = await run(process, name, input, { signal: interrupt.signal, ...options });
    process.exit();
    this.estate.busy--;
    return end;
  }

  /** The number that the plan shows is the one that is confirmed; now and then nobody looks. */
  protected agreed(plan: Plan): Omit<ApplyInput, 'source' | 'plan'> {
    const { volumes } = plan.removals;
    const { policies } = this.estate.world.options;
    const onError = this.rng.pick(['rollback', 'rollback', 'suspend', 'continue'] as const);
    const atomic = this.rng.chance(0.15);
    return {
      ...(policies ? { onError: atomic ? 'rollback' : onError, atomic } : {}),
      skipHeld: this.rng.chance(0.7),
      claimWaitMs: this.rng.pick([0, 1_000, LIMITS.claimWaitDefaultMs]),
      ...(volumes > 0 && this.rng.chance(0.9) ? { confirmDestroy: volumes } : {}),
    };
  }

  protected async applyPlan(what: string, plan: Plan, { attestOffline }: PlanOptions = {}): Promise<void> {
    const { monitor } = this.estate.world;
    const agreed = this.agreed(plan);
    monitor.approve(plan, { attested: attestOffline !== undefined, confirmDestroy: agreed.confirmDestroy });
    const end = await this.run('apply', `apply plan of ${what}`, { plan, ...agreed });
    if (end.type === 'result') monitor.onResult(end.result);
  }

  /** Somebody thinks better of it, in the middle of it perhaps: what was there comes back. */
  protected async cancelSoon(plan: Plan, inMs: Span): Promise<void> {
    const { world } = this.estate;
    await wait(world, this.rng.skewed(inMs));
    const { state } = world.monitor;
    const task = state.workflows().find((workflow) => state.plan(workflow)?.id === plan.id)?.id;
    if (task !== undefined) await this.run('task.cancel', `task cancel ${task.slice(0, 8)}`, { task });
  }
}
