/** `task watch` without a task: says of every task whenever it has changed, until the caller has had enough. Writes nothing. */
import { LIMITS } from '../../lib/limits.ts';
import { keys } from '../state/keys.ts';
import type { StateStore } from '../state/store.ts';
import { openWorkflowIds } from '../workflow/open-workflows.ts';
import { decodeTask, readOpenTasks, type Task } from '../workflow/tasks.ts';
import type { Call } from './engine.ts';
import { changesUnder } from './following.ts';
import type { InputOf, ResultOf } from './types.ts';
import { readerOf } from './workflow-env.ts';

/** What was said last of tasks, by id. Those that have ended are forgotten. */
type Said = Map<string, string>;

export async function taskFollow(call: Call, _input: InputOf<'task.follow'>): Promise<ResultOf<'task.follow'>> {
  const { engine, ctx } = call;
  const said: Said = new Map();
  const say = (task: Task) => {
    const text = JSON.stringify(task);
    if (said.get(task.id) === text) return;
    if (task.endedAtMs === undefined) said.set(task.id, text);
    else said.delete(task.id);
    ctx.emit({ type: 'task.changed', task });
  };
  const stop = new AbortController();
  const both = AbortSignal.any([ctx.signal, stop.signal]);
  // An end is an event of its own: a task that begins and ends between two looks is said, too.
  const working = [sayOpen(call, say, both), sayEnds(engine.store, say, both)];
  try {
    await Promise.race(working);
    return { outcome: 'interrupted', diagnostics: [] };
  } finally {
    stop.abort();
    await Promise.allSettled(working);
  }
}

async function sayEnds(store: StateStore, say: (task: Task) => void, signal: AbortSignal): Promise<void> {
  const { revision } = await store.range({ prefix: keys.tasks, limit: 1, keysOnly: true });
  for await (const batch of store.watch(keys.tasks, revision + 1, signal)) {
    // What was compacted away before it was read is in `task list`.
    if (batch.type === 'gap') continue;
    for (const event of batch.events) if (event.type === 'put') say(decodeTask(event.item));
  }
}

async function sayOpen(call: Call, say: (task: Task) => void, signal: AbortSignal): Promise<void> {
  const { engine } = call;
  const reader = readerOf(call);
  for await (const _ of changesUnder(engine, [keys.workflows, keys.workflowOwners, keys.journals], signal)) {
    for (const id of await openWorkflowIds(engine.store)) {
      for (const task of (await readOpenTasks(reader, id)) ?? []) if (task.endedAtMs === undefined) say(task);
    }
    // Steps come faster than anybody reads.
    await engine.clock.sleep(LIMITS.taskFollowMs, signal).catch(() => {});
  }
}
