/** Every operation of the engine by its name, for our own clients; the protocol is in remote-protocol.ts. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { REPORTS_WITHIN_BOUNDS } from '../../engine/operations/bounded.ts';
import { INPUTS } from '../../engine/operations/inputs.ts';
import type { LocalClient } from '../../engine/operations/local-client.ts';
import { OPERATIONS } from '../../engine/operations/registry.ts';
import {
  CALL_HEADER,
  HEARTBEAT_MS,
  LINES,
  type Line,
  OPERATIONS_PATH,
} from '../../engine/operations/remote-protocol.ts';
import type { InputOf, OperationName } from '../../engine/operations/types.ts';
import { type Diagnostic, OperationError, type OperationOutcome } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { isUuid } from '../../lib/random.ts';
import { boundsOf, mayDo, type Principal, seesAll } from '../gate.ts';
import { errorBody, Refusal } from '../refusal.ts';
import { beginCall, engineFor, type RouteServices } from '../services.ts';
import { OF_THE_DOOR } from './of-the-door.ts';

export function operationRoutes(app: FastifyInstance, { client, running, onError }: RouteServices): void {
  app.post<{ Params: { name: string } }>(
    `${OPERATIONS_PATH}/:name`,
    { bodyLimit: LIMITS.operationBodyBytesMax },
    async (request, reply) => {
      const name = operationNamed(request.params.name);
      const principal = request.principal!;
      const { right } = INPUTS[name];
      // Whoever has bounds asks by the routes of resources: what he may is known there. But for reports, of which he sees his part.
      const reads = right === 'read' && (seesAll(principal) || REPORTS_WITHIN_BOUNDS.has(name));
      const isBounded = boundsOf(principal) !== undefined && !reads;
      if (isBounded || !mayDo(principal, right)) {
        throw new Refusal('forbidden', `${principal.user} has no role that may ${right}, which ${name} needs`);
      }
      const id = callId(request);
      const stop = new AbortController();
      beginCall(running, id, { user: principal.user, operation: name, stop });
      // What only reads is of use to nobody else; what changes something goes on, as the device does.
      reply.raw.on('close', () => {
        if (right === 'read') stop.abort();
      });
      try {
        const call = { id, name, input: request.body as InputOf<OperationName>, principal, signal: stop.signal };
        const wantsLines = request.headers.accept?.includes(LINES) ?? false;
        return await (wantsLines ? streamed(reply, client, call, onError) : whole(reply, client, call));
      } finally {
        running.end(id);
      }
    },
  );

  /** As the first Ctrl-C of a person at a terminal: no new step begins. */
  app.post<{ Params: { id: string } }>(`${OPERATIONS_PATH}/running/:id/interrupt`, async (request, reply) => {
    const call = running.get(request.params.id);
    const principal = request.principal!;
    // Of somebody else's call nobody hears whether there is one.
    if (!call || (call.user !== principal.user && !mayDo(principal, 'administer'))) {
      throw new Refusal('notFound', 'no such call is under way');
    }
    call.stop.abort();
    return reply.code(200).send({ id: request.params.id, interrupted: true });
  });
}

interface AskedCall {
  readonly id: string;
  readonly name: OperationName;
  readonly input: InputOf<OperationName>;
  readonly principal: Principal;
  readonly signal: AbortSignal;
}

/** What makes a state, or has none, is nothing that a daemon does for others. */
function operationNamed(name: string): OperationName {
  if (Object.hasOwn(OPERATIONS, name) && !OF_THE_DOOR.has(name)) return name as OperationName;
  throw new Refusal('notFound', `there is no operation ${JSON.stringify(name)} here`);
}

function callId(request: FastifyRequest): string {
  const given = request.headers[CALL_HEADER];
  if (given === undefined) return request.id;
  if (typeof given === 'string' && isUuid(given)) return given;
  throw new Refusal('badRequest', `${CALL_HEADER} is not a UUID`);
}

async function whole(reply: FastifyReply, client: LocalClient, call: AskedCall): Promise<FastifyReply> {
  try {
    return reply.send(
      await engineFor(client, call.principal, call.id).call(call.name, call.input, { signal: call.signal }),
    );
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const { outcome, diagnostics } = error;
    const [status, kind] = outcome === 'usage' ? ([400, 'badRequest'] as const) : ([409, 'conflict'] as const);
    return reply.code(status).send({ ...errorBody(kind, error.message), outcome, diagnostics });
  }
}

async function streamed(
  reply: FastifyReply,
  client: LocalClient,
  call: AskedCall,
  onError: RouteServices['onError'],
): Promise<FastifyReply> {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': LINES, 'cache-control': 'no-store' });
  const write = (line: Line): void => void raw.write(`${JSON.stringify(line)}\n`);
  // A client that doesn't read hears less of the way, and all of the end.
  const isBehind = (): boolean => raw.writableLength > LIMITS.eventBacklogBytesMax;
  const beat = setInterval(() => raw.write('\n'), HEARTBEAT_MS);
  try {
    const result = await engineFor(client, call.principal, call.id).call(call.name, call.input, {
      signal: call.signal,
      onEvent: (event) => {
        if (!isBehind()) write({ event });
      },
    });
    write({ result });
  } catch (error) {
    write({ failure: failureOf(error, call.id, onError) });
  } finally {
    clearInterval(beat);
    raw.end();
  }
  return reply;
}

function failureOf(
  error: unknown,
  id: string,
  onError: RouteServices['onError'],
): { outcome: OperationOutcome; diagnostics: readonly Diagnostic[] } {
  if (error instanceof OperationError) return { outcome: error.outcome, diagnostics: error.diagnostics };
  onError(error, id);
  return { outcome: 'error', diagnostics: [internalProblem(id)] };
}

function internalProblem(id: string): Diagnostic {
  return {
    code: 'COPRHD-INTERNAL-001',
    severity: 'error',
    summary: `internal error of the daemon in call ${id}`,
    fix: "look it up in the daemon's log",
  };
}
