/**
 * Snapshots that jobs copy in full: none is begun while somebody uses what is copied, unless somebody vouches for it; and what is there in the end is
 * what all of its volumes held from the beginning to the end. What the array does by itself counts as done by whoever had it begin.
 */
import { contentAt } from '../../../drivers/simulator/copies.ts';
import type { snapshotJobs } from '../../../drivers/simulator/full-snapshots.ts';
import type { Request } from '../../../drivers/simulator/messages.ts';
import { initiators, type StoredMask, type StoredVolume } from '../../../drivers/simulator/objects.ts';
import { isInitiatorLoggedIn } from '../../../drivers/simulator/san/links.ts';
import type { Step } from '../../../src/engine/planner/plan.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { Change } from '../world/noting-kv.ts';
import type { SimArray } from '../world/sim-array.ts';
import type { Monitor } from './monitor.ts';
import { approvalOf, urnsOf } from './mutations.ts';

type TakingStep = Extract<Step, { kind: 'snapshot.create' | 'snapshot.copy' }>;

export const isTaking = (step: Step): step is TakingStep =>
  step.kind === 'snapshot.create' || step.kind === 'snapshot.copy';

type Job = NonNullable<ReturnType<(typeof snapshotJobs)['get']>>;

interface Begun {
  readonly process: Incarnation;
  readonly request: Request;
  readonly moment: number;
}

const parsed = <T>(text: string | undefined): T | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as T);

export class FullCopyWatch {
  readonly #monitor: Monitor;
  /** `array/key` of jobs. */
  readonly #begun = new Map<string, Begun>();
  /** `array/native id` of volumes → when what they hold has changed last, or began to. */
  readonly #changedAt = new Map<string, number>();
  #moment = 0;

  constructor(monitor: Monitor) {
    this.#monitor = monitor;
  }

  /** A host wrote to it. */
  onWrite(where: string): void {
    this.#changedAt.set(where, ++this.#moment);
  }

  afterMutation(process: Incarnation, array: SimArray, request: Request, changes: readonly Change[]): void {
    this.#moment++;
    for (const { key, before, after } of changes) {
      if (key.startsWith('volume/')) this.#noteChange(array, before, after);
      if (!key.startsWith('snapshot-job/') || after === undefined) continue;
      this.#begun.set(`${array.name}/${key}`, { process, request, moment: this.#moment });
      this.#begins(process, array, request, JSON.parse(after) as Job);
    }
  }

  #noteChange(array: SimArray, before: string | undefined, after: string | undefined): void {
    const [was, is] = [parsed<StoredVolume>(before), parsed<StoredVolume>(after)];
    const holds = (volume: StoredVolume | undefined) => JSON.stringify([volume?.content, volume?.copy, volume?.mirror]);
    if (was && is && holds(was) !== holds(is)) this.#changedAt.set(`${array.name}/${is.id}`, this.#moment);
  }

  #begins(process: Incarnation, array: SimArray, request: Request, { args }: Job): void {
    const approval = process.state === 'dead' ? undefined : approvalOf(this.#monitor, process, urnsOf(request));
    if (!approval || approval.attested) return;
    for (const { source } of args.members) {
      const volume = parsed<StoredVolume>(array.texts.get(`volume/${source.nativeId}`));
      const user = volume && userOf(array, volume);
      if (user === undefined) continue;
      this.#monitor.world.violate(
        'copied-while-nobody-uses-it',
        `${process.name} has ${volume!.name} copied in full while ${user} is logged in to it, and nobody vouches for that`,
      );
    }
  }

  /** A job came to its end: what it has made. */
  onSettled(array: SimArray, key: string, changes: readonly Change[]): void {
    const begun = this.#begun.get(`${array.name}/${key}`);
    if (!begun) return;
    const { process, request, moment } = begun;
    const made = changes.flatMap(({ key: changed, before, after }) =>
      changed.startsWith('volume/') && before === undefined && after !== undefined
        ? [JSON.parse(after) as StoredVolume]
        : [],
    );
    const said = made.length > 0 ? `made ${made.map(({ name }) => name).join(', ')}` : 'came to nothing';
    this.#monitor.world.log.say(array.name, `full copy ${said}`);
    this.#monitor.world.count(made.length > 0 ? 'full copy: made' : 'full copy: came to nothing');
    for (const snapshot of made) this.#isOfOneMoment(array, snapshot, moment);
    this.#monitor.afterMutation(process, array, request, changes);
  }

  #isOfOneMoment(array: SimArray, { name, content, snapshot }: StoredVolume, begunAt: number): void {
    const { world } = this.#monitor;
    const where = `${array.name}/${snapshot!.source}`;
    const source = parsed<StoredVolume>(array.texts.get(`volume/${snapshot!.source}`));
    const held = source && contentAt(array.kv, source, world.scheduler.nowMs);
    if ((this.#changedAt.get(where) ?? 0) <= begunAt && held === content) return;
    world.violate('full-copies-are-of-one-moment', `${name} holds ${content}, and ${where} was written to on the way`);
  }
}

/** An initiator that is logged in to it through one of its masks. */
function userOf(array: SimArray, { mappings }: StoredVolume): string | undefined {
  for (const { mask: id } of mappings) {
    const mask = parsed<StoredMask>(array.texts.get(`mask/${id}`));
    const user = mask?.initiators.find((name) =>
      isInitiatorLoggedIn(array.kv, name, initiators.get(array.kv, name)?.ports ?? [], mask.ports),
    );
    if (user !== undefined) return user;
  }
  return undefined;
}
