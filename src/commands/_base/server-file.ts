/** Where logins to daemons are kept. Apart from servers.ts, which most commands don't need. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

export function serversFile({ XDG_CONFIG_HOME: config, HOME: home }: Env): string | undefined {
  if (config) return join(config, 'coprhd', 'servers.json');
  return home ? join(home, '.config', 'coprhd', 'servers.json') : undefined;
}

export function hasServers(env: Env): boolean {
  const file = serversFile(env);
  return file !== undefined && existsSync(file);
}
