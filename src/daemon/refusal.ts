/** CoprHD's error bodies: a code that clients go by, a text for the code, and what is the matter this time. */

export interface ErrorBody {
  readonly code: number;
  readonly description: string;
  readonly details: string;
  readonly retryable: boolean;
}

const KNOWN = {
  notInBody: { status: 400, code: 1004, description: 'Unable to find entity specified in the request body' },
  missing: { status: 400, code: 1005, description: 'Required parameter is missing or empty' },
  inactiveInBody: { status: 400, code: 1006, description: 'Entity specified in the request body is inactive' },
  invalid: { status: 400, code: 1008, description: 'Parameter was provided but invalid' },
  badRequest: { status: 400, code: 1013, description: 'Bad request body' },
  range: { status: 400, code: 1014, description: 'Parameter is out of range' },
  exists: { status: 400, code: 1015, description: 'An entity of that name exists already' },
  referenced: { status: 400, code: 1020, description: 'Entity is being referenced by others' },
  cannotDelete: { status: 400, code: 1025, description: 'Entity can not be deleted' },
  limit: { status: 400, code: 1031, description: 'Limit exceeded' },
  quota: { status: 400, code: 1032, description: 'Quota exceeded' },
  placement: { status: 400, code: 1034, description: 'No storage found for the request' },
  unauthorized: { status: 401, code: 4000, description: 'The request could not be authenticated' },
  forbidden: { status: 403, code: 3000, description: 'Insufficient permissions for the user to perform the action' },
  notFound: { status: 404, code: 2000, description: 'Unable to find entity specified in URL' },
  inactive: { status: 404, code: 2001, description: 'Entity specified in URL is inactive and/or marked for deletion' },
  methodNotAllowed: { status: 405, code: 1007, description: 'Method not supported' },
  mediaType: { status: 415, code: 1003, description: 'Unsupported media type' },
  precondition: { status: 412, code: 1013, description: 'The entity has changed since it was read' },
  conflict: { status: 409, code: 1013, description: 'The request can not be carried out' },
  tooLarge: { status: 413, code: 1013, description: 'Request body too large' },
  tooMany: { status: 429, code: 6000, description: 'Too many requests' },
  internal: { status: 500, code: 999, description: 'An unforeseen error has occurred' },
  unavailable: { status: 503, code: 6000, description: 'Service unavailable' },
} as const;

export type RefusalName = keyof typeof KNOWN;

/** The shape of an error body, for who describes the API. */
export const errorDocument = {
  type: 'object',
  required: ['code', 'description', 'details', 'retryable'],
  properties: {
    code: { type: 'integer', enum: [...new Set(Object.values(KNOWN).map(({ code }) => code))].sort((a, b) => a - b) },
    description: { type: 'string' },
    details: { type: 'string' },
    retryable: { type: 'boolean' },
  },
} as const;

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
  get status(): number {
    return KNOWN[this.kind].status;
  }
}

export function errorBody(kind: RefusalName, details: string): ErrorBody {
  const { code, description } = KNOWN[kind];
  return { code, description, details, retryable: kind === 'unavailable' || kind === 'tooMany' };
}
