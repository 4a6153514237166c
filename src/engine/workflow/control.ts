/**
 * What others ask of running workflows, under `x/`: everybody to stop (freeze), or one workflow to suspend or to cancel
 * units. A runner hears of it by following these keys; and because each intent compares them, no step begins after such a
 * request was acknowledged, whatever the runner has heard.
 */
import { z } from 'zod';
import type { Actor } from '../model/record.ts';
import { keys } from '../state/keys.ts';
import { type KeyValue, type Operation, type StateStore, StoreDamagedError } from '../state/store.ts';

/** `x/frozen`: nothing is changed on any device until it is gone. */
export interface Freeze {
  readonly by: Actor;
  readonly atMs: number;
  readonly why: string;
}

/** `x/stop/{workflow}`. Goes when the workflow ends or goes on. */
export interface StopRequest {
  /** suspend: no further step, everything stays as it is. cancel: these units are undone, or never begun. */
  readonly want: 'suspend' | 'cancel';
  /** cancel: unit ids, or everything that has not ended. */
  readonly units: readonly string[] | 'all';
  readonly by: Actor;
  readonly atMs: number;
}

const ACTOR = z.looseObject({ type: z.enum(['local', 'user', 'system']), name: z.string() });
const FREEZE = z.looseObject({ by: ACTOR, atMs: z.number(), why: z.string() });
const STOP = z.looseObject({
  want: z.enum(['suspend', 'cancel']),
  units: z.union([z.array(z.string()), z.literal('all')]),
  by: ACTOR,
  atMs: z.number(),
});

function decode<T>(schema: z.ZodType, item: KeyValue): T {
  try {
    return schema.parse(JSON.parse(item.value)) as T;
  } catch (cause) {
    throw new StoreDamagedError(`the state is damaged: ${item.key}`, { cause });
  }
}

export async function readFreeze(store: StateStore): Promise<Freeze | undefined> {
  const item = await store.get(keys.frozen);
  return item && decode<Freeze>(FREEZE, item);
}

/** The freeze that holds from now on: this one, or the one that was there. Once it resolves no step begins any more. */
export async function freeze(store: StateStore, wanted: Freeze): Promise<Freeze> {
  const result = await store.txn({
    compare: [{ key: keys.frozen, exists: false }],
    success: [{ type: 'put', key: keys.frozen, value: JSON.stringify(wanted) }],
    failure: [{ type: 'get', key: keys.frozen }],
  });
  const [there] = result.gets;
  return there ? decode<Freeze>(FREEZE, there) : wanted;
}

/** What was lifted; undefined when nothing was frozen. */
export async function thaw(store: StateStore): Promise<Freeze | undefined> {
  for (;;) {
    const item = await store.get(keys.frozen);
    if (!item) return undefined;
    const { succeeded } = await store.txn({
      compare: [{ key: keys.frozen, modRevision: item.modRevision }],
      success: [{ type: 'delete', key: keys.frozen }],
    });
    if (succeeded) return decode<Freeze>(FREEZE, item);
  }
}

/** False when there is no such workflow any more. A cancellation grows; it never takes back another one. */
export async function requestStop(store: StateStore, workflow: string, wanted: StopRequest): Promise<boolean> {
  const key = keys.stopRequest(workflow);
  for (;;) {
    const item = await store.get(key);
    const request = item ? merge(decode<StopRequest>(STOP, item), wanted) : wanted;
    const { succeeded, gets } = await store.txn({
      compare: [
        { key: keys.workflow(workflow), exists: true },
        { key, modRevision: item?.modRevision ?? 0 },
      ],
      success: [{ type: 'put', key, value: JSON.stringify(request) }],
      failure: [{ type: 'get', key: keys.workflow(workflow) }],
    });
    if (succeeded) return true;
    if (!gets[0]) return false;
  }
}

function merge(there: StopRequest, wanted: StopRequest): StopRequest {
  if (there.want === 'suspend' || wanted.want === 'suspend') return there.want === 'cancel' ? there : wanted;
  const units =
    there.units === 'all' || wanted.units === 'all' ? 'all' : [...new Set([...there.units, ...wanted.units])];
  return { ...wanted, units };
}

/** What a runner goes by: what it has seen of the two keys, for its intents to compare. */
export interface Control {
  readonly freeze?: Freeze;
  readonly stop?: StopRequest;
  readonly stopRevision: number;
}

export const NO_CONTROL: Control = { stopRevision: 0 };

export function controlOf(workflow: string, get: (key: string) => KeyValue | undefined): Control {
  const frozen = get(keys.frozen);
  const stop = get(keys.stopRequest(workflow));
  return {
    ...(frozen ? { freeze: decode<Freeze>(FREEZE, frozen) } : {}),
    ...(stop ? { stop: decode<StopRequest>(STOP, stop) } : {}),
    stopRevision: stop?.modRevision ?? 0,
  };
}

export async function readControl(store: StateStore, workflow: string): Promise<Control> {
  const [frozen, stop] = await Promise.all([store.get(keys.frozen), store.get(keys.stopRequest(workflow))]);
  const items = new Map([frozen, stop].flatMap((item) => (item ? [[item.key, item] as const] : [])));
  return controlOf(workflow, (key) => items.get(key));
}

/** Goes with whatever ends a request: the workflow's end, or its going on. */
export function dropStopRequest(workflow: string): Operation {
  return { type: 'delete', key: keys.stopRequest(workflow) };
}
