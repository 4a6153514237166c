/**
 * A device's HTTPS interface: connections that are kept and shared up to the device's limit, one login for all requests
 * that need it, and nothing sent again behind the caller's back. undici is imported only in this folder.
 */
import { Pool } from 'undici';
import type { Clock } from '../../../lib/clock.ts';
import { hostAndPort } from '../../../lib/endpoint.ts';
import type { HostKey } from '../../../lib/host-key.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { before, interrupted } from '../before.ts';
import { DriverError } from '../errors.ts';
import type { RestHeaders, RestRequest, RestResponse, RestSession } from '../session.ts';
import { createConnector, type RestTls, type RestTrust } from './connect.ts';
import { changesNothing, describeRequest, exchange } from './exchange.ts';

export interface RestSessionOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: RestTls;
  readonly trust?: RestTrust;
  readonly clock: Clock;
  readonly connectionsMax?: number;
}

type Authenticate = NonNullable<RestRequest['authenticate']>;

const UNAUTHORIZED = 401;
const REDIRECTS: ReadonlySet<number> = new Set([300, 301, 302, 303, 307, 308]);
/** These two say that the request is to be made elsewhere; after the others it may have been done here. */
const NOT_DONE_HERE: ReadonlySet<number> = new Set([307, 308]);

export interface PinningRestSession extends RestSession {
  /** Pinned, or seen by now. */
  hostKeys(): readonly HostKey[];
}

export function createRestSession(options: RestSessionOptions): PinningRestSession {
  const { host, port, clock, connectionsMax = LIMITS.restConnectionsMax } = options;
  const connector = createConnector(options);
  // A zone (`fe80::1%eth0`) has no place in a URL.
  const pool = new Pool(`https://${hostAndPort({ host: host.replace(/%.*$/, ''), port })}`, {
    connections: connectionsMax,
    pipelining: 1,
    connect: connector.connect,
    // The caller's deadline is what counts.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  let login: RestHeaders | undefined;
  let loggingIn: Promise<RestHeaders> | undefined;
  let closed = false;

  const send = async (request: RestRequest, proof: RestHeaders | undefined): Promise<RestResponse> => {
    const { deadlineMs, signal, headers } = request;
    if (!request.path.startsWith('/')) throw new DriverError({ class: 'invalid', message: 'a path starts with /' });
    if (closed) throw new DriverError({ class: 'transient', message: 'the session was closed' });
    if (signal?.aborted) throw interrupted();
    if (deadlineMs <= clock.nowMs()) {
      throw new DriverError({ class: 'transient', message: `no time left for ${describeRequest(request)}` });
    }
    const response = await exchange(pool, clock, request, { ...headers, ...proof });
    if (REDIRECTS.has(response.status)) throw redirected(request, response);
    return response;
  };

  const logIn = (authenticate: Authenticate, deadlineMs: number): Promise<RestHeaders> => {
    loggingIn ??= proveOnce(authenticate, deadlineMs)
      .then((proof) => {
        login = proof;
        return proof;
      })
      .finally(() => {
        loggingIn = undefined;
      });
    return loggingIn;
  };

  return {
    type: 'rest',
    hostKeys: connector.hostKeys,
    request: async (request) => {
      const { deadlineMs, signal } = request;
      const authenticate = request.authenticate?.bind(request);
      const known = authenticate && login;
      const first = await send(request, known);
      if (first.status !== UNAUTHORIZED) return first;
      if (authenticate === undefined) throw unauthorized(request);
      // Somebody else may have logged in since this request was sent.
      const proof =
        login !== undefined && login !== known
          ? login
          : await before(clock, deadlineMs, signal, logIn(authenticate, deadlineMs), LOGIN_LATE);
      const second = await send(request, proof);
      if (second.status === UNAUTHORIZED) throw unauthorized(request);
      return second;
    },
    close: async () => {
      closed = true;
      const ended = pool.destroy();
      connector.close();
      await ended;
    },
  };
}

const LOGIN_LATE = 'the login was not done in time; what was asked for was not done';

/** A copy, so that each login is another one. A login changes nothing that counts: when it fails, nothing was done. */
async function proveOnce(authenticate: Authenticate, deadlineMs: number): Promise<RestHeaders> {
  try {
    return { ...(await authenticate(deadlineMs)) };
  } catch (error) {
    if (!(error instanceof DriverError) || error.class !== 'ambiguous') throw error;
    throw new DriverError({ class: 'transient', message: `login: ${error.message}` }, error);
  }
}

function unauthorized(request: RestRequest): DriverError {
  return new DriverError({
    class: 'auth',
    message: `${describeRequest(request)}: the device does not accept the login (401)`,
    hint: 'check the credential of the device, and that its user may use the REST interface',
  });
}

function redirected(request: RestRequest, { status, headers }: RestResponse): DriverError {
  const { location } = headers;
  const to = typeof location === 'string' ? location.split(/[?#]/, 1)[0]!.replace(/\/\/[^/]*@/, '//') : 'nowhere';
  return new DriverError({
    class: changesNothing(request) || NOT_DONE_HERE.has(status) ? 'unsupported' : 'ambiguous',
    message: `${describeRequest(request)}: the device redirects to ${to} (${status}); redirects are not followed`,
    hint: 'write the endpoint that the device really serves',
  });
}
