/** Whether the daemon is of use: for load balancers and monitors. Says nothing that a stranger may not know. */
import type { FastifyInstance } from 'fastify';
import type { LocalClient } from '../../engine/operations/local-client.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import type { RunningCalls } from '../running.ts';

export function healthRoutes(
  app: FastifyInstance,
  {
    client,
    running,
    node,
  }: { readonly client: LocalClient; readonly running: RunningCalls; readonly node?: string | undefined },
): void {
  /** 200 while the state answers, else 503. */
  app.get('/health', async (_request, reply) => {
    const signal = AbortSignal.timeout(LIMITS.healthDeadlineMs);
    try {
      const late = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      await Promise.race([client.ping(), late]);
    } catch {
      throw new Refusal('unavailable', 'the state does not answer', { retryAfterSeconds: 5 });
    }
    return reply.send({ status: 'ok', calls: running.size, ...(node === undefined ? {} : { node }) });
  });
}
