/** Answers in the form that the request asks for; errors too. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorBody, type Refusal } from '../refusal.ts';
import { answerForm } from './media.ts';
import { toXml } from './xml.ts';

/** `root`: of the XML document. */
export function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  given: { readonly root: string; readonly status?: number; readonly body: object; readonly etag?: string },
): FastifyReply {
  const { root, status = 200, body, etag } = given;
  if (etag !== undefined) {
    reply.header('etag', etag);
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  }
  const isJson = answerForm(request) === 'json';
  reply.code(status).header('cache-control', 'no-store');
  return isJson
    ? reply.type('application/json').send(JSON.stringify(body))
    : reply.type('application/xml').send(toXml(root, body));
}

export function refuse(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { kind, message, status, retryAfterSeconds } = refusal;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  if (kind === 'unauthorized') reply.header('www-authenticate', 'Basic realm="ViPR"');
  return answer(request, reply, { root: 'error', status, body: errorBody(kind, message) });
}
