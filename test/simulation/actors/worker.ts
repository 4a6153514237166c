/** A daemon: it recovers what the dead have left, over and over, and is started again when it dies. */
import type { Estate } from './estate.ts';
import { run, wait } from './running.ts';

export async function workerLife(estate: Estate, index: number): Promise<void> {
  const { world } = estate;
  const name = `worker-${index + 1}`;
  const rng = world.rng.fork(name);
  const machine = world.machines[index % world.machines.length]!;
  while (world.trouble) {
    await wait(world, rng.int(100, 5_000));
    if (!world.trouble || estate.closedForRestore) continue;
    const process = world.start(name, machine);
    process.operation = 'recover';
    while (process.state !== 'dead' && world.trouble && !estate.closedForRestore) {
      await run(process, 'recover', {});
      if ((process.state as string) === 'dead') break;
      await wait(world, rng.int(500, 6_000));
    }
    process.exit();
  }
}
