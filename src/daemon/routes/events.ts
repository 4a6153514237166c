/** Server-sent events: every task whenever it has changed, as CoprHD's document, for pages and programs that wait. */
import type { FastifyInstance } from 'fastify';
import { HEARTBEAT_MS } from '../../engine/operations/remote-protocol.ts';
import { OperationError } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { task as taskDocument } from '../coprhd/documents.ts';
import { mayDo } from '../gate.ts';
import { Refusal } from '../refusal.ts';
import { beginCall, engineFor, type RouteServices } from '../services.ts';

export function eventRoutes(app: FastifyInstance, { client, running, onError }: RouteServices): void {
  app.get('/coprhd/events', async (request, reply) => {
    const principal = request.principal!;
    if (!mayDo(principal, 'monitor')) throw new Refusal('forbidden', `${principal.user} has no role that may monitor`);
    const stop = new AbortController();
    beginCall(running, request.id, { user: principal.user, operation: 'task.follow', stop });
    reply.hijack();
    const { raw } = reply;
    raw.on('close', () => stop.abort());
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    raw.write(': tasks\n\n');
    const beat = setInterval(() => raw.write(':\n\n'), HEARTBEAT_MS);
    try {
      await engineFor(client, principal, request.id).call(
        'task.follow',
        {},
        {
          signal: stop.signal,
          onEvent: (event) => {
            if (event.type !== 'task.changed') return;
            // Whoever doesn't read is cut off, and asks again: nothing is left out in silence.
            if (raw.writableLength > LIMITS.eventBacklogBytesMax) stop.abort();
            else raw.write(`event: task\ndata: ${JSON.stringify(taskDocument(event.task))}\n\n`);
          },
        },
      );
    } catch (error) {
      if (!(error instanceof OperationError)) onError(error, request.id);
    } finally {
      clearInterval(beat);
      running.end(request.id);
      raw.end();
    }
    return reply;
  });
}
