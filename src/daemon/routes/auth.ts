/** CoprHD's authentication service: login with a name and a password, then a token in a header or a cookie. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TOKEN_HEADER } from '../../engine/operations/remote-protocol.ts';
import { type Gate, isRefused } from '../gate.ts';
import { Refusal } from '../refusal.ts';
import { answer } from '../wire/answer.ts';

/** Reached without a token: they see to that themselves. */
export const OPEN_ROUTES: ReadonlySet<string> = new Set(['/login', '/health', '/openapi.json', '/api']);

export function authRoutes(app: FastifyInstance, gate: Gate): void {
  app.get<{ Querystring: Record<string, string | undefined> }>('/login', async (request, reply) => {
    const token = tokenOf(request);
    if (token !== undefined) {
      const known = await gate.check(token);
      if (!isRefused(known)) return answer(request, reply, { root: 'LoggedIn', body: { user: known.user } });
    }
    const basic = basicOf(request);
    if (!basic) throw new Refusal('unauthorized', 'log in with HTTP Basic: GET /login');
    const known = await gate.login(basic.user, basic.password, request.ip);
    if (isRefused(known)) throw new Refusal('unauthorized', known.refused);
    reply.header(TOKEN_HEADER, known.token);
    if (request.query['using-cookies'] === 'true') {
      reply.header('set-cookie', `X-SDS-AUTH-TOKEN=${known.token}; Path=/; Secure; HttpOnly; SameSite=Strict`);
    }
    return answer(request, reply, { root: 'LoggedIn', body: { user: known.principal.user } });
  });

  app.get<{ Querystring: Record<string, string | undefined> }>('/logout', async (request, reply) => {
    const { user } = request.principal!;
    await gate.logout(tokenOf(request)!, { everywhere: request.query.force === 'true' });
    return answer(request, reply, { root: 'LoggedOut', body: { user } });
  });
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

function basicOf(request: FastifyRequest): { user: string; password: string } | undefined {
  const match = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(request.headers.authorization ?? '');
  if (!match) return undefined;
  const text = Buffer.from(match[1]!, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
