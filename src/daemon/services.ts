/** What the routes of a daemon are made on, and how they ask the engine. */
import type { LocalClient } from '../engine/operations/local-client.ts';
import type { EngineClient } from '../engine/operations/types.ts';
import { boundsOf, type Principal } from './gate.ts';
import { Refusal } from './refusal.ts';
import type { RunningCall, RunningCalls } from './running.ts';

export interface RouteServices {
  readonly client: LocalClient;
  readonly running: RunningCalls;
  readonly nowMs: () => number;
  /** What is unexpected goes to whoever runs the daemon, and no word of it to a client. */
  readonly onError: (error: unknown, call: string) => void;
}

/** The engine, asked by whoever has come in, within his bounds. */
export function engineFor(client: LocalClient, principal: Principal, requestId: string): EngineClient {
  const bounds = boundsOf(principal);
  const actor = { type: 'user' as const, name: principal.user };
  return client.as({ actor, origin: 'rest', requestId, ...(bounds ? { bounds } : {}) });
}

/** Throws a Refusal when too much is under way, or that call is. */
export function beginCall(running: RunningCalls, id: string, call: RunningCall): void {
  if (running.begin(id, call)) return;
  throw new Refusal('tooMany', 'a call with this id, or too many calls, are under way', { retryAfterSeconds: 1 });
}
