/** Prints how long each suite took against its budget (CONTRIBUTING, "Tests"). A suite over its row moves to its own script. */
import type { Reporter, TestModule } from 'vitest/node';
import { EVERYTHING, LONG_ONLY } from './long-only.ts';

/** Seconds of wall clock on two cores. */
const BUDGET_S: Readonly<Record<string, number>> = {
  unit: 90,
  stores: 60,
  drivers: 120,
  crash: 180,
  simulation: 180,
  rest: 120,
  e2e: 150,
};

export default class BudgetReporter implements Reporter {
  readonly #startedAtMs = new Map<string, number>();
  readonly #endedAtMs = new Map<string, number>();

  onTestModuleStart(module: TestModule): void {
    const { name } = module.project;
    if (!this.#startedAtMs.has(name)) this.#startedAtMs.set(name, Date.now());
  }

  onTestModuleEnd(module: TestModule): void {
    this.#endedAtMs.set(module.project.name, Date.now());
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const work = new Map<string, number>();
    for (const module of modules) {
      const { name } = module.project;
      work.set(name, (work.get(name) ?? 0) + module.diagnostic().duration / 1000);
    }
    if (!EVERYTHING) {
      const skipped = modules.map((module) => ({
        file: module.moduleId.replace(/.*\/test\//, 'test/'),
        count: skips(module),
      }));
      const some = skipped.filter(({ count }) => count > 0).map(({ file, count }) => `${count} tests of ${file}`);
      console.log(
        `\n*** LEFT OUT for their time (npm run test:all has them): ${[...LONG_ONLY, ...some].join(', ')} ***`,
      );
    }
    console.log('\n suite      budget s   wall s   work s');
    for (const [name, seconds] of work) {
      const wall = ((this.#endedAtMs.get(name) ?? 0) - (this.#startedAtMs.get(name) ?? 0)) / 1000;
      const budget = BUDGET_S[name] ?? 0;
      const over = wall > budget ? '   OVER BUDGET' : '';
      console.log(
        ` ${name.padEnd(10)} ${String(budget).padStart(8)} ${wall.toFixed(1).padStart(8)} ${seconds.toFixed(1).padStart(8)}${over}`,
      );
    }
  }
}

const skips = (module: TestModule): number => [...module.children.allTests('skipped')].length;
