/**
 * The simulated SAN as a pure state machine: `handleSan(kv, request)` gives the response and changes only keys that the
 * request is about. No I/O, no time but the request's. Refused requests write nothing but the use of a fault.
 */
import { DriverError, type DriverErrorClass, type DriverErrorFields } from 'coprhd/driver';
import type { TransportContext } from '../client.ts';
import { errorFields } from '../core.ts';
import {
  ACTIVATION,
  addFault,
  clearFaults,
  distort,
  type Fault,
  type FaultEffect,
  fabricFaults,
  listFaults,
  lostReplyClass,
  type StoredFault,
  takeFaults,
} from '../faults.ts';
import { buffered, type Kv } from '../kv.ts';
import type { Nothing } from '../requests.ts';
import { activationFailure } from './apply-delta.ts';
import { applyFabricEdit, applyHostEdit, type FabricEdit, type HostEdit } from './edits.ts';
import { type FabricFacts, fabricFacts } from './fabric-facts.ts';
import { applySanFault, type SanFault, type SanFaultResult } from './faults.ts';
import { NETWORK_HANDLERS } from './network.ts';
import { fabrics } from './objects.ts';
import { isNetworkOperation, type NetworkOperationName, type NetworkOperations } from './requests.ts';
import { resetSan } from './reset.ts';
import { type ShowArgs, showSan } from './show.ts';

interface FabricArgs {
  readonly fabric: string;
}

/** Not of the contract: faults of fabrics never hit these. */
export interface SanControls {
  breakSan: { args: SanFault; value: SanFaultResult };
  showSan: { args: ShowArgs; value: Readonly<Record<string, unknown>> };
  fabricFacts: { args: FabricArgs; value: FabricFacts };
  resetSan: { args: Nothing; value: undefined };
  editFabric: { args: FabricArgs & { readonly edit: FabricEdit }; value: undefined };
  editHost: { args: { readonly host: string; readonly edit: HostEdit }; value: undefined };
  addFault: { args: FabricArgs & { readonly fault: Fault }; value: StoredFault };
  listFaults: { args: FabricArgs; value: readonly StoredFault[] };
  clearFaults: { args: FabricArgs & { readonly id?: number }; value: number };
}

export interface SanOperations extends NetworkOperations, SanControls {}
export type SanOperationName = keyof SanOperations;

export interface SanRequest<K extends SanOperationName = SanOperationName> {
  readonly operation: K;
  readonly args: SanOperations[K]['args'];
  readonly nowMs: number;
}
export type SanResponse<K extends SanOperationName = SanOperationName> =
  | { readonly ok: true; readonly value: SanOperations[K]['value']; readonly delayMs: number }
  | { readonly ok: false; readonly error: DriverErrorFields; readonly delayMs: number };

export interface SanTransport {
  /** As Transport.call: throws DriverError when there is no answer in time. */
  call(request: SanRequest, ctx: TransportContext, lateClass: DriverErrorClass): Promise<SanResponse>;
}

type Handlers = { [K in keyof SanControls]: (kv: Kv, args: SanControls[K]['args']) => SanControls[K]['value'] };

const scopeOf = (kv: Kv, fabric: string) => fabricFaults(fabrics.need(kv, fabric).name);

const CONTROLS: Handlers = {
  breakSan: applySanFault,
  showSan,
  fabricFacts,
  resetSan,
  editFabric: (kv, { fabric, edit }) => applyFabricEdit(kv, fabric, edit),
  editHost: (kv, { host, edit }) => applyHostEdit(kv, host, edit),
  addFault: (kv, { fabric, fault }) => addFault(kv, scopeOf(kv, fabric), fault),
  listFaults: (kv, { fabric }) => listFaults(kv, scopeOf(kv, fabric)),
  clearFaults: (kv, { fabric, ...which }) => clearFaults(kv, scopeOf(kv, fabric), which),
};

const NO_FAULTS: FaultEffect = { after: false, delayMs: 0, views: [] };

/** One operation of the driver contract; the activation within it has a fault of its own. */
function runOfContract(base: Kv, writes: Kv, request: SanRequest<NetworkOperationName>): unknown {
  const { operation, args } = request;
  const scope = fabricFaults(args.system);
  const beforeActivation = () => {
    const { before } = takeFaults(base, scope, { operation: ACTIVATION, args });
    if (before !== undefined) throw activationFailure(before);
  };
  const run = NETWORK_HANDLERS[operation] as (kv: Kv, given: typeof args, check: () => void) => unknown;
  return run(writes, args, beforeActivation);
}

/** Throws only for bugs. */
export function handleSan<K extends SanOperationName>(kv: Kv, request: SanRequest<K>): SanResponse<K> {
  const { operation, args } = request;
  const ofContract = isNetworkOperation(operation) ? (request as SanRequest<NetworkOperationName>) : undefined;
  const scope = ofContract && fabricFaults(ofContract.args.system);
  const effect = scope ? takeFaults(kv, scope, request) : NO_FAULTS;
  const { delayMs } = effect;
  const fail = (error: DriverErrorFields): SanResponse<K> => ({ ok: false, error, delayMs });
  if (effect.before !== undefined) {
    return fail({ class: effect.before, message: `${operation}: ${effect.before}, as asked for by a fault` });
  }
  const writes = buffered(kv);
  let answer: SanResponse<K>;
  try {
    const control = CONTROLS[operation as keyof SanControls] as (on: Kv, given: typeof args) => unknown;
    const value = ofContract ? runOfContract(kv, writes, ofContract) : control(writes, args);
    writes.flush();
    answer = { ok: true, value: distort(value, effect) as SanOperations[K]['value'], delayMs };
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    answer = fail(errorFields(error));
  }
  if (!effect.after || !scope) return answer;
  return fail({ class: lostReplyClass(scope, request), message: `${operation}: the answer was lost` });
}
