/**
 * What a failed call to etcd means: a refusal, after which nothing was done, or an answer that may only have been lost,
 * after which a write may have happened, or may still happen. Only this folder relies on it.
 */
import {
  EtcdAuthenticationFailedError,
  EtcdInvalidAuthTokenError,
  EtcdLeaseInvalidError,
  EtcdPermissionDeniedError,
  GRPCAlreadyExistsError,
  GRPCFailedPreconditionError,
  GRPCInvalidArgumentError,
  GRPCNotFoundError,
  GRPCNotImplementedError,
  GRPCOutOfRangeError,
  GRPCUnauthenticatedError,
} from 'etcd3';
import { AssertionError } from '../../../lib/assert.ts';
import { LeaseLostError, StoreError } from '../store.ts';

/**
 * etcd decided before it did anything. Whatever isn't listed is taken as a lost answer: also `database space exceeded`,
 * which the write that filled it is answered with although it was carried out.
 */
const REFUSALS = [
  EtcdAuthenticationFailedError,
  EtcdInvalidAuthTokenError,
  EtcdLeaseInvalidError,
  EtcdPermissionDeniedError,
  GRPCAlreadyExistsError,
  GRPCFailedPreconditionError,
  GRPCInvalidArgumentError,
  GRPCNotFoundError,
  GRPCNotImplementedError,
  GRPCOutOfRangeError,
  GRPCUnauthenticatedError,
  // Ours: a bug, a lease found to be gone, or a call after close.
  AssertionError,
  LeaseLostError,
  StoreError,
  TypeError,
] as const;

export function isRefusal(error: unknown): boolean {
  return REFUSALS.some((type) => error instanceof type);
}

export function isLeaseGone(error: unknown): boolean {
  return error instanceof EtcdLeaseInvalidError;
}

/** Our own grant, sent twice because the first answer was lost. */
export function isLeaseThere(error: unknown): boolean {
  return error instanceof GRPCFailedPreconditionError && error.message.includes('lease already exists');
}

/** `EtcdError: 14 UNAVAILABLE: text` as text. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .replace(/^\w+: /, '')
    .replace(/^\d+ [A-Z_]+: /, '')
    .replace(/^etcdserver: /, '');
}

/** As the contract wants it. Bugs stay what they are. */
export function toStoreError(error: unknown, what: string, options: { readonly unknown: boolean }): Error {
  const passes = [AssertionError, TypeError, LeaseLostError, StoreError];
  if (passes.some((type) => error instanceof type)) return error as Error;
  const unknown = options.unknown && !isRefusal(error);
  return new StoreError(`${what}: ${reasonOf(error)}`, { unknown, cause: error });
}
