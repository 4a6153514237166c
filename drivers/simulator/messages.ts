/**
 * Everything that can be asked of a simulated array: the operations of the driver contract, the edits that a person makes
 * by hand, and the controls of the simulator. Requests and responses are plain JSON.
 */
import type { DriverErrorFields } from 'coprhd/driver';
import type { Fault, StoredFault } from './faults.ts';
import type { HandEdit, HandResult } from './hand.ts';
import type { ArraySnapshot } from './inventory.ts';
import type { DriverOperations, Nothing } from './requests.ts';

/** Not of the contract: faults never hit these. */
export interface ControlOperations {
  hand: { args: HandEdit; value: HandResult };
  addFault: { args: Fault; value: StoredFault };
  listFaults: { args: Nothing; value: readonly StoredFault[] };
  /** All of them without an id. */
  clearFaults: { args: { readonly id?: number }; value: number };
  show: { args: Nothing; value: ArraySnapshot };
  /** Back to the topology it was made from. Native ids go on from where they were. */
  reset: { args: Nothing; value: undefined };
}

export interface Operations extends DriverOperations, ControlOperations {}
export type OperationName = keyof Operations;

export interface Request<K extends OperationName = OperationName> {
  readonly operation: K;
  readonly args: Operations[K]['args'];
  readonly nowMs: number;
}

/** `delayMs`: the answer reaches the caller this much later; the effect has happened already. */
export type Response<K extends OperationName = OperationName> =
  | { readonly ok: true; readonly value: Operations[K]['value']; readonly delayMs: number }
  | { readonly ok: false; readonly error: DriverErrorFields; readonly delayMs: number };
