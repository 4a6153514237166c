/**
 * CoprHD's authentication service: login with a name and a password, then a token in a header or a cookie, and tokens for those
 * who ask in the name of others.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TOKEN_HEADER } from '../../engine/operations/remote-protocol.ts';
import { problemOf } from '../coprhd/problems.ts';
import { refuseProxy } from '../coprhd/route.ts';
import { type Gate, isRefused } from '../gate.ts';
import { Refusal } from '../refusal.ts';
import { answer } from '../wire/answer.ts';

/** Reached without a token: they see to that themselves. */
export const OPEN_ROUTES: ReadonlySet<string> = new Set([
  '/login',
  '/change-password',
  '/validate-password-change',
  '/health',
  '/openapi.json',
  '/api',
]);

const PROXY_HEADER = 'x-sds-auth-proxy-token';

type Query = Readonly<Record<string, string | undefined>>;

const isTrue = (value: string | undefined): boolean => value?.toLowerCase() === 'true';

export function authRoutes(app: FastifyInstance, gate: Gate): void {
  app.get<{ Querystring: Query }>('/login', async (request, reply) => {
    const { user, token } = await loggedIn(gate, request);
    reply.header(TOKEN_HEADER, token);
    if (isTrue(request.query['using-cookies'])) {
      reply.header('set-cookie', `X-SDS-AUTH-TOKEN=${token}; Path=/; Secure; HttpOnly; SameSite=Strict`);
    }
    const { service } = request.query;
    if (service !== undefined) return reply.code(302).header('location', backTo(service, request)).send();
    return answer(request, reply, { root: 'LoggedIn', body: { user } });
  });

  app.get<{ Querystring: Query }>('/logout', async (request, reply) => {
    const { user, roles } = request.principal!;
    refuseProxy(request.principal!);
    const { force, proxytokens, username } = request.query;
    const proxies = isTrue(proxytokens);
    if (username !== undefined && username.toLowerCase() !== user.toLowerCase()) {
      if (!roles.includes('SECURITY_ADMIN'))
        throw new Refusal('forbidden', `${user} has no role that may log others out`);
      await problemOf(gate.logoutOther(username, { proxies, by: user }));
      return answer(request, reply, { root: 'LoggedOut', body: { user: username } });
    }
    await gate.logout(tokenOf(request)!, { everywhere: isTrue(force), proxies });
    return answer(request, reply, { root: 'LoggedOut', body: { user } });
  });

  app.get('/proxytoken', async (request, reply) => {
    refuseProxy(request.principal!);
    const { token } = notRefused(await gate.proxyToken(tokenOf(request)!));
    reply.header(PROXY_HEADER, token);
    return answer(request, reply, { root: 'ProxyToken', body: { user: request.principal!.user } });
  });
}

/** By the token that comes with the request, else by name and password. */
async function loggedIn(gate: Gate, request: FastifyRequest): Promise<{ user: string; token: string }> {
  const token = tokenOf(request);
  if (token !== undefined) {
    const known = await gate.check(token);
    if (!isRefused(known)) return { user: known.user, token };
  }
  const basic = basicOf(request);
  if (!basic) throw new Refusal('unauthorized', 'log in with HTTP Basic: GET /login');
  const known = notRefused(await gate.login(basic.user, basic.password, request.ip));
  return { user: known.principal.user, token: known.token };
}

/** Only to this server, by the name that it was asked under: elsewhere the token would be somebody else's. */
function backTo(service: string, request: FastifyRequest): string {
  let url: URL;
  try {
    url = new URL(service, `https://${request.host}`);
  } catch {
    throw new Refusal('invalid', 'service: not a URL');
  }
  if (url.protocol !== 'https:') throw new Refusal('invalid', 'service: only https');
  url.username = '';
  url.password = '';
  url.host = request.host;
  url.searchParams.append('auth-redirected', '');
  return url.href.replace(/auth-redirected=(?=&|$)/, 'auth-redirected');
}

export function notRefused<T extends object>(given: T): Exclude<T, { readonly refused: string }> {
  if (!isRefused(given)) return given as Exclude<T, { readonly refused: string }>;
  throw new Refusal(given.isPolicy ? 'badRequest' : 'unauthorized', given.refused);
}

/** From the header, as a bearer's, else the cookie. */
export function tokenOf(request: FastifyRequest): string | undefined {
  const header = request.headers[TOKEN_HEADER];
  if (typeof header === 'string' && header !== '') return header;
  const bearer = /^Bearer +([\w.-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const cookies = request.headers.cookie?.split(/; */) ?? [];
  const cookie = cookies.find((each) => each.startsWith('X-SDS-AUTH-TOKEN='));
  return cookie?.slice(cookie.indexOf('=') + 1);
}

/** Of the user in whose name the caller asks. */
export function proxyTokenOf(request: FastifyRequest): string | undefined {
  const header = request.headers[PROXY_HEADER];
  return typeof header === 'string' && header !== '' ? header : undefined;
}

function basicOf(request: FastifyRequest): { user: string; password: string } | undefined {
  const match = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(request.headers.authorization ?? '');
  if (!match) return undefined;
  const decoded = Buffer.from(match[1]!, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 1 ? undefined : { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
