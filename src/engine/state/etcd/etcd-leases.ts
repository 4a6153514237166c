/**
 * Leases in etcd. Their time is real and counted by the cluster; the holder counts for itself, from before it asked, so
 * that it always thinks of the end earlier than the cluster does. etcd's leases have whole seconds and a least length of
 * about 2 s: the cluster may keep a key longer than the holder relies on it, never shorter. Only etcd-store.ts relies on it.
 */
import type { Etcd3 } from 'etcd3';
import type { Clock } from '../../../lib/clock.ts';
import { type Lease, LeaseLostError } from '../store.ts';
import type { CallOptions, EtcdConnection } from './connection.ts';
import { isLeaseGone, isLeaseThere, toStoreError } from './failures.ts';

export async function grantLease(
  connection: EtcdConnection,
  options: { readonly id: string; readonly ttlMs: number; readonly clock: Clock; readonly description: string },
): Promise<Lease> {
  const { id, ttlMs, clock } = options;
  const failed = (error: unknown) => toStoreError(error, `can't write ${options.description}`, { unknown: true });
  let expiresAtMs = clock.nowMs() + ttlMs;
  const TTL = Math.ceil(ttlMs / 1_000);
  await connection
    .repeat((client, call) => client.leaseClient.leaseGrant({ ID: id, TTL }, call))
    .catch((error: unknown) => {
      if (!isLeaseThere(error)) throw failed(error);
    });
  return {
    id,
    ttlMs,
    get expiresAtMs() {
      return expiresAtMs;
    },
    renew: async () => {
      const fromMs = clock.nowMs();
      const isLive = await connection
        .repeat((client, call) => keepAlive(client, id, call))
        .catch((error: unknown) => {
          throw failed(error);
        });
      if (!isLive) throw new LeaseLostError(`lease ${id} has ended`);
      expiresAtMs = fromMs + ttlMs;
    },
    revoke: async () => {
      await connection
        .repeat((client, call) => client.leaseClient.leaseRevoke({ ID: id }, call))
        .catch((error: unknown) => {
          if (!isLeaseGone(error)) throw failed(error);
        });
    },
  };
}

/** One question and one answer; false when there is no such lease any more. */
async function keepAlive(client: Etcd3, id: string, options: CallOptions): Promise<boolean> {
  const stream = await client.leaseClient.leaseKeepAlive(options);
  return new Promise((resolve, reject) => {
    stream.on('data', ({ TTL }) => {
      resolve(Number(TTL) > 0);
      stream.end();
    });
    stream.on('error', reject);
    stream.on('end', () => reject(new Error('the member ended the stream without an answer')));
    stream.write({ ID: id });
  });
}
