/** People who work on the arrays by hand, and hosts that log in, log out and write: none of them asks anybody. */

import type { z } from 'zod';
import { handEditSchema } from '../../../drivers/simulator/hand.ts';
import type { StoredMask, StoredVolume } from '../../../drivers/simulator/objects.ts';
import type { Rng } from '../core/rng.ts';
import type { HandEditKind } from '../options.ts';
import type { SimArray } from '../world/sim-array.ts';
import { GIB, hostNames, iqnOf } from '../world/topology.ts';
import type { Estate } from './estate.ts';
import { wait } from './running.ts';
import { mendFabrics } from './zoner.ts';

type Edit = z.input<typeof handEditSchema>;

export class Hands {
  readonly #estate: Estate;
  readonly #name: string;
  readonly #rng: Rng;
  #serial = 0;

  constructor(estate: Estate, index: number) {
    this.#estate = estate;
    this.#name = `hand-${index + 1}`;
    this.#rng = estate.world.rng.fork(this.#name);
  }

  async live(): Promise<void> {
    const { world } = this.#estate;
    while (world.trouble) {
      await wait(world, this.#rng.skewed(world.options.handMs));
      if (!world.trouble) return;
      const kind = this.#rng.weighted<HandEditKind>(world.options.edits);
      if (!kind) continue;
      const array = this.#rng.pick(this.#estate.arrays());
      for (const edit of this.#edits(kind, array)) this.#apply(array, edit);
    }
  }

  /** What can't be done is left: the name is taken, the pool is full. */
  #apply(array: SimArray, edit: Edit): void {
    const { world } = this.#estate;
    const { answer, changes } = array.handle({
      operation: 'hand',
      args: handEditSchema.parse(edit),
      nowMs: world.scheduler.nowMs,
    });
    if (!answer.ok) return;
    world.count(`by hand: ${edit.edit}`);
    world.log.say(this.#name, `${array.name}: ${JSON.stringify(edit)}`);
    world.monitor.mirrors.onHand(array, changes);
    const harmless = edit.edit === 'write-volume' || edit.edit === 'restart';
    for (const { key, before, after } of changes) {
      if (harmless || (!key.startsWith('volume/') && !key.startsWith('mask/'))) continue;
      const object = JSON.parse((before ?? after)!) as StoredVolume | StoredMask;
      if (world.monitor.ourUrn(object) !== undefined) world.monitor.touched.add(`${array.name}/${object.id}`);
    }
  }

  #volumes(array: SimArray, ours: boolean): StoredVolume[] {
    const { monitor } = this.#estate.world;
    return this.#estate.volumesOf(array).filter((volume) => (monitor.ourUrn(volume) !== undefined) === ours);
  }

  #masks(array: SimArray): StoredMask[] {
    return [...array.texts]
      .filter(([key]) => key.startsWith('mask/'))
      .map(([, text]) => JSON.parse(text) as StoredMask);
  }

  #pool(): string {
    return `pool-${this.#rng.int(1, this.#estate.world.options.pools)}`;
  }

  #edits(kind: HandEditKind, array: SimArray): Edit[] {
    const rng = this.#rng;
    const ours = this.#volumes(array, true);
    const foreign = this.#volumes(array, false);
    const masks = this.#masks(array);
    const fresh = `${this.#name}-${++this.#serial}`;
    const one = <T>(items: readonly T[], edit: (item: T) => Edit): Edit[] =>
      items.length === 0 ? [] : [edit(rng.pick(items))];
    switch (kind) {
      case 'foreign-volume':
        return [
          {
            edit: 'add-volume',
            name: fresh,
            pool: this.#pool(),
            sizeBytes: rng.int(1, 4) * GIB,
            provisioning: rng.pick(['thin', 'thick']),
          },
        ];
      case 'foreign-mask': {
        const mappings = foreign.length > 0 ? [{ volume: rng.pick(foreign).id, hlu: rng.int(0, 9) }] : [];
        return [{ edit: 'add-mask', name: fresh, initiators: [iqnOf(fresh)], mappings }];
      }
      case 'foreign-change':
        return one(foreign, ({ id, sizeBytes }) =>
          rng.chance(0.5)
            ? { edit: 'rename-volume', volume: id, name: fresh }
            : { edit: 'resize-volume', volume: id, sizeBytes: sizeBytes + GIB },
        );
      case 'steal-capacity':
        return [
          {
            edit: 'add-volume',
            name: fresh,
            pool: this.#pool(),
            sizeBytes: Math.ceil(this.#estate.world.options.poolGib * rng.fraction() * 0.5) * GIB,
            provisioning: 'thick',
          },
        ];
      case 'clone-ours':
        return one(ours, ({ id, pool, sizeBytes }) => ({
          edit: 'add-volume',
          name: fresh,
          pool,
          sizeBytes,
          copyOf: id,
        }));
      case 'delete-ours':
        return one(ours, ({ id }) => ({ edit: 'delete-volume', volume: id }));
      case 'rename-ours':
        return one(ours, ({ id }) => ({ edit: 'rename-volume', volume: id, name: fresh }));
      case 'resize-ours':
        return one(ours, ({ id, sizeBytes }) => ({ edit: 'resize-volume', volume: id, sizeBytes: sizeBytes + GIB }));
      case 'untag-ours':
        return one(ours, ({ id }) => ({ edit: 'tag-volume', volume: id, tag: rng.pick([null, 'free text']) }));
      case 'squat-name': {
        const about = this.#estate.namesAboutToBeMade(array);
        if (about.length > 0) this.#estate.world.monitor.squats++;
        return one(about, (name) => ({ edit: 'add-volume', name, pool: this.#pool(), sizeBytes: GIB }));
      }
      default:
        return this.#more(kind, array, masks, foreign, ours);
    }
  }

  #more(
    kind: HandEditKind,
    _array: SimArray,
    masks: readonly StoredMask[],
    foreign: readonly StoredVolume[],
    ours: readonly StoredVolume[],
  ): Edit[] {
    const rng = this.#rng;
    if (kind === 'mask-change' || kind === 'mask-delete') {
      if (masks.length === 0) return [];
      const mask = rng.pick(masks);
      if (kind === 'mask-delete') return [{ edit: 'delete-mask', mask: mask.id }];
      const [mapping] = mask.mappings;
      const way = rng.int(0, 2);
      if (way === 0 && mapping) return [{ edit: 'delete-mapping', mask: mask.id, hlu: mapping.hlu }];
      if (way === 1 && foreign.length > 0) {
        return [{ edit: 'add-mapping', mask: mask.id, volume: rng.pick(foreign).id, hlu: rng.int(1, 20) }];
      }
      return [{ edit: 'add-initiator', mask: mask.id, initiator: iqnOf(`stranger-${++this.#serial}`) }];
    }
    switch (kind) {
      case 'port':
        return [{ edit: 'port', port: `SP-${rng.int(1, 2)}`, status: rng.pick(['up', 'up', 'down']) }];
      case 'pool':
        return [{ edit: 'pool', pool: this.#pool(), offlineWhy: rng.pick([null, null, 'somebody pulled it']) }];
      case 'restart':
        return [{ edit: 'restart' }];
      case 'write': {
        const thin = [...ours, ...foreign].filter(({ provisioning }) => provisioning === 'thin');
        if (thin.length === 0) return [];
        const { id, sizeBytes } = rng.pick(thin);
        return [{ edit: 'write-volume', volume: id, allocatedBytes: Math.floor((sizeBytes * rng.int(1, 4)) / 4) }];
      }
      default:
        return [];
    }
  }
}

/** A host logs in to every array that shows it something, and out again. */
export async function hostLife(estate: Estate, index: number): Promise<void> {
  const { world } = estate;
  const name = hostNames(world.options.hosts)[index]!;
  const rng = world.rng.fork(`host ${name}`);
  while (world.trouble) {
    await wait(world, rng.skewed({ min: 2_000, max: 60_000 }));
    if (!world.trouble) return;
    const array = rng.pick(estate.arrays());
    const edit = { edit: rng.pick(['login', 'logout', 'logout'] as const), initiator: iqnOf(name) };
    array.handle({ operation: 'hand', args: handEditSchema.parse(edit), nowMs: world.scheduler.nowMs });
  }
}

/** The end of trouble: cables are in, pools online. What was done to objects stays. */
export function mend(estate: Estate): void {
  if (estate.world.san) mendFabrics(estate);
  const nowMs = estate.world.scheduler.nowMs;
  for (const array of estate.arrays()) {
    const edits: Edit[] = [
      ...[1, 2].map((number): Edit => ({ edit: 'port', port: `SP-${number}`, status: 'up' })),
      ...Array.from(
        { length: estate.world.options.pools },
        (_, index): Edit => ({
          edit: 'pool',
          pool: `pool-${index + 1}`,
          offlineWhy: null,
        }),
      ),
    ];
    for (const edit of edits) array.handle({ operation: 'hand', args: handEditSchema.parse(edit), nowMs });
  }
}
