/**
 * The simulated array as a pure state machine: `handle(kv, request)` gives the response and changes only keys that the
 * request is about. No I/O, no time but the request's. The shells (memory.ts, disk.ts) give it a Kv and carry answers.
 */
import { DriverError, type DriverErrorFields } from 'coprhd/driver';
import { CHANGE_COLLECTION, changeHead, changesSince, forgetChanges, hidesVolumes, noteChanges } from './changes.ts';
import { cancelCopy, ensureSnapshots, pollCopy, startCopy } from './copies.ts';
import { LOAD_COLLECTION, sampleMetrics } from './counters.ts';
import {
  ARRAY_FAULTS,
  addFault,
  clearFaults,
  distort,
  FAULT_COLLECTION,
  listFaults,
  lostReplyClass,
  takeFaults,
} from './faults.ts';
import { cancelSnapshots, pollSnapshots, settle, startSnapshots } from './full-snapshots.ts';
import { applyHandEdit } from './hand.ts';
import {
  findMask,
  findVolume,
  identify,
  listMasks,
  listPools,
  listPorts,
  listVolumes,
  readMask,
  readVolume,
  show,
} from './inventory.ts';
import { buffered, type Kv } from './kv.ts';
import { deleteMask, ensureMapping, ensureMask, markMask, removeMapping, unmarkMask } from './masks.ts';
import type { OperationName, Operations, Request, Response } from './messages.ts';
import { ensureMirror, pauseMirrors, pollMirror, resumeMirror, splitMirror } from './mirrors.ts';
import { arrays, SELF } from './objects.ts';
import { build, topologies } from './topology.ts';
import {
  cancelZeroing,
  deleteVolume,
  ensureVolume,
  expandVolume,
  markVolume,
  pollZeroing,
  renameVolume,
  startZeroing,
  unmarkVolume,
} from './volumes.ts';

type Handlers = {
  [K in OperationName]: (kv: Kv, args: Operations[K]['args'], nowMs: number) => Operations[K]['value'];
};

/** Collections that make up an array; everything is deleted from them by a reset. */
export const COLLECTIONS = [
  'array',
  'topology',
  'pool',
  'port',
  'director',
  'volume',
  'volume-name',
  'wwn',
  'mask',
  'mask-name',
  'initiator',
  'zeroing',
  'mirroring',
  'snapshot-job',
  CHANGE_COLLECTION,
  LOAD_COLLECTION,
  FAULT_COLLECTION,
] as const;

const HANDLERS: Handlers = {
  identify,
  listPools,
  listPorts,
  listVolumes,
  listMasks,
  sampleMetrics,
  changesSince,
  readVolume,
  findVolume: (kv, args, nowMs) => {
    settle(kv, args.name, nowMs);
    return findVolume(kv, args, nowMs);
  },
  readMask,
  findMask,
  ensureVolume,
  deleteVolume,
  renameVolume,
  markVolume,
  unmarkVolume,
  expandVolume,
  startZeroing,
  pollZeroing,
  cancelZeroing,
  ensureSnapshots,
  startSnapshots,
  pollSnapshots,
  cancelSnapshots,
  startCopy,
  pollCopy,
  cancelCopy,
  ensureMirror,
  pollMirror,
  pauseMirrors,
  resumeMirror,
  splitMirror,
  ensureMask,
  markMask,
  unmarkMask,
  deleteMask,
  ensureMapping,
  removeMapping,
  hand: applyHandEdit,
  addFault: (kv, fault) => {
    if (hidesVolumes(fault)) forgetChanges(kv);
    return addFault(kv, ARRAY_FAULTS, fault);
  },
  listFaults: (kv) => listFaults(kv, ARRAY_FAULTS),
  clearFaults: (kv, args) => clearFaults(kv, ARRAY_FAULTS, args),
  show: (kv, _args, nowMs) => show(kv, nowMs),
  reset,
};

function reset(kv: Kv): undefined {
  const { nextVolume, nextMask, nextJob, madeAt } = arrays.need(kv, SELF);
  const head = changeHead(kv);
  const topology = topologies.need(kv, SELF);
  for (const collection of COLLECTIONS) {
    for (const id of kv.list(collection)) kv.delete(`${collection}/${id}`);
  }
  build(kv, topology, { nextVolume, nextMask, nextJob, ...(madeAt === undefined ? {} : { madeAt }) });
  forgetChanges(kv, head);
}

export function errorFields(error: DriverError): DriverErrorFields {
  return {
    class: error.class,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.holders.length === 0 ? {} : { holders: error.holders }),
  };
}

/** Refused requests write nothing but the use of a fault. Throws only for bugs. */
export function handle<K extends OperationName>(kv: Kv, request: Request<K>): Response<K> {
  const { operation, args, nowMs } = request;
  const effect = takeFaults(kv, ARRAY_FAULTS, request);
  const { delayMs } = effect;
  const fail = (error: DriverErrorFields): Response<K> => ({ ok: false, error, delayMs });
  if (effect.before !== undefined) {
    return fail({ class: effect.before, message: `${operation}: ${effect.before}, as asked for by a fault` });
  }
  if (arrays.get(kv, SELF) === undefined) {
    return fail({ class: 'not-found', message: 'there is no such simulated array', hint: 'make it: coprhd sim up' });
  }
  const writes = buffered(kv);
  let answer: Response<K>;
  try {
    const value = HANDLERS[operation](writes, args, nowMs);
    noteChanges(kv, writes);
    writes.flush();
    answer = { ok: true, value: distort(value, effect) as Operations[K]['value'], delayMs };
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    answer = fail(errorFields(error));
  }
  if (!effect.after) return answer;
  return fail({ class: lostReplyClass(ARRAY_FAULTS, request), message: `${operation}: the answer was lost` });
}
