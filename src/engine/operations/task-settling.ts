/** Tasks of what was asked for and needs no workflow: it is so already, or there is no place for it. */
import { uuid } from '../../lib/random.ts';
import { urnFromSeed } from '../model/urn.ts';
import { writeSettledTasks } from '../workflow/tasks.ts';
import { type Call, randomHex } from './engine.ts';
import type { InputOf, ResultOf } from './types.ts';

export async function taskSettle(
  { engine, ctx }: Call,
  input: InputOf<'task.settle'>,
): Promise<ResultOf<'task.settle'>> {
  const { name, resources, problem } = input;
  const seed = randomHex(engine.random, 32);
  const about = resources.map(({ kind, name: resource, urn, address }) => ({
    kind,
    name: resource,
    urn: urn ?? urnFromSeed(seed, kind, resource),
    address: address ?? `${kind}.${resource}`,
  }));
  const serviceError = problem && { ...problem, description: `${name} is not possible`, retryable: false };
  const settled = { name, resources: about, ...(serviceError ? { serviceError } : {}) };
  const by = { actor: ctx.actor, nowMs: engine.clock.nowMs() };
  const tasks = await writeSettledTasks(engine.store, uuid(engine.random), settled, by);
  return { outcome: 'ok', diagnostics: [], tasks };
}
