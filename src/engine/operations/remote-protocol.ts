/**
 * What a client and the daemon say to each other about operations: POST /coprhd/operations/{name} with the input as JSON.
 * Who accepts application/x-ndjson gets a line for each event while it runs, then one for how it ended; who doesn't gets
 * the result alone. Shared by src/daemon and src/client, so that both are one version of it.
 */

import type { Diagnostic, OperationOutcome } from '../../lib/diagnostic.ts';
import type { EngineEvent } from './types.ts';

export const OPERATIONS_PATH = '/coprhd/operations';
export const LINES = 'application/x-ndjson';
/** Names the call, so that its caller can interrupt it: a UUID of the client's. */
export const CALL_HEADER = 'x-coprhd-call';
export const TOKEN_HEADER = 'x-sds-auth-token';
/** So often a line is sent, empty when there is nothing to say: whoever hears nothing for longer has lost the daemon. */
export const HEARTBEAT_MS = 5_000;
export const SILENCE_MAX_MS = 30_000;

export type Line =
  | { readonly event: EngineEvent }
  | { readonly result: object }
  /** As an OperationError that a local call would throw. */
  | { readonly failure: { readonly outcome: OperationOutcome; readonly diagnostics: readonly Diagnostic[] } };
