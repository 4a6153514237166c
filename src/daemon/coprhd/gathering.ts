/**
 * Requests for new resources that come while another is being planned and committed are planned together: a plan looks at the
 * same devices and takes from the same pools whether it makes one volume or a hundred. Each is answered with its own tasks; what
 * can't be promised together is asked for one by one, so that nobody's mistake is another one's. After several were answered
 * those who ask again are waited for a moment, a part of what the plan took, so that they are in the next plan and not beside it.
 */
import type { InputOf } from '../../engine/operations/types.ts';
import { LIMITS } from '../../lib/limits.ts';
import { type About, type Asking, type Begun, beginTasks } from './changing.ts';

type Creation = InputOf<'resource.create'>;

interface Waiting {
  readonly asked: Asking;
  readonly about: About;
  readonly input: Creation;
  readonly resolve: (begun: Begun) => void;
  readonly reject: (error: unknown) => void;
}

export interface Gatherer {
  /** `user`: requests of several are never put together. */
  create(user: string, asked: Asking, about: About, input: Creation): Promise<Begun>;
}

/** Requests of one user, kind and project. */
interface Queue {
  readonly waiting: Waiting[];
  /** Hears of each that comes. */
  onMore?: (() => void) | undefined;
}

export function createGatherer(nowMs: () => number): Gatherer {
  const queues = new Map<string, Queue>();
  const drain = async (key: string, queue: Queue): Promise<void> => {
    const { waiting } = queue;
    while (waiting.length > 0) {
      const group = takeGroup(waiting);
      const startedMs = nowMs();
      await answerAll(group);
      const waitMs = Math.min(LIMITS.gatherWaitMs, (nowMs() - startedMs) * GATHER_SHARE);
      if (group.length > 1) await untilThere(queue, waiting.length + group.length, waitMs);
    }
    // In the same turn as the last look at who waits: whoever comes next begins anew.
    queues.delete(key);
  };
  return {
    create: (user, asked, about, input) =>
      new Promise((resolve, reject) => {
        const key = JSON.stringify([user, input.kind, input.project ?? '']);
        const waiting = { asked, about, input, resolve, reject };
        const queue = queues.get(key);
        if (queue) {
          queue.waiting.push(waiting);
          queue.onMore?.();
          return;
        }
        const own = { waiting: [waiting] };
        queues.set(key, own);
        void drain(key, own);
      }),
  };
}

/** Of what the last plan took. */
const GATHER_SHARE = 0.25;

function untilThere(queue: Queue, count: number, waitMs: number): Promise<void> {
  if (waitMs <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      queue.onMore = undefined;
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    queue.onMore = () => {
      if (queue.waiting.length >= count) done();
    };
  });
}

/** The first, and of the others in order what fits beside it: a name is made once. */
function takeGroup(queue: Waiting[]): Waiting[] {
  const names = new Set<string>();
  const group: Waiting[] = [];
  while (queue.length > 0) {
    const own = Object.keys(queue[0]!.input.resources).map((name) => name.toLowerCase());
    const fits = names.size + own.length <= LIMITS.byNameMax && !own.some((name) => names.has(name));
    if (group.length > 0 && !fits) break;
    for (const name of own) names.add(name);
    group.push(queue.shift()!);
  }
  return group;
}

/** Never rejects: each hears of its own. */
async function answerAll(group: readonly Waiting[]): Promise<void> {
  const together = group.length > 1 ? await beginTogether(group) : undefined;
  if (together) {
    for (const { about, resolve } of group) resolve(shareOf(together, about));
    return;
  }
  await Promise.all(group.map(answerAlone));
}

async function answerAlone({ asked, about, input, resolve, reject }: Waiting): Promise<void> {
  await beginTasks(asked, about, () => asked.engine.call('resource.create', input)).then(resolve, reject);
}

/** Undefined: not to be had together. */
async function beginTogether(group: readonly Waiting[]): Promise<Begun | undefined> {
  const { asked, about, input } = group[0]!;
  const resources = Object.assign({}, ...group.map((each) => each.input.resources)) as Creation['resources'];
  const all = { ...about, resources: group.flatMap((each) => each.about.resources) };
  try {
    const plan = () => asked.engine.call('resource.create', { ...input, resources });
    return await beginTasks(asked, all, plan, true);
  } catch {
    // Whatever it was, each meets its own: a name is made once, also where nobody knows what became of this attempt.
    return undefined;
  }
}

function shareOf({ tasks, plan }: Begun, { resources }: About): Begun {
  const own = new Set(resources.map(({ kind, name }) => `${kind} ${name}`));
  const mine = tasks.filter(({ resource: { kind, name } }) => own.has(`${kind} ${name}`));
  return { tasks: mine, ...(plan ? { plan } : {}) };
}
