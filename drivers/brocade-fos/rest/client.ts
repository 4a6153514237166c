/**
 * The REST interface of a switch (Fabric OS 8.2.1 and later): one login for the session, few of which a switch allows, and a
 * logout in any case. Statuses become error classes here. Nothing is sent twice.
 */
import {
  boundedTranscript,
  type CallContext,
  DriverError,
  type Redacted,
  type RestMethod,
  type RestResponse,
  type RestSession,
} from 'coprhd/driver';
import { refusal } from '../refusal.ts';
import { Surprise } from '../surprise.ts';
import { errorText } from './shapes.ts';

const YANG = { accept: 'application/yang-data+json', 'content-type': 'application/yang-data+json' };
/** A switch that doesn't answer to a logout ends the session by itself. */
const LOGOUT_LIMIT_MS = 3_000;

export interface RestLogin {
  readonly user: string;
  readonly credential: Redacted;
}

export interface RestClient {
  /** The body; undefined = 404. */
  get(ctx: CallContext, path: string): Promise<string | undefined>;
  change(ctx: CallContext, method: Exclude<RestMethod, 'GET' | 'HEAD'>, path: string, body?: unknown): Promise<void>;
  close(): Promise<void>;
}

export function createRestClient(
  session: RestSession,
  login: RestLogin,
  virtualFabric: number | undefined,
): RestClient {
  const query = virtualFabric === undefined ? '' : `?vf-id=${virtualFabric}`;
  let proof: string | undefined;
  /** By the clock of the call that logged in; a session has no other. */
  let nowMs: () => number = () => 0;

  const authenticate = async (deadlineMs: number) => {
    const basic = Buffer.from(`${login.user}:${login.credential.reveal()}`, 'utf8').toString('base64');
    const headers = { ...YANG, authorization: `Basic ${basic}` };
    const answer = await session.request({ method: 'POST', path: '/rest/login', headers, deadlineMs });
    const given = answer.headers.authorization;
    if (answer.status !== 200 || typeof given !== 'string') throw loginError(answer);
    proof = given;
    return { authorization: given };
  };

  const send = (ctx: CallContext, method: RestMethod, path: string, body?: unknown): Promise<RestResponse> => {
    nowMs = ctx.nowMs;
    return session.request({
      method,
      path: `${path}${query}`,
      headers: YANG,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      deadlineMs: ctx.deadlineMs,
      signal: ctx.signal,
      authenticate,
    });
  };

  return {
    get: async (ctx, path) => {
      const response = await send(ctx, 'GET', path);
      if (response.status === 404) return undefined;
      if (response.status !== 200) throw statusError(`GET ${path}`, response, 'transient');
      return response.body;
    },
    change: async (ctx, method, path, body) => {
      const response = await send(ctx, method, path, body);
      ctx.log.debug(`brocade-fos: ${method} ${path}`, { status: response.status });
      if (response.status >= 200 && response.status < 300) return;
      throw statusError(`${method} ${path}`, response, 'ambiguous');
    },
    close: async () => {
      try {
        if (proof !== undefined) await logOut(session, proof, nowMs() + LOGOUT_LIMIT_MS);
      } finally {
        proof = undefined;
        await session.close();
      }
    },
  };
}

/** A session that ended by itself needs none, and one that can't be reached ends by itself. */
async function logOut(session: RestSession, proof: string, deadlineMs: number): Promise<void> {
  const headers = { ...YANG, authorization: proof };
  try {
    await session.request({ method: 'POST', path: '/rest/logout', headers, deadlineMs });
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
  }
}

function loginError({ status, body }: RestResponse): DriverError {
  const said = errorText(body);
  if (status === 503 || /max(?:imum)?\b.*sessions?|session limit/i.test(said)) {
    return new DriverError({
      class: 'busy',
      message: 'the switch has no REST session left',
      hint: 'end one there, or allow more: mgmtapp --config -maxrestsession',
      transcript: boundedTranscript(said),
    });
  }
  if (status === 404) {
    return new DriverError({
      class: 'unsupported',
      message: 'the switch has no REST interface',
      hint: 'it has one since Fabric OS 8.2.1; use ssh://user@host, or enable it: mgmtapp --show',
      transcript: boundedTranscript(said),
    });
  }
  if (status >= 500) {
    return new DriverError({
      class: 'transient',
      message: `the switch could not log in (${status})`,
      transcript: boundedTranscript(said),
    });
  }
  return new DriverError({
    class: 'auth',
    message: `the switch refuses the login (${status})`,
    hint: 'check user and credential, and that the REST interface is enabled: mgmtapp --show',
    transcript: boundedTranscript(said),
  });
}

/** `unknown`: the class of what says neither that it was done nor that it was refused. */
function statusError(what: string, { status, body }: RestResponse, unknown: 'transient' | 'ambiguous'): DriverError {
  const said = errorText(body);
  const as = (type: 'busy' | 'auth' | 'not-found' | 'conflict' | typeof unknown) =>
    new DriverError({
      class: type,
      message: `${what} (${status}): ${said.slice(0, 300)}`,
      transcript: boundedTranscript(body),
    });
  if (status === 503 || status === 429) return as('busy');
  if (status >= 500) return as(unknown);
  if (status === 403) return as('auth');
  const known = refusal(`${what} (${status})`, said);
  if (!(known instanceof Surprise)) return known;
  // Refused, for a reason that isn't known: nothing of this request was done.
  return status === 404 ? as('not-found') : as('conflict');
}
