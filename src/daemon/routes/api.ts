/** What is served, for programs and for people. Says nothing of what is stored, and needs no token. */
import type { FastifyInstance } from 'fastify';
import { COPRHD_ROUTES } from '../coprhd/routes.ts';
import { apiPage, type OpenApi, openApi } from '../openapi.ts';

/** `version`: of the program. */
export function apiRoutes(app: FastifyInstance, version: string): void {
  // Made when somebody asks first: hundreds of schemas are not for every start.
  let made: OpenApi | undefined;
  const document = (): OpenApi => {
    made ??= openApi(COPRHD_ROUTES, version);
    return made;
  };
  app.get('/openapi.json', async (_request, reply) => reply.send(document()));
  app.get('/api', async (_request, reply) =>
    reply
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .type('text/html; charset=utf-8')
      .send(apiPage(document())),
  );
}
