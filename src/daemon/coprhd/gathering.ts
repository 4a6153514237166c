/**
 * Requests for new resources that come while another is being planned and committed are planned together: a plan looks at the
 * same devices and takes from the same pools whether it makes one volume or a hundred. Each is answered with its own tasks; what
 * can't be promised together is asked for one by one, so that nobody's mistake is another one's.
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

export function createGatherer(): Gatherer {
  const queues = new Map<string, Waiting[]>();
  const drain = async (key: string, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) await answerAll(takeGroup(queue));
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
          queue.push(waiting);
          return;
        }
        const own = [waiting];
        queues.set(key, own);
        void drain(key, own);
      }),
  };
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
