/** docs/rest.md is what the daemon serves, and names no route that no test asks for. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { COPRHD_ROUTES } from '../../src/daemon/coprhd/routes.ts';
import { boundsOf, mayDo, type Principal, type RouteRight, seesAll } from '../../src/daemon/gate.ts';
import { ROOT_TENANT_URN } from '../../src/engine/model/urn.ts';
import { LOCAL_USERS } from '../../src/engine/tenancy/local-users.ts';

const FILE = fileURLToPath(new URL('../../docs/rest.md', import.meta.url));

function reachOf(principal: Principal, right: RouteRight): '' | 'yes' | 'own' {
  if (!mayDo(principal, right)) return '';
  const reads = right === 'read' || right === 'monitor';
  return boundsOf(principal) === undefined || (reads && seesAll(principal)) ? 'yes' : 'own';
}

const document = (): string => {
  const users = LOCAL_USERS.map(({ name }) => name);
  const sorted = [...COPRHD_ROUTES].sort((a, b) =>
    a.path < b.path ? -1 : a.path > b.path ? 1 : a.method < b.method ? -1 : 1,
  );
  const placeOf = (path: string) => `\`${path.replace(/:(\w+)/g, '{$1}')}\``;
  const rows = sorted
    .filter(({ refused }) => refused === undefined)
    .map(({ method, path, right }) => [
      method,
      placeOf(path),
      right,
      ...LOCAL_USERS.map(({ name: user, roles, tenantRoles }) => reachOf({ user, roles, tenantRoles }, right)),
      reachOf({ user: '', roles: [], tenantRoles: [], tenant: ROOT_TENANT_URN }, right),
      reachOf({ user: '', roles: ['SYSTEM_MONITOR'], tenantRoles: [], tenant: ROOT_TENANT_URN }, right),
    ]);
  const heads = ['method', 'path', 'right', ...users, 'of a tenant', 'and SYSTEM_MONITOR'];
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index]!)).join(' | ')} |`;
  return [
    "# Routes of CoprHD's API, and who may use them",
    '',
    'Made from the routes by `UPDATE_GOLDEN=1 npx vitest run --project rest test/rest/document.test.ts`; `test/rest/routes.test.ts` asks for each',
    'with and without the right. Whoever has no token is answered with 401, whoever may not with 403. Beside these: `GET /login`, `GET /logout`,',
    '`GET /health`, and what [daemon.md](daemon.md) says for programs.',
    '',
    "Whoever is of a tenant, and has no role of the whole installation, reaches what is the own tenant's, by the roles and rights of",
    '[tenancy.md](tenancy.md); what is of another tenant is not there for him (404). Who has `SYSTEM_MONITOR`, too, reads everything, and changes no more than',
    'without it (403). `test/rest/tenants.test.ts` asks for all of it as seven kinds of users.',
    '',
    line(heads),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...rows.map((row) => line(row)),
    '',
    '## Refused',
    '',
    'CoprHD has these; here they are answered with 405 (code 1007), and why:',
    '',
    ...sorted.flatMap(({ method, path, refused }) =>
      refused === undefined ? [] : [`- ${method} ${placeOf(path)}: ${refused}.`],
    ),
    '',
  ].join('\n');
};

it('docs/rest.md lists the routes', () => {
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(FILE, document());
  expect(readFileSync(FILE, 'utf8')).toBe(document());
});
