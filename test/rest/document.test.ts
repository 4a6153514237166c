/** docs/rest.md is what the daemon serves, and names no route that no test asks for. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { COPRHD_ROUTES } from '../../src/daemon/coprhd/routes.ts';

const FILE = fileURLToPath(new URL('../../docs/rest.md', import.meta.url));

const document = (): string => {
  const rows = [...COPRHD_ROUTES]
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.method < b.method ? -1 : 1))
    .map(({ method, path, right }) => [method, `\`${path.replace(/:(\w+)/g, '{$1}')}\``, right]);
  const widths = [6, Math.max(...rows.map(([, path]) => path!.length)), 9];
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index]!)).join(' | ')} |`;
  return [
    "# Routes of CoprHD's API",
    '',
    'Made from the routes by `UPDATE_GOLDEN=1 npx vitest run --project rest test/rest/document.test.ts`. `read` needs SYSTEM_MONITOR or',
    'SYSTEM_ADMIN, `provision` SYSTEM_ADMIN. Beside these: `GET /login`, `GET /logout`, `GET /health`, and what [daemon.md](daemon.md) says for programs.',
    '',
    line(['method', 'path', 'right']),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...rows.map((row) => line(row as string[])),
    '',
  ].join('\n');
};

it('docs/rest.md lists the routes', () => {
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(FILE, document());
  expect(readFileSync(FILE, 'utf8')).toBe(document());
});
