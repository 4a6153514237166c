/** People who take snapshots and make full copies by name, restore from them, resynchronise and detach them; whoever runs snapshot policies; and hosts that write. */

import { handEditSchema } from '../../../drivers/simulator/hand.ts';
import type { StoredVolume } from '../../../drivers/simulator/objects.ts';
import { isLive, type ResourceRecord } from '../../../src/engine/model/record.ts';
import { addressOf } from '../../../src/engine/observe/addresses.ts';
import type { StatefulOperation } from '../../../src/engine/operations/registry.ts';
import type { InputOf } from '../../../src/engine/operations/types.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { type CopyOperation, type CopyOptions, wishOf } from '../copy-options.ts';
import type { SimArray } from '../world/sim-array.ts';
import type { World } from '../world/world.ts';
import type { Estate } from './estate.ts';
import { ATTESTED, Person } from './person.ts';
import { type RunOptions, wait } from './running.ts';

export class Copier extends Person {
  readonly #options: CopyOptions;
  #serial = 0;

  constructor(estate: Estate, options: CopyOptions, index: number) {
    super(estate, `copier-${index + 1}`);
    this.#options = options;
  }

  async live(): Promise<void> {
    const { world } = this.estate;
    while (world.trouble) {
      await wait(world, this.rng.skewed(this.#options.copierMs));
      if (!world.trouble) return;
      if (this.estate.closedForRestore) continue;
      const operation = this.rng.weighted<CopyOperation>(this.#options.does);
      if (operation) await this.#do(operation);
      world.monitor.check();
    }
  }

  async #do(operation: CopyOperation): Promise<void> {
    switch (operation) {
      case 'take': {
        const wish = this.#quiesced();
        const of = (wish.quiesce && this.#seen()) || this.#one('volume', 'consistencyGroup');
        if (!of) return;
        const [onRemove, protect] = [this.rng.pick(['quarantine', 'delete'] as const), false];
        const input = { name: this.#fresh('t'), of, onRemove, protect, ...wish, ...this.#vouched() };
        return this.#planned('snapshot.take', `snapshot of ${of}`, input);
      }
      case 'make': {
        const of = this.#one('volume', 'snapshot', 'snapshot');
        if (!of) return;
        const count = this.rng.chance(0.3) ? { count: 2 } : {};
        const input = {
          ...{ name: this.#fresh('m'), of, onRemove: 'delete' as const, protect: false },
          ...count,
          ...this.#vouched(),
        };
        return this.#planned('copy.make', `copy of ${of}`, input);
      }
      case 'remove': {
        const made = this.#live('snapshot', 'volume').filter(({ owner }) => owner.type === 'api');
        if (made.length === 0) return;
        const address = addressOf(this.rng.pick(made));
        return this.#planned('resource.remove', `remove ${address}`, { addresses: [address] });
      }
      case 'restore':
      case 'resynchronise':
      case 'detach':
        return this.#invoke(operation);
      case 'run':
        return this.#runPolicies();
    }
  }

  #quiesced(): { quiesce?: true | 'try' } {
    const { quiesce } = this.#options;
    const wish = quiesce ? wishOf(this.rng, quiesce) : undefined;
    return wish === undefined ? {} : { quiesce: wish === 'true' ? true : 'try' };
  }

  /** A volume that a host sees, or its group. */
  #seen(): string | undefined {
    const { monitor } = this.estate.world;
    const seen = this.#live('volume').filter(({ urn }) => monitor.quiescing.seersOf(urn).length > 0);
    if (seen.length === 0 || this.rng.chance(0.1)) return undefined;
    const volume = this.rng.pick(seen) as ResourceRecord<'volume'>;
    const group = monitor.state.record(volume.spec.consistencyGroup ?? '');
    return addressOf(group && this.rng.chance(0.5) ? group : volume);
  }

  /** What a host is logged in to is not copied in full unless somebody vouches for it. */
  #vouched(): { attestOffline?: string } {
    return this.#options.full && this.rng.chance(0.4) ? { attestOffline: ATTESTED } : {};
  }

  #fresh(letter: string): string {
    return `${this.name}-${letter}${++this.#serial}`;
  }

  #live(...kinds: readonly string[]): ResourceRecord[] {
    return this.estate.world.monitor.state.live().filter(({ kind }) => kinds.includes(kind));
  }

  /** Each kind as often as it is named. */
  #one(...kinds: readonly string[]): string | undefined {
    const records = this.#live(this.rng.pick(kinds));
    return records.length === 0 ? undefined : addressOf(this.rng.pick(records));
  }

  #invoke(verb: 'restore' | 'resynchronise' | 'detach'): Promise<void> | undefined {
    const copies = this.#live('snapshot', 'volume').filter(({ kind, spec }) =>
      kind === 'snapshot' ? verb === 'restore' : 'copyOf' in spec,
    );
    if (copies.length === 0) return undefined;
    const address = addressOf(this.rng.pick(copies));
    const attested = this.rng.chance(0.5) ? { attestOffline: ATTESTED } : {};
    const wholeSet = this.rng.chance(0.4) ? { wholeSet: true } : {};
    return this.#planned('copy.invoke', `${verb} ${address}`, { verb, addresses: [address], ...wholeSet, ...attested });
  }

  async #planned<N extends StatefulOperation>(name: N, what: string, input: InputOf<N>): Promise<void> {
    const end = await this.run(name, what, input);
    const plan = end.type === 'result' ? (end.result as { plan?: Plan }).plan : undefined;
    if (!plan) return;
    const cancels = this.#thinksBetterOf(name);
    const applied = this.applyPlan(what, plan, input as { attestOffline?: string });
    await Promise.all([applied, ...(cancels ? [this.cancelSoon(plan, { min: 200, max: 12_000 })] : [])]);
  }

  #thinksBetterOf(name: StatefulOperation): boolean {
    if (name === 'copy.invoke') return this.rng.chance(this.#options.cancels);
    const { full } = this.#options;
    return full ? name !== 'resource.remove' && this.rng.chance(full.cancels) : false;
  }

  /** What policies say was agreed to when they were declared. */
  async #runPolicies(): Promise<void> {
    const { monitor } = this.estate.world;
    const onEvent: RunOptions['onEvent'] = (event) => {
      if (event.type !== 'plan.made') return;
      monitor.approve(event.plan, { confirmDestroy: event.plan.removals.volumes });
    };
    const end = await this.run('snapshot.run', 'snapshot run', { claimWaitMs: 1_000 }, { onEvent });
    if (end.type === 'result') monitor.onRun(end.result);
  }
}

/** Hosts write, often to several volumes one right after the other, as a database does. Never to what somebody is about to overwrite. */
export async function writerLife(estate: Estate, options: CopyOptions): Promise<void> {
  const { world } = estate;
  const rng = world.rng.fork('writer');
  let words = 0;
  while (world.trouble) {
    await wait(world, rng.skewed(options.writeMs));
    for (let left = rng.int(1, 6); left > 0 && world.trouble; left--) {
      const array = rng.pick(estate.arrays());
      const written = estate.volumesOf(array).filter((volume) => isWritten(world, volume));
      if (written.length === 0) continue;
      const volume = rng.pick(written);
      const share = rng.int(1, 4) / 4;
      const content = `w${++words}`;
      if (!byHand(world, array, { edit: 'write-content', volume: volume.id, content })) continue;
      world.monitor.copies.onWrite(array, volume, content);
      // What is overwritten is kept by the snapshots.
      for (const id of [volume.id, ...(volume.snapshots ?? []).filter((each) => sharesBlocks(array, each))]) {
        const allocatedBytes = Math.floor(volume.sizeBytes * share);
        if (volume.provisioning === 'thin') byHand(world, array, { edit: 'write-volume', volume: id, allocatedBytes });
      }
      await wait(world, rng.int(1, 400));
    }
  }
}

/** What was copied in full has blocks of its own. */
function sharesBlocks(array: SimArray, id: string): boolean {
  const text = array.texts.get(`volume/${id}`);
  return text === undefined || (JSON.parse(text) as StoredVolume).snapshot?.fullCopy !== true;
}

function isWritten({ monitor }: World, volume: StoredVolume): boolean {
  const urn = volume.snapshot || volume.quarantined ? undefined : monitor.ourUrn(volume);
  const record = urn === undefined ? undefined : monitor.state.record(urn);
  if (!record || !isLive(record) || record.claim || record.status.phase !== 'ready') return false;
  return !monitor.quiescing.isHeldStill(record.urn);
}

function byHand({ scheduler }: World, array: SimArray, edit: Parameters<typeof handEditSchema.parse>[0]): boolean {
  return array.handle({ operation: 'hand', args: handEditSchema.parse(edit), nowMs: scheduler.nowMs }).answer.ok;
}
