/**
 * Daemons that this user is logged in to: `coprhd/servers.json` under the user's configuration directory, for its owner
 * only, since whoever has a token is the user.
 */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { fail } from '../../lib/diagnostic.ts';
import { reasonOf } from './plan-files.ts';
import { serversFile } from './server-file.ts';

type Env = Readonly<Record<string, string | undefined>>;

const serverSchema = z.strictObject({
  user: z.string(),
  token: z.string(),
  /** PEM, where it was compared by hand. */
  certificate: z.string().optional(),
});
const fileSchema = z.strictObject({ current: z.string().optional(), servers: z.record(z.string(), serverSchema) });

export type KnownServer = z.infer<typeof serverSchema>;
export type Servers = z.infer<typeof fileSchema>;

const NONE: Servers = { servers: {} };
const FORBIDDEN_MODE = 0o077;

/** `https://host:4443`: what one server is called, however it was written. Throws OperationError (usage). */
export function serverUrl(text: string): string {
  const problem = (why: string): never =>
    fail('usage', {
      code: 'COPRHD-USAGE-001',
      summary: `${JSON.stringify(text)} ${why}`,
      fix: 'write https://HOST:4443',
    });
  if (!URL.canParse(text)) return problem('is not the address of a daemon');
  const url = new URL(text);
  if (url.protocol !== 'https:') return problem('is not https');
  if (url.username !== '' || url.password !== '') return problem('holds a user: give it with --user');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return problem('has more than a host and a port');
  return `https://${url.hostname}:${/:\d+$/.test(url.host) ? url.port : text.match(/:443\/?$/) ? '443' : '4443'}`;
}

export function readServers(env: Env): Servers {
  const file = serversFile(env);
  if (file === undefined) return NONE;
  try {
    if ((statSync(file).mode & FORBIDDEN_MODE) !== 0) return problem(file, 'others may use it', `chmod 600 ${file}`);
    const parsed = fileSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success
      ? parsed.data
      : problem(file, 'it is not as coprhd login writes it', `remove it and log in again`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NONE;
    if (error instanceof SyntaxError) return problem(file, 'it is not JSON', 'remove it and log in again');
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return problem(file, reasonOf(error), 'make it readable for you, and only you');
  }
}

export function writeServers(env: Env, servers: Servers): void {
  const file = serversFile(env) ?? problem('servers.json', 'no HOME is set', 'set HOME or XDG_CONFIG_HOME');
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, `${JSON.stringify(servers, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(fresh, file);
  } catch (error) {
    problem(file, reasonOf(error), 'make it writable for you');
  }
}

function problem(file: string, why: string, fix: string): never {
  return fail('error', { code: 'COPRHD-REMOTE-003', summary: `can't use ${file}: ${why}`, fix });
}

/** Throws OperationError where nobody is logged in. */
export function knownServer(env: Env, state: string): KnownServer & { readonly url: string } {
  const url = serverUrl(state);
  const known = readServers(env).servers[url];
  if (known) return { ...known, url };
  return fail('error', {
    code: 'COPRHD-REMOTE-003',
    summary: `nobody is logged in to ${url}`,
    fix: `coprhd login ${url}`,
  });
}

/** The server that commands without --state go to. */
export const currentServer = (env: Env): string | undefined => readServers(env).current;
