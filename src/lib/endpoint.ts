/** Endpoints of devices as they are written in plan files: `local`, `ssh://user@host:port`, `https://host:port`. */

export type Endpoint =
  | { readonly type: 'local' }
  | { readonly type: 'ssh'; readonly user: string; readonly host: string; readonly port: number }
  | { readonly type: 'https'; readonly host: string; readonly port: number };

export type RemoteEndpoint = Exclude<Endpoint, { readonly type: 'local' }>;

const PORTS = { ssh: 22, https: 443 } as const;
/** The account that switches and arrays come with. */
const USER_DEFAULT = 'admin';

const URL_PATTERN = /^(ssh|https):\/\/(?:([^@/]*)@)?(\[[0-9A-Fa-f:.%]+\]|[^@/:[\]]+)(?::(\d{1,5}))?\/?$/;
const HOST_PATTERN = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})$/;
/** Goes to the device in its own field and never into a command line; what OpenSSH's client takes as a user name. */
const USER_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9._\\+-]{0,63}$/;

/** Undefined = none of these. Passwords have no place in it: a `:` in the user part isn't taken. */
export function parseEndpoint(text: string): Endpoint | undefined {
  if (text === 'local') return { type: 'local' };
  const match = URL_PATTERN.exec(text);
  if (!match) return undefined;
  const type = match[1] as keyof typeof PORTS;
  const bracketed = match[3]!.startsWith('[');
  const host = bracketed ? match[3]!.slice(1, -1) : match[3]!;
  const port = match[4] === undefined ? PORTS[type] : Number(match[4]);
  if (port < 1 || port > 65_535 || (!bracketed && !HOST_PATTERN.test(host))) return undefined;
  if (type === 'https') return match[2] === undefined ? { type, host, port } : undefined;
  const user = match[2] ?? USER_DEFAULT;
  return USER_PATTERN.test(user) ? { type, user, host, port } : undefined;
}

export function hostAndPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
