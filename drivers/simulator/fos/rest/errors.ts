/**
 * Errors of the REST interface. Shape: projectbadger/brocade-go (rest/errors/errors.go) and brocade/pyfos (pyfos/pyfos_auth.py,
 * Apache-2.0); one error is an object before 8.2.1b, a list of one since (jconsoli/brcdapi, fos_auth.py, Apache-2.0). Which
 * status a refusal has is derived from RFC 8040 and from what clients look for.
 */
import type { FirmwareTraits } from '../state/firmware.ts';
import type { FosRefusal, RefusalCode } from '../state/refusal.ts';
import { type JsonObject, type RestAnswer, type RestRequest, written } from './message.ts';

export class RestError extends Error {
  readonly status: number;
  readonly tag: string;
  /** Of Fabric OS. */
  readonly code: number;

  constructor(status: number, tag: string, message: string, code = -status) {
    super(message);
    this.code = code;
    this.name = 'RestError';
    this.status = status;
    this.tag = tag;
  }
}

const BY_CODE: Readonly<Record<RefusalCode, readonly [status: number, tag: string]>> = {
  exists: [409, 'data-exists'],
  'not-found': [404, 'data-missing'],
  contains: [400, 'operation-failed'],
  'not-in': [400, 'operation-failed'],
  'invalid-name': [400, 'invalid-value'],
  'invalid-member': [400, 'invalid-value'],
  'too-long': [400, 'invalid-value'],
  'in-use': [409, 'operation-failed'],
  locked: [400, 'operation-failed'],
  'no-transaction': [400, 'operation-failed'],
  'no-effective': [400, 'operation-failed'],
  'too-large': [400, 'operation-failed'],
  rejected: [400, 'operation-failed'],
  checksum: [400, 'operation-failed'],
  busy: [503, 'resource-denied'],
};

/** Codes that are published. */
const OUTSTANDING = -3;
export const SESSIONS_FULL = 14;

export function errorOf({ code, message }: FosRefusal): RestError {
  const [status, tag] = BY_CODE[code];
  const text = message.replace(/^error: /i, '');
  return code === 'locked' ? new RestError(status, tag, text, OUTSTANDING) : new RestError(status, tag, text);
}

export function errorAnswer(error: RestError, request: RestRequest, traits: FirmwareTraits): RestAnswer {
  const one: JsonObject = {
    'error-type': error.status === 401 || error.status === 403 ? 'protocol' : 'application',
    'error-tag': error.tag,
    'error-app-tag': 'Error',
    'error-path': request.path.replace(/^\/rest\/running/, ''),
    'error-message': error.message,
    'error-info': { 'error-code': error.code, 'error-module': 'zone' },
  };
  const body = { errors: { error: traits.errorLists ? [one] : one } };
  const keepsLists = { ...traits, listsOfOne: true };
  return written(error.status, body, request, keepsLists);
}
