/**
 * The simulated SAN as a pure state machine: `handleSan(kv, request)` gives the response and changes only keys that the
 * request is about. No I/O, no time but the request's. Refused requests write nothing.
 */
import { DriverError, type DriverErrorClass, type DriverErrorFields } from 'coprhd/driver';
import type { TransportContext } from '../client.ts';
import { errorFields } from '../core.ts';
import { buffered, type Kv } from '../kv.ts';
import type { Nothing } from '../requests.ts';
import { applySanFault, type SanFault, type SanFaultResult } from './faults.ts';
import { resetSan } from './reset.ts';
import { type ShowArgs, showSan } from './show.ts';

export interface SanOperations {
  breakSan: { args: SanFault; value: SanFaultResult };
  showSan: { args: ShowArgs; value: Readonly<Record<string, unknown>> };
  resetSan: { args: Nothing; value: undefined };
}
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

type Handlers = {
  [K in SanOperationName]: (kv: Kv, args: SanOperations[K]['args'], nowMs: number) => SanOperations[K]['value'];
};

const HANDLERS: Handlers = { breakSan: applySanFault, showSan, resetSan };

/** Throws only for bugs. */
export function handleSan<K extends SanOperationName>(kv: Kv, request: SanRequest<K>): SanResponse<K> {
  const { operation, args, nowMs } = request;
  const writes = buffered(kv);
  try {
    const value = HANDLERS[operation](writes, args, nowMs);
    writes.flush();
    return { ok: true, value, delayMs: 0 };
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return { ok: false, error: errorFields(error), delayMs: 0 };
  }
}
