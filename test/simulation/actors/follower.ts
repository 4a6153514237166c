/** A process that follows the owners of workflows in the state: what it believes must be true in the end, whatever it missed. */
import { type Followed, follow } from '../../../src/engine/state/follow.ts';
import { faultyStore } from '../world/faulty-store.ts';
import type { Estate } from './estate.ts';
import { wait } from './running.ts';

const FOLLOWED = 'wo/';

export class Follower {
  readonly #estate: Estate;
  readonly #name: string;
  #believed: Followed | undefined;

  constructor(estate: Estate, index: number) {
    this.#estate = estate;
    this.#name = `follower-${index + 1}`;
  }

  /** Until the very end of the run; started again when it dies or the store fails. */
  async live(): Promise<never> {
    const { world } = this.#estate;
    for (;;) {
      const process = world.start(this.#name, world.machines[0]!);
      process.operation = 'follow';
      await Promise.race([this.#follow(faultyStore(process)).catch(() => undefined), process.death]);
      process.exit();
      this.#believed = undefined;
      await wait(world, 1_000);
    }
  }

  async #follow(store: ReturnType<typeof faultyStore>): Promise<void> {
    for await (const items of follow(store, FOLLOWED, new AbortController().signal)) this.#believed = items;
  }

  check(): void {
    const { world } = this.#estate;
    const true_ = [...world.monitor.state.keys].filter((key) => key.startsWith(FOLLOWED)).sort();
    const believed = [...(this.#believed?.keys() ?? [])].sort();
    if (this.#believed && true_.join() !== believed.join()) {
      world.violate(
        'followers-know',
        `${this.#name} believes ${believed.join() || 'nothing'}, there is ${true_.join() || 'nothing'}`,
      );
    }
  }
}
