/**
 * What the daemon serves, for programs (OpenAPI 3.1) and as one page for people. Made from the routes and from the schemas that
 * check their bodies, and so never says another thing than is done.
 */
import type { z } from 'zod';
import { INPUTS } from '../engine/operations/inputs.ts';
import type { Route } from './coprhd/route.ts';
import { errorDocument } from './refusal.ts';
import { OF_THE_DOOR } from './routes/of-the-door.ts';
import { shapeOf } from './wire/leaves.ts';

type Shape = Readonly<Record<string, unknown>>;

interface Operation {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly operationId: string;
  readonly parameters?: readonly Shape[];
  readonly requestBody?: Shape;
  readonly responses: Shape;
  readonly security?: readonly Shape[];
}

export interface OpenApi {
  readonly openapi: '3.1.0';
  readonly info: Shape;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Shape;
  readonly security: readonly Shape[];
}

const FORMS = ['application/json', 'application/xml'];
const ERROR = { $ref: '#/components/schemas/Error' };
const content = (schema: Shape, forms: readonly string[] = FORMS): Shape => ({
  content: Object.fromEntries(forms.map((form) => [form, { schema }])),
});

export function openApi(routes: readonly Route[], version: string): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {};
  const add = (method: string, path: string, operation: Operation) => {
    paths[path] = { ...paths[path], [method]: operation };
  };
  for (const [method, path, summary] of OPEN) add(method, path, openOperation(method, path, summary));
  for (const [method, path, summary] of OF_TOKENS) add(method, path, simple('auth', summary, idOf(method, path)));
  for (const route of routes) {
    if (route.refused !== undefined) continue;
    add(route.method.toLowerCase(), route.path.replace(/:(\w+)/g, '{$1}'), operationOf(route));
  }
  for (const [name, { right, schema }] of Object.entries(INPUTS)) {
    if (OF_THE_DOOR.has(name)) continue;
    add('post', `/coprhd/operations/${name}`, {
      ...simple('operations', `Operation ${name} (${right}).`, `operation_${name}`),
      requestBody: { required: true, ...content(shapeOf(schema as z.ZodType), ['application/json']) },
    });
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'coprhd',
      version,
      description:
        'GET /login with HTTP Basic answers with a token in the header X-SDS-AUTH-TOKEN; it goes with every request.',
    },
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: { Error: errorDocument },
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'X-SDS-AUTH-TOKEN' },
        basic: { type: 'http', scheme: 'basic' },
      },
    },
    security: [{ token: [] }],
  };
}

type Listed = readonly [method: string, path: string, summary: string];

const OPEN: readonly Listed[] = [
  ['get', '/login', 'Takes name and password (HTTP Basic), answers with a token; ?service=URL sends on to there.'],
  ['put', '/change-password', 'Takes username, old_password and password; all logins of the user end.'],
  ['post', '/validate-password-change', 'Whether that would be taken.'],
  ['get', '/health', 'Whether the daemon is of use.'],
  ['get', '/openapi.json', 'This.'],
  ['get', '/api', 'This, for people.'],
];

const OF_TOKENS: readonly Listed[] = [
  [
    'get',
    '/logout',
    'Ends the token; ?force=true all of the user, &proxytokens=true also those; ?username= of another user.',
  ],
  ['get', '/proxytoken', 'A token by which a user with PROXY_USER asks in the name of this one.'],
  ['put', '/password', 'Takes old_password and password of the own user; all logins end.'],
  ['post', '/password/validate-update', 'Whether that would be taken.'],
];

const idOf = (method: string, path: string): string => `${method}${path.replace(/\W/g, '_')}`;

const openOperation = (method: string, path: string, summary: string): Operation => ({
  ...simple('open', summary, idOf(method, path)),
  security: path === '/login' ? [{ basic: [] }] : [],
});

const simple = (tag: string, summary: string, operationId: string): Operation => ({
  tags: [tag],
  summary,
  operationId,
  responses: { 200: { description: 'Done.' }, default: { description: 'Refused or failed.', ...content(ERROR) } },
});

function operationOf({ method, path, right, body }: Route): Operation {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  const tag = path
    .split('/')
    .slice(1, 3)
    .filter((part) => !part.startsWith(':'))
    .join('/');
  const parameters = names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  return {
    ...simple(tag, `Needs the right to ${right}.`, `${method.toLowerCase()}${path.replace(/\W+/g, '_')}`),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, ...content(shapeOf(body)) } } : {}),
  };
}

const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

/** One page without a script and without anything from elsewhere. */
export function apiPage({ info, paths }: OpenApi): string {
  const sections = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const [tag = ''] = operation.tags;
      sections.set(tag, [...(sections.get(tag) ?? []), operationHtml(method, path, operation)]);
    }
  }
  const parts = [...sections].map(([tag, items]) => `<h2>${escaped(tag)}</h2>\n${items.join('\n')}`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>coprhd API</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}summary{cursor:pointer}
code{font:14px ui-monospace,monospace}pre{overflow:auto;padding:.5rem;background:#8881}b{display:inline-block;width:4rem}</style></head>
<body><h1>coprhd ${escaped(String(info.version))}</h1>
<p>${escaped(String(info.description))} Errors have a <code>code</code>, a <code>description</code>, <code>details</code> and
<code>retryable</code>. For programs: <a href="/openapi.json">openapi.json</a>.</p>
${parts.join('\n')}
</body></html>
`;
}

function operationHtml(method: string, path: string, { summary, requestBody }: Operation): string {
  const bodies = (requestBody?.content ?? {}) as Readonly<Record<string, { readonly schema: unknown }>>;
  const schema = bodies['application/json']?.schema;
  const body = schema === undefined ? '' : `<pre>${escaped(JSON.stringify(schema, null, 2))}</pre>`;
  return `<details><summary><b>${method.toUpperCase()}</b> <code>${escaped(path)}</code></summary><p>${escaped(summary)}</p>${body}</details>`;
}
