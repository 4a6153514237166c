/** Whoever knows a password changes it: with a token his own, without one that of the user he names. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parsedBody, refuseProxy } from '../coprhd/route.ts';
import type { Gate, PasswordChange } from '../gate.ts';
import { answer } from '../wire/answer.ts';
import { text } from '../wire/leaves.ts';
import { notRefused } from './auth.ts';

const named = z.strictObject({ username: text, old_password: text, password: text });
const own = named.omit({ username: true });

/** Of the authentication service, without a token. */
export function namedPasswordRoutes(app: FastifyInstance, gate: Gate): void {
  const change = (onlyCheck: boolean) => (request: FastifyRequest, reply: FastifyReply) => {
    const { username: name, ...given } = parsedBody(named, request.body);
    return changed(gate, { name, ...words(given), address: request.ip, onlyCheck }, request, reply);
  };
  app.put('/change-password', change(false));
  app.post('/validate-password-change', change(true));
}

/** Of the system service. */
export function ownPasswordRoutes(app: FastifyInstance, gate: Gate): void {
  const change = (onlyCheck: boolean) => (request: FastifyRequest, reply: FastifyReply) => {
    refuseProxy(request.principal!);
    const given = words(parsedBody(own, request.body));
    const { user: name } = request.principal!;
    return changed(gate, { name, ...given, address: request.ip, onlyCheck }, request, reply);
  };
  app.put('/password', change(false));
  app.post('/password/validate-update', change(true));
}

const words = ({ old_password: old, password }: z.output<typeof own>) => ({ old, password });

async function changed(gate: Gate, asked: PasswordChange, request: FastifyRequest, reply: FastifyReply) {
  notRefused(await gate.changePassword(asked));
  return answer(request, reply, { root: 'result', body: {} });
}
