/**
 * Faults that somebody asked for, of an array or of a fabric. They are stored with it like everything else, so that another
 * process can set them, and are used up by calls of the driver contract only. The cores apply them around an operation.
 */
import { DriverError, type DriverErrorClass, type Page } from 'coprhd/driver';
import { z } from 'zod';
import { type Kv, table } from './kv.ts';
import { DRIVER_OPERATION_NAMES, DRIVER_OPERATIONS } from './requests.ts';
import { NETWORK_OPERATION_NAMES, NETWORK_OPERATIONS } from './san/requests.ts';

const ERROR_CLASSES = [
  'transient',
  'busy',
  'conflict',
  'exists',
  'not-found',
  'auth',
  'invalid',
  'unsupported',
  'capacity',
  'ambiguous',
] as const satisfies readonly DriverErrorClass[];

/** A second table of faults would never be looked at by anybody. */
export const FAULTS_MAX = 100;

const faultFields = {
  /** Fails with this class; nothing has happened. */
  before: z.enum(ERROR_CLASSES).optional(),
  /** It happens, and the answer is lost. */
  after: z.literal(true).optional(),
  /** It happens, and the answer takes this long. */
  latencyMs: z.int().min(0).max(3_600_000).optional(),
  /** Lists leave out what `match` names (without it: every second item) and say that they aren't complete. */
  partial: z.literal(true).optional(),
  /** Lists and reads don't show what `match` names (without it: anything), and don't say so. */
  vanish: z.literal(true).optional(),
  /** Used up after this many calls; without it, it stays until cleared. */
  times: z.int().min(1).optional(),
  /** Only calls whose arguments contain this text; with partial and vanish, the objects with it in name or native id. */
  match: z.string().min(1).optional(),
};

/** For `operation`: one of the driver contract, or all of them. */
const operations = (names: readonly string[]) => z.union([z.literal('*'), z.enum(names as [string, ...string[]])]);

export const faultSchema = z.strictObject({ operation: operations(DRIVER_OPERATION_NAMES), ...faultFields });
export type Fault = z.infer<typeof faultSchema>;

/** `activate` is the activation within applyZoneDelta: with `before` the fabric rejects it. */
export const ACTIVATION = 'activate';
export const networkFaultSchema = z.strictObject({
  operation: operations([...NETWORK_OPERATION_NAMES, ACTIVATION]),
  ...faultFields,
});
export type StoredFault = Fault & { readonly id: number };

/** What faults look at of a request. */
interface Call {
  readonly operation: string;
  readonly args: unknown;
}

interface FaultList {
  readonly next: number;
  readonly faults: readonly StoredFault[];
}

export const FAULT_COLLECTION = 'fault';
const lists = table<FaultList>(FAULT_COLLECTION, 'fault list');
const EMPTY: FaultList = { next: 1, faults: [] };

/** Whose faults: the list that they are kept in, and the operations that they hit. */
export interface FaultScope {
  readonly list: string;
  readonly operations: Readonly<Record<string, { readonly changes: boolean }>>;
}

export const ARRAY_FAULTS: FaultScope = { list: 'list', operations: DRIVER_OPERATIONS };
export const fabricFaults = (fabric: string): FaultScope => ({
  list: `fabric-${fabric}`,
  operations: { ...NETWORK_OPERATIONS, [ACTIVATION]: { changes: true } },
});

/** What the faults do to one call. */
export interface FaultEffect {
  readonly before?: DriverErrorClass;
  readonly after: boolean;
  readonly delayMs: number;
  /** Hides objects in what is answered. */
  readonly views: readonly StoredFault[];
}

export function addFault(kv: Kv, { list: id }: FaultScope, fault: Fault): StoredFault {
  const list = lists.get(kv, id) ?? EMPTY;
  if (list.faults.length >= FAULTS_MAX) {
    throw new DriverError({ class: 'invalid', message: `more than ${FAULTS_MAX} faults`, hint: 'clear some first' });
  }
  const stored = { ...fault, id: list.next };
  lists.put(kv, id, { next: list.next + 1, faults: [...list.faults, stored] });
  return stored;
}

export function listFaults(kv: Kv, { list }: FaultScope): readonly StoredFault[] {
  return (lists.get(kv, list) ?? EMPTY).faults;
}

/** How many were cleared. */
export function clearFaults(kv: Kv, { list: listId }: FaultScope, args: { readonly id?: number }): number {
  const list = lists.get(kv, listId) ?? EMPTY;
  const faults = args.id === undefined ? [] : list.faults.filter(({ id }) => id !== args.id);
  if (faults.length < list.faults.length) lists.put(kv, listId, { ...list, faults });
  return list.faults.length - faults.length;
}

function applies(fault: StoredFault, request: Call): boolean {
  if (fault.operation !== '*' && fault.operation !== request.operation) return false;
  const aboutObjects = fault.partial || fault.vanish;
  return aboutObjects || fault.match === undefined || JSON.stringify(request.args).includes(fault.match);
}

/** Faults that hit this call, each used up by one. A `before` hides the ones after it: the call got no further. */
export function takeFaults(kv: Kv, scope: FaultScope, request: Call): FaultEffect {
  const none: FaultEffect = { after: false, delayMs: 0, views: [] };
  if (!Object.hasOwn(scope.operations, request.operation)) return none;
  const list = lists.get(kv, scope.list);
  if (!list || list.faults.length === 0) return none;
  const hit = list.faults.filter((fault) => applies(fault, request));
  const stop = hit.findIndex((fault) => fault.before !== undefined);
  const taken = stop < 0 ? hit : hit.slice(0, stop + 1);
  if (taken.some(({ times }) => times !== undefined)) {
    const left = list.faults.flatMap((fault) => {
      if (fault.times === undefined || !taken.includes(fault)) return [fault];
      return fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
    });
    lists.put(kv, scope.list, { ...list, faults: left });
  }
  const before = taken.find((fault) => fault.before !== undefined)?.before;
  return {
    ...(before === undefined ? {} : { before }),
    after: taken.some(({ after }) => after),
    delayMs: taken.reduce((sum, { latencyMs }) => sum + (latencyMs ?? 0), 0),
    views: taken.filter(({ partial, vanish }) => partial || vanish),
  };
}

/** The class of an answer that never came: nothing can have changed by a read. */
export const lostReplyClass = ({ operations: all }: FaultScope, { operation }: Call): DriverErrorClass =>
  all[operation]?.changes ? 'ambiguous' : 'transient';

interface Named {
  readonly nativeId?: string;
  readonly name?: string;
}

const isPage = (value: unknown): value is Page<Named> =>
  typeof value === 'object' && value !== null && 'items' in value && 'complete' in value;

/** Hides objects from the answer of a list or a read. */
export function distort(value: unknown, effect: FaultEffect): unknown {
  let seen = value;
  for (const { match, partial } of effect.views) {
    const hit = (item: Named) => match === undefined || `${item.name} ${item.nativeId}`.includes(match);
    if (isPage(seen)) {
      const items = seen.items.filter((item, index) => (partial && match === undefined ? index % 2 === 0 : !hit(item)));
      seen = { ...seen, items, complete: partial ? false : seen.complete };
    } else if (!partial && typeof seen === 'object' && seen !== null && 'nativeId' in seen && hit(seen as Named)) {
      seen = undefined;
    }
  }
  return seen;
}
