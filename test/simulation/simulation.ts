/** One run: make the data centre, let things go wrong, stop that, and see that everything comes to its end. */
import { initialiseState } from '../../src/engine/state/installation.ts';
import { Cli } from './actors/cli.ts';
import { Copier, writerLife } from './actors/copier.ts';
import { Estate } from './actors/estate.ts';
import { Follower } from './actors/follower.ts';
import { Hands, hostLife, mend } from './actors/hands.ts';
import { Mirrorer, mirrorHandsLife } from './actors/mirrorer.ts';
import { restorerLife } from './actors/restorer.ts';
import { preload, run } from './actors/running.ts';
import { workerLife } from './actors/worker.ts';
import { cableLife, Zoner } from './actors/zoner.ts';
import { type CopyOptions, fullCopiesOf, type MirrorOptions } from './copy-options.ts';
import { PLANTED_SECRET } from './invariants/secrets.ts';
import { comesToItsEnd } from './liveness.ts';
import type { FabricOptions, SimOptions } from './options.ts';
import type { Counts, Violation } from './world/world.ts';
import { START_MS, World } from './world/world.ts';

export interface SimResult {
  readonly seed: number;
  readonly violation?: Violation;
  readonly counts: Counts;
  readonly events: number;
  readonly virtualMs: number;
  /** SHA-256 of the log. */
  readonly digest: string;
  /** When asked for. */
  readonly log?: string;
}

/** Nothing of a run may take so long: then something goes in circles. Virtual. */
const SETUP_MS = 1_800_000;
/** So much more where the policies of every minute have all copied in full, again and again. */
const FULL_COPIES_TIMES = 4;

export async function simulate(options: SimOptions, keepLog = false): Promise<SimResult> {
  await preload();
  const world = new World(options, keepLog);
  const estate = new Estate(world);
  const broken = () => world.violation !== undefined;
  const onUnhandled = (error: unknown) =>
    world.violate('no-bugs', `nobody handles ${error instanceof Error ? error.stack : String(error)}`);
  process.on('unhandledRejection', onUnhandled);
  try {
    await phase(world, SETUP_MS, () => makeDataCentre(estate), 'the data centre is not ready');
    if (!broken()) {
      world.trouble = true;
      const lives = startEverybody(estate);
      const endMs = world.scheduler.nowMs + options.troubleMs;
      await world.scheduler.run(endMs, broken);
      world.trouble = false;
      world.log.say('world', 'nothing goes wrong any more');
      mend(estate);
      for (const process of world.living) process.thaw();
      await phase(world, SETUP_MS, () => lives, 'somebody does not come to the end of an operation');
    }
    const restMs = SETUP_MS * (fullCopiesOf(options) ? FULL_COPIES_TIMES : 1);
    if (!broken()) await phase(world, restMs, () => comesToItsEnd(estate), 'does not come to rest');
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
  return {
    seed: options.seed,
    ...(world.violation ? { violation: world.violation } : {}),
    counts: world.counts,
    events: world.scheduler.events,
    virtualMs: world.scheduler.nowMs - START_MS,
    digest: world.log.digest(),
    ...(keepLog ? { log: world.log.columns() } : {}),
  };
}

/** Runs until the work is done or a violation; that it isn't done in time is one too. */
async function phase(world: World, limitMs: number, work: () => Promise<unknown>, otherwise: string): Promise<void> {
  let done = false;
  work().then(
    () => (done = true),
    (error: unknown) => {
      done = true;
      world.violate('no-bugs', `the simulation itself: ${error instanceof Error ? error.stack : String(error)}`);
    },
  );
  await world.scheduler.run(world.scheduler.nowMs + limitMs, () => done || world.violation !== undefined);
  if (done || world.violation) return;
  const living = [...world.living].map((process) => `${process.name} (${process.state}) in ${process.operation}`);
  world.violate('everything-ends', `${otherwise}: ${living.join('; ') || 'nobody lives'}`);
}

async function makeDataCentre(estate: Estate): Promise<void> {
  const { world } = estate;
  const { monitor, scheduler } = world;
  const clock = { nowMs: () => scheduler.nowMs, sleep: () => Promise.resolve(), every: () => () => {} };
  const actor = { type: 'local', name: 'root', uid: 0 } as const;
  const { installationId } = await initialiseState(world.store, { clock, random: world.rng.fork('init'), actor });
  monitor.installation = installationId;
  const root = world.start('root', world.machines[0]!);
  root.operation = 'set up';
  await run(root, 'secret.init', {});
  await run(root, 'secret.set', { name: 'san/array', value: PLANTED_SECRET });
  const source = estate.sourceOf([], true);
  const applied = await run(root, 'apply', { source, skipHeld: false, claimWaitMs: 0 });
  root.exit();
  if (applied.type === 'result' && applied.result.outcome === 'ok') return;
  const why = applied.type === 'result' ? JSON.stringify(applied.result.diagnostics) : JSON.stringify(applied);
  throw new Error(`the infrastructure was not applied: ${why}`);
}

function zonersLives(estate: Estate, options: FabricOptions): Promise<unknown>[] {
  const zoners = Array.from({ length: options.zoners }, (_, index) => new Zoner(estate, options, `zoner-${index + 1}`));
  const fencer = new Zoner(estate, options, 'fencer');
  estate.world.fence = (fabric) => fencer.fence(fabric);
  return zoners.map((zoner) => zoner.live());
}

function copiersLives(estate: Estate, options: CopyOptions): Promise<unknown>[] {
  const copiers = Array.from({ length: options.copiers }, (_, index) => new Copier(estate, options, index).live());
  const { mirrors } = options;
  return [...copiers, writerLife(estate, options), ...(mirrors ? mirrorersLives(estate, mirrors) : [])];
}

function mirrorersLives(estate: Estate, options: MirrorOptions): Promise<unknown>[] {
  const { people, hands } = options;
  return [
    ...Array.from({ length: people }, (_, index) => new Mirrorer(estate, options, index).live()),
    ...Array.from({ length: hands }, (_, index) => mirrorHandsLife(estate, options, index)),
  ];
}

function startEverybody(estate: Estate): Promise<unknown> {
  const { options } = estate.world;
  const several = (count: number, live: (index: number) => Promise<unknown>) =>
    Array.from({ length: count }, (_, index) => live(index));
  for (let index = 0; index < options.followers; index++) {
    const follower = new Follower(estate, index);
    estate.followers.push(follower);
    void follower.live();
  }
  return Promise.all([
    ...several(options.workers, (index) => workerLife(estate, index)),
    ...several(options.clis, (index) => new Cli(estate, index).live()),
    ...several(options.hands, (index) => new Hands(estate, index).live()),
    ...several(options.hosts, (index) => (options.fabrics ? cableLife : hostLife)(estate, index)),
    ...(options.fabrics ? zonersLives(estate, options.fabrics) : []),
    ...(options.copies ? copiersLives(estate, options.copies) : []),
    ...(options.restores ? [restorerLife(estate)] : []),
  ]);
}
