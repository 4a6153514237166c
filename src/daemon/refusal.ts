/** CoprHD's error bodies: a code that clients go by, a text for the code, and what is the matter this time. */
import type { FastifyReply } from 'fastify';

export interface ErrorBody {
  readonly code: number;
  readonly description: string;
  readonly details: string;
  readonly retryable: boolean;
}

const KNOWN = {
  badRequest: { status: 400, code: 1013, description: 'Bad request body' },
  unauthorized: { status: 401, code: 4000, description: 'The request could not be authenticated' },
  forbidden: { status: 403, code: 3000, description: 'Insufficient permissions for the user to perform the action' },
  notFound: { status: 404, code: 2000, description: 'Request URL not found' },
  methodNotAllowed: { status: 405, code: 1007, description: 'Method not supported' },
  mediaType: { status: 415, code: 1003, description: 'Unsupported media type' },
  conflict: { status: 409, code: 1013, description: 'The request can not be carried out' },
  tooLarge: { status: 413, code: 1013, description: 'Request body too large' },
  tooMany: { status: 429, code: 6000, description: 'Too many requests' },
  internal: { status: 500, code: 999, description: 'An unforeseen error has occurred' },
  unavailable: { status: 503, code: 6000, description: 'Service unavailable' },
} as const;

export type RefusalName = keyof typeof KNOWN;

/** Thrown by routes; answered as it says. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly kind: RefusalName;
  readonly retryAfterSeconds: number | undefined;
  constructor(kind: RefusalName, details: string, options: { readonly retryAfterSeconds?: number } = {}) {
    super(details);
    this.kind = kind;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

export function errorBody(kind: RefusalName, details: string): ErrorBody {
  const { code, description } = KNOWN[kind];
  return { code, description, details, retryable: kind === 'unavailable' || kind === 'tooMany' };
}

export function refuse(reply: FastifyReply, { kind, message, retryAfterSeconds }: Refusal): FastifyReply {
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  if (kind === 'unauthorized') reply.header('www-authenticate', 'Basic realm="ViPR"');
  return reply.code(KNOWN[kind].status).type('application/json').send(errorBody(kind, message));
}
