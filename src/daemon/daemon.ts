/**
 * One node: opens the state, listens, goes on with what dead processes left, and ends in order. Nodes are equal: each does
 * all of this, on one state.
 */
import type { AddressInfo } from 'node:net';
import type { LocalClient } from '../engine/operations/local-client.ts';
import type { EngineClient } from '../engine/operations/types.ts';
import type { Clock } from '../lib/clock.ts';
import { LIMITS } from '../lib/limits.ts';
import type { Random } from '../lib/random.ts';
import { uuid } from '../lib/random.ts';
import type { Gate } from './gate.ts';
import { createRunningCalls } from './running.ts';
import { createServer, type ServerOptions } from './server.ts';

export interface DaemonOptions {
  /** Closed by whoever opened it. */
  readonly client: LocalClient;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly random: Random;
  readonly tls: ServerOptions['tls'];
  readonly host: string;
  /** 0 = any that is free. */
  readonly port: number;
  readonly version: ServerOptions['version'];
  readonly onError: ServerOptions['onError'];
  readonly recoverIntervalMs?: number;
  readonly headDeadlineMs?: number;
  readonly services?: ServerOptions['services'];
  readonly node?: ServerOptions['node'];
}

export interface Daemon {
  readonly host: string;
  readonly port: number;
  /**
   * Takes no new calls, lets no call begin another step, and waits for those under way; false when some are left after
   * LIMITS.drainMs: what they were at is gone on with elsewhere, or at the next start.
   */
  stop(): Promise<boolean>;
}

/** Rejects when the state can't be opened or the address not be had. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { client, gate, clock, random, tls, version, onError, services, node } = options;
  await client.ping();
  const running = createRunningCalls(LIMITS.callsRunningMax);
  const { headDeadlineMs = LIMITS.requestHeadDeadlineMs } = options;
  const server = createServer({
    client,
    gate,
    running,
    clock,
    random,
    tls,
    version,
    onError,
    headDeadlineMs,
    services,
    node,
  });
  await server.listen({ host: options.host, port: options.port });
  const stop = new AbortController();
  const recovering = Promise.all([recoverForEver(options, stop.signal), keepSnapshotPolicies(options, stop.signal)]);
  const { address, port } = server.server.address() as AddressInfo;
  return {
    host: address,
    port,
    stop: async () => {
      stop.abort();
      const closed = server.close();
      const drained = await running.drain(LIMITS.drainMs);
      if (!drained) server.server.closeAllConnections();
      await Promise.all([closed, recovering]);
      return drained;
    },
  };
}

/** What a process on this machine left is taken over at once, what one elsewhere left when its lease has ended. */
async function recoverForEver(options: DaemonOptions, signal: AbortSignal): Promise<void> {
  const { client, clock, random, onError, recoverIntervalMs = LIMITS.recoverIntervalMs } = options;
  while (!signal.aborted) {
    const requestId = uuid(random);
    const engine = client.as({ actor: { type: 'system', name: 'daemon' }, origin: 'internal', requestId });
    await recoverOnce(engine, signal).catch((error: unknown) => {
      if (!signal.aborted) onError(error, requestId);
    });
    await clock.sleep(recoverIntervalMs, signal).catch(() => {});
  }
}

/** Of several daemons each looks, and each moment of a policy is still taken once. */
async function keepSnapshotPolicies(options: DaemonOptions, signal: AbortSignal): Promise<void> {
  const { client, clock, random, onError } = options;
  for (;;) {
    await clock.sleep(LIMITS.snapshotRunIntervalMs, signal).catch(() => {});
    if (signal.aborted) return;
    const requestId = uuid(random);
    const engine = client.as({ actor: { type: 'system', name: 'daemon' }, origin: 'internal', requestId });
    const claimWaitMs = LIMITS.snapshotRunIntervalMs;
    await engine.call('snapshot.run', { claimWaitMs }, { signal }).catch((error: unknown) => {
      if (!signal.aborted) onError(error, requestId);
    });
  }
}

/** Whoever recovers registers as a process, which is a write: not where no workflow is open at all. */
async function recoverOnce(engine: EngineClient, signal: AbortSignal): Promise<void> {
  const { values } = await engine.call('complete', { what: 'workflow', prefix: '', limit: 1 }, { signal });
  if (values.length > 0) await engine.call('recover', {}, { signal });
}
