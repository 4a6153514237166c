/**
 * The state as one process reaches it: over a network that takes time and loses things, and with a cluster behind it that
 * has no leader now and then. What the real store promises about errors is kept: a transaction of which the answer is lost
 * is a StoreError that says so, and nothing happens twice.
 */
import { keys } from '../../../src/engine/state/keys.ts';
import {
  type Lease,
  type Snapshot,
  type StateStore,
  StoreError,
  type Txn,
  type WatchBatch,
} from '../../../src/engine/state/store.ts';
import type { WorkflowRecord } from '../../../src/engine/workflow/types.ts';
import type { StoreFault } from '../options.ts';
import { type Incarnation, never } from './incarnation.ts';

/** What a client waits for an answer before it gives up. */
const ANSWER_MS = { min: 2_000, max: 10_000 };

type Kind = 'read' | 'write';

export function faultyStore(process: Incarnation): StateStore {
  const { world } = process;
  const { scheduler } = world;
  const real = world.store.client();
  const rates = world.options.store;
  const latencyMs = () => Math.max(1, process.rng.skewed(world.options.storeMs) >> 1);

  /** Which fault hits this call; drawn for each, so that a rate of 0 shifts no other. */
  const faultOf = (kind: Kind): StoreFault | undefined => {
    const hit = (fault: StoreFault) => process.rng.chance(rates[fault] ?? 0) && world.trouble;
    const lost = hit('request-lost');
    const answer = hit('answer-lost');
    if (hit('unavailable')) world.beginStoreOutage(process.rng.int(500, 15_000));
    if (hit('disk-full')) world.beginDiskFull(process.rng.int(500, 8_000));
    if (scheduler.nowMs < world.storeDownUntilMs) return 'unavailable';
    if (kind === 'write' && scheduler.nowMs < world.diskFullUntilMs) return 'disk-full';
    if (lost) return 'request-lost';
    return answer ? 'answer-lost' : undefined;
  };

  const call = <T>(kind: Kind, effect: () => Promise<T>, weight = kind === 'write' ? 3 : 0.5): Promise<T> => {
    if (!process.step(weight)) return never();
    const fault = faultOf(kind);
    if (fault) world.count(fault);
    return new Promise<T>((resolve, reject) => {
      const fail = (afterMs: number, message: string, unknown: boolean) =>
        scheduler.in(afterMs, () => reject(new StoreError(message, { unknown })), process);
      if (fault === 'disk-full') return fail(latencyMs(), 'the disk of the store is full', false);
      if (fault === 'unavailable') {
        // Some members refuse at once, some take the request and never answer.
        const refused = process.rng.chance(0.5);
        return fail(
          refused ? latencyMs() : process.rng.int(ANSWER_MS.min, ANSWER_MS.max),
          'no leader',
          !refused && kind === 'write',
        );
      }
      const giveUpMs = process.rng.int(ANSWER_MS.min, ANSWER_MS.max);
      if (fault === 'request-lost') return fail(giveUpMs, 'no answer from the store', kind === 'write');
      // Sent: it happens whether the sender lives or not.
      scheduler.in(latencyMs(), () => {
        const answer = (settle: () => void) => {
          if (fault === 'answer-lost') fail(giveUpMs, 'no answer from the store', kind === 'write');
          else scheduler.in(latencyMs(), settle, process);
        };
        effect().then(
          (value) => answer(() => resolve(value)),
          (error: unknown) => answer(() => reject(error)),
        );
      });
      return undefined;
    });
  };

  const snapshotOf = (snapshot: Snapshot): Snapshot => ({
    revision: snapshot.revision,
    get: (key) => call('read', () => snapshot.get(key)),
    range: (request) => call('read', () => snapshot.range(request)),
    close: () => {
      process.snapshots.delete(snapshot);
      snapshot.close();
    },
  });

  const noteRegistration = ({ success }: Txn) => {
    for (const operation of success) {
      if (operation.type === 'put' && operation.key.startsWith('p/')) process.registrations.add(operation.key.slice(2));
    }
  };

  const leaseOf = (lease: Lease, sentMs: number): Lease => {
    let expiresAtMs = sentMs + lease.ttlMs;
    return {
      id: lease.id,
      ttlMs: lease.ttlMs,
      get expiresAtMs() {
        return expiresAtMs;
      },
      renew: async () => {
        const fromMs = process.clock.nowMs();
        await call('write', () => lease.renew());
        expiresAtMs = fromMs + lease.ttlMs;
      },
      revoke: () => call('write', () => lease.revoke()),
    };
  };

  return {
    description: 'memory',
    get: (key) => call('read', () => real.get(key)),
    range: (request) => call('read', () => real.range(request)),
    snapshot: async () => {
      const snapshot = await call('read', async () => {
        const opened = await real.snapshot();
        if (process.state === 'dead') opened.close();
        else process.snapshots.add(opened);
        return opened;
      });
      return snapshotOf(snapshot);
    },
    txn: (txn) => {
      noteRegistration(txn);
      const store = async () => {
        const result = await real.txn(txn);
        if (result.succeeded) world.monitor.onStored(process, txn);
        return result;
      };
      if (!commits(txn)) return call('write', store);
      const { commit = 0 } = world.options.process;
      const last = commit > 0 && process.rng.chance(commit) && world.trouble;
      // Deaths gather where a promise is made: there they are most telling.
      const sent = call('write', store, COMMIT_WEIGHT);
      if (last) process.kill();
      return sent;
    },
    watch: (prefix, fromRevision, signal) => watched(process, real, prefix, fromRevision, signal),
    grantLease: async (ttlMs) => {
      const sentMs = process.clock.nowMs();
      return leaseOf(await call('write', () => real.grantLease(ttlMs)), sentMs);
    },
    close: async () => {},
  };
}

const COMMIT_WEIGHT = 30;
const commits = ({ success }: Txn): boolean =>
  success.some(
    (operation) =>
      operation.type === 'put' &&
      operation.key.startsWith(keys.workflows) &&
      (JSON.parse(operation.value) as WorkflowRecord).phase === 'committed',
  );

/** Late, and now and then with a part of the history compacted away: then it says so, as the contract has it. */
async function* watched(
  process: Incarnation,
  real: StateStore,
  prefix: string,
  fromRevision: number,
  signal: AbortSignal,
): AsyncIterable<WatchBatch> {
  const { world } = process;
  const death = new AbortController();
  void process.death.then(() => death.abort());
  for await (const batch of real.watch(prefix, fromRevision, AbortSignal.any([signal, death.signal]))) {
    if (process.state === 'dead') return never();
    await new Promise<void>(
      (resolve) => void world.scheduler.in(process.rng.skewed(world.options.storeMs), resolve, process),
    );
    // A gap is as likely as many lost requests: a watch brings little.
    const gap = process.rng.chance(10 * (world.options.store['watch-gap'] ?? 0)) && world.trouble;
    if (gap && batch.type === 'events') {
      world.count('watch-gap');
      yield { type: 'gap', revision: batch.revision };
    } else yield batch;
  }
}
