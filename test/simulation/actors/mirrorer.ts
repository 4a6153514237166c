/** People who let volumes follow others by name, pause, resume, split and remove them; and those who do so on the arrays, by hand. */

import { handEditSchema } from '../../../drivers/simulator/hand.ts';
import type { StoredVolume } from '../../../drivers/simulator/objects.ts';
import { isFollowing } from '../../../src/engine/model/following.ts';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { addressOf } from '../../../src/engine/observe/addresses.ts';
import type { StatefulOperation } from '../../../src/engine/operations/registry.ts';
import type { InputOf } from '../../../src/engine/operations/types.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import type { MirrorEdit, MirrorOperation, MirrorOptions } from '../copy-options.ts';
import type { Rng } from '../core/rng.ts';
import type { SimArray } from '../world/sim-array.ts';
import { GIB } from '../world/topology.ts';
import type { Estate } from './estate.ts';
import { Person } from './person.ts';
import { wait } from './running.ts';

type Volume = ResourceRecord<'volume'>;
type Verb = 'pause' | 'resume' | 'split' | 'detach';

export class Mirrorer extends Person {
  readonly #options: MirrorOptions;
  #serial = 0;

  constructor(estate: Estate, options: MirrorOptions, index: number) {
    super(estate, `mirrorer-${index + 1}`);
    this.#options = options;
  }

  async live(): Promise<void> {
    const { world } = this.estate;
    while (world.trouble) {
      await wait(world, this.rng.skewed(this.#options.peopleMs));
      if (!world.trouble) return;
      if (this.estate.closedForRestore) continue;
      const operation = this.rng.weighted<MirrorOperation>(this.#options.does);
      if (operation) await this.#do(operation);
      world.monitor.check();
    }
  }

  #volumes(): Volume[] {
    return this.estate.world.monitor.state.live().filter((record): record is Volume => record.kind === 'volume');
  }

  async #do(operation: MirrorOperation): Promise<void> {
    switch (operation) {
      case 'make':
        return this.#make();
      case 'pause':
      case 'resume':
      case 'split':
      case 'detach':
        return this.#invoke(operation);
      case 'remove': {
        const made = this.#volumes().filter(({ owner, spec }) => owner.type === 'api' && spec.continuous);
        if (made.length === 0) return;
        const address = addressOf(this.rng.pick(made));
        return this.#planned('resource.remove', `remove ${address}`, { addresses: [address] });
      }
      case 'undelete': {
        const gone = this.#volumes().filter(({ status, spec }) => status.phase === 'quarantined' && spec.continuous);
        if (gone.length === 0) return;
        const address = addressOf(this.rng.pick(gone));
        return this.#planned('undelete', `undelete ${address}`, { address });
      }
      case 'grow': {
        const made = this.#volumes().filter(({ owner, spec }) => owner.type === 'api' && spec.continuous);
        if (made.length === 0) return;
        const grown = this.rng.pick(made);
        const address = addressOf(grown);
        const set = { size: `${Math.ceil(grown.spec.sizeBytes / GIB) + 1}GiB` };
        return this.#planned('resource.change', `grow ${address}`, { addresses: [address], set });
      }
      case 'look':
        return void (await this.run('copy.list', 'copy list', {}));
    }
  }

  #make(): Promise<void> | undefined {
    const { state } = this.estate.world.monitor;
    const of = this.rng.chance(0.3)
      ? state.live().filter(({ kind }) => kind === 'consistencyGroup')
      : this.#volumes().filter((record) => !isFollowing(record));
    if (of.length === 0) return undefined;
    const address = addressOf(this.rng.pick(of));
    const input = {
      ...{ name: `${this.name}-${++this.#serial}`, of: address, continuous: true, protect: false },
      onRemove: this.rng.pick(['quarantine', 'quarantine', 'delete'] as const),
      ...(this.rng.chance(0.2) ? { count: 2 } : {}),
    };
    return this.#planned('copy.make', `what follows ${address}`, input);
  }

  /** Mostly of what it makes sense for, and now and then of several at once. */
  async #invoke(verb: Verb): Promise<void> {
    const all = this.#volumes().filter(isFollowing);
    const paused = verb === 'resume' ? true : undefined;
    const fit = all.filter(({ spec, status, claim }) => status.phase === 'ready' && !claim && spec.paused === paused);
    const of = fit.length > 0 && this.rng.chance(0.9) ? fit : all;
    if (of.length === 0) return;
    const asked = new Set([this.rng.pick(of), ...(this.rng.chance(0.4) ? [this.rng.pick(of)] : [])]);
    const addresses = [...asked].map(addressOf);
    await this.#planned('copy.invoke', `${verb} ${addresses.join(' and ')}`, { verb, addresses });
    if (verb === 'pause' || verb === 'resume') return;
    const { state } = this.estate.world.monitor;
    for (const { urn, name } of asked) {
      const spec = (state.record(urn) as Volume | undefined)?.spec;
      if (spec?.detached) for (const stack of this.estate.stacks) stack.onSplit(name);
    }
  }

  async #planned<N extends StatefulOperation>(name: N, what: string, input: InputOf<N>): Promise<void> {
    const end = await this.run(name, what, input);
    const plan = end.type === 'result' ? (end.result as { plan?: Plan }).plan : undefined;
    if (!plan) return;
    const cancels = this.rng.chance(this.#options.cancels);
    const applied = this.applyPlan(what, plan, input as { attestOffline?: string });
    await Promise.all([applied, ...(cancels ? [this.cancelSoon(plan, { min: 100, max: 8_000 })] : [])]);
  }
}

/** None of them asks anybody, nor knows what follows what in our books. */
export async function mirrorHandsLife(estate: Estate, options: MirrorOptions, index: number): Promise<void> {
  const { world } = estate;
  const name = `mirror-hand-${index + 1}`;
  const rng = world.rng.fork(name);
  while (world.trouble) {
    await wait(world, rng.skewed(options.handMs));
    if (!world.trouble) return;
    const does = rng.weighted<MirrorEdit>(options.edits);
    const array = rng.pick(estate.arrays());
    const edit = does && editOf(rng, estate, array, does);
    if (!edit) continue;
    const request = {
      operation: 'hand',
      args: handEditSchema.parse(edit),
      nowMs: world.scheduler.nowMs,
    } as const;
    const { answer, changes } = array.handle(request);
    if (!answer.ok || changes.length === 0) continue;
    world.count(`by hand: mirror ${does}`);
    world.log.say(name, `${array.name}: ${JSON.stringify(edit)}`);
    world.monitor.touched.add(`${array.name}/${edit.volume}`);
    world.monitor.mirrors.onHand(array, changes);
  }
}

/** Ours only: those of others are theirs. */
function editOf(rng: Rng, estate: Estate, array: SimArray, does: MirrorEdit) {
  const { monitor } = estate.world;
  const ours = estate.volumesOf(array).filter((volume) => monitor.ourUrn(volume) !== undefined && !volume.snapshot);
  const following = ours.filter(({ mirror }) => mirror !== undefined);
  if (does !== 'follow') {
    if (following.length === 0) return undefined;
    // To resume is to follow, and the array knows whom.
    const verb = does === 'resume' ? ('follow' as const) : does;
    return { edit: 'mirror' as const, volume: rng.pick(following).id, does: verb };
  }
  const mayFollow = (volume: StoredVolume) =>
    volume.mappings.length === 0 && !volume.mirrors?.length && !volume.snapshots?.length;
  const followers = ours.filter((volume) => mayFollow(volume) && (volume.mirror || rng.chance(0.3)));
  if (followers.length === 0) return undefined;
  const follower = rng.pick(followers);
  const sources = ours.filter(
    ({ id, mirror, sizeBytes }) => id !== follower.id && !mirror && sizeBytes <= follower.sizeBytes,
  );
  if (sources.length === 0) return undefined;
  return { edit: 'mirror' as const, volume: follower.id, does: 'follow' as const, source: rng.pick(sources).id };
}
