/** What people share: the plan files, and what they can see of the arrays and the state when they decide what to do. */
import { readMark, type StoredVolume } from '../../../drivers/simulator/objects.ts';
import { addressOf } from '../../../src/engine/observe/addresses.ts';
import type { PlanSource } from '../../../src/engine/operations/types.ts';
import type { Rng } from '../core/rng.ts';
import { isTaking } from '../invariants/full-copies.ts';
import type { SimArray } from '../world/sim-array.ts';
import { Stack } from '../world/stacks.ts';
import { hostNames, type Infrastructure, infrastructureText } from '../world/topology.ts';
import type { World } from '../world/world.ts';
import type { Follower } from './follower.ts';

export class Estate {
  readonly world: World;
  readonly stacks: readonly Stack[];
  #infrastructure: Infrastructure = { extra: {}, tags: 0 };
  readonly followers: Follower[] = [];
  /** Operations of people that are running. */
  busy = 0;
  /** Everybody keeps away from the state for a while. */
  closedForRestore = false;

  constructor(world: World) {
    this.world = world;
    this.stacks = Array.from({ length: world.options.stacks }, (_, index) => new Stack(`s${index + 1}`, world.options));
  }

  sourceOf(stacks: readonly Stack[], infrastructure = false): PlanSource {
    return {
      texts: [
        ...(infrastructure
          ? [{ file: 'infrastructure.yaml', text: infrastructureText(this.world.options, this.#infrastructure) }]
          : []),
        ...stacks.map((stack) => ({ file: `${stack.name}.yaml`, text: stack.text() })),
      ],
      variables: {},
    };
  }

  editInfrastructure(rng: Rng): void {
    const { extra, tags } = this.#infrastructure;
    const host = rng.pick(hostNames(this.world.options.hosts));
    this.#infrastructure = rng.chance(0.5)
      ? { extra: { ...extra, [host]: !extra[host] }, tags }
      : { extra, tags: tags + 1 };
  }

  arrays(): SimArray[] {
    return [...this.world.arrays.values()];
  }

  volumesOf(array: SimArray): StoredVolume[] {
    return [...array.texts]
      .filter(([key]) => key.startsWith('volume/'))
      .map(([, text]) => JSON.parse(text) as StoredVolume);
  }

  quarantined(rng: Rng): string | undefined {
    const records = this.world.monitor.state.records().filter(({ status }) => status.phase === 'quarantined');
    if (records.length === 0) return undefined;
    return addressOf(rng.pick(records));
  }

  /** What workflows are going to make on the array: somebody may come before them. */
  namesAboutToBeMade(array: SimArray): string[] {
    const { state } = this.world.monitor;
    const there = new Set(this.volumesOf(array).map(({ name }) => name));
    return state.workflows().flatMap((workflow) =>
      (state.plan(workflow)?.units ?? []).flatMap(({ steps }) =>
        steps.flatMap((step) => {
          if (step.kind !== 'volume.create' && !isTaking(step)) return [];
          const made = step.kind === 'volume.create' ? [step.args.name] : step.args.members.map(({ name }) => name);
          const isHere = this.world.monitor.arrayOf(step.system) === array.name;
          return isHere ? made.filter((name) => !there.has(name)) : [];
        }),
      ),
    );
  }

  foreignVolume(rng: Rng): { readonly system: string; readonly nativeId: string } | undefined {
    const array = rng.pick(this.arrays());
    const foreign = this.volumesOf(array).filter(({ tag, quarantined }) => !readMark(tag) && !quarantined);
    if (foreign.length === 0) return undefined;
    return { system: array.name.replace('sim', 'array'), nativeId: rng.pick(foreign).id };
  }
}
