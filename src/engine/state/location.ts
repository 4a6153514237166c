/**
 * Where the state is, as people write it: a directory, or an etcd cluster as a URL. Pure. The one place that knows the
 * grammar:
 *
 *     DIRECTORY
 *     etcd://HOST[:PORT][,HOST[:PORT]...][/PREFIX][?ca=FILE&cert=FILE&key=FILE]
 *
 * With any of the files, or as `etcds://`, the connection is TLS. Files may also come from the environment
 * (COPRHD_STATE_CA, _CERT, _KEY). Secrets have no place in it: etcd knows a client by the CN of its certificate.
 */
import { fail } from '../../lib/diagnostic.ts';

export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface DirectoryLocation {
  readonly type: 'directory';
  readonly directory: string;
  /** For messages, and the same for the same place. */
  readonly text: string;
}

export interface EtcdLocation {
  readonly type: 'etcd';
  /** `host:port`, in the order given. */
  readonly endpoints: readonly string[];
  /** Begins and ends with a slash; holds no colon. */
  readonly prefix: string;
  /** Present: TLS. Without `ca` the certificate authorities that Node knows. */
  readonly tls?: TlsFiles;
  readonly text: string;
}

export type StateLocation = DirectoryLocation | EtcdLocation;

export type LocationEnvironment = Readonly<Record<string, string | undefined>>;

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i;
const DEFAULT_PORT = 2_379;
const DEFAULT_PREFIX = 'coprhd';
const ENDPOINTS_MAX = 16;
/** Leaves room for itself in every key of the largest transaction. */
const PREFIX_BYTES_MAX = 100;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/;
const SEGMENT = /^[A-Za-z0-9_.-]+$/;
const TLS_NAMES = ['ca', 'cert', 'key'] as const;
const EXAMPLE = 'etcd://a:2379,b:2379,c:2379/coprhd';

/** Whatever is no URL. */
export const isDirectory = (text: string): boolean => !SCHEME.test(text);

/** Throws OperationError (usage, COPRHD-STATE-009) for a URL that can't be understood. */
export function parseStateLocation(text: string, env: LocationEnvironment = {}): StateLocation {
  if (text === '') return refuse('it is empty', `name a directory, or ${EXAMPLE}`);
  const match = SCHEME.exec(text);
  if (!match) return { type: 'directory', directory: text, text };
  const [, scheme = '', rest = ''] = match;
  if (scheme !== 'etcd' && scheme !== 'etcds') {
    return refuse(`${scheme}:// is not a kind of state`, `name a directory, or ${EXAMPLE}`);
  }
  const [address = '', query] = splitOnce(rest, '?');
  const [hosts = '', path] = splitOnce(address, '/');
  if (hosts.includes('@')) {
    const fix = 'leave user and password out, and name a client certificate: ?cert=FILE&key=FILE';
    return refuse('it holds a user or password, and etcd is used with certificates', fix);
  }
  const endpoints = parseEndpoints(hosts);
  const prefix = parsePrefix(path ?? '');
  const tls = parseTls(scheme === 'etcds', query ?? '', env);
  const canonical = `${tls ? 'etcds' : 'etcd'}://${endpoints.join(',')}${prefix.slice(0, -1)}`;
  return { type: 'etcd', endpoints, prefix, ...(tls ? { tls } : {}), text: canonical };
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function parseEndpoints(hosts: string): string[] {
  const endpoints = hosts.split(',').map((endpoint) => {
    const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(endpoint) ?? [];
    const number = port === undefined ? DEFAULT_PORT : Number(port);
    if (!HOST.test(host) || number < 1 || number > 65_535) {
      return refuse(`${JSON.stringify(endpoint)} is not HOST or HOST:PORT`, `write it like ${EXAMPLE}`);
    }
    return `${host}:${number}`;
  });
  if (endpoints.length > ENDPOINTS_MAX) {
    return refuse(`it names ${endpoints.length} members, at most ${ENDPOINTS_MAX}`, 'name some of them');
  }
  return [...new Set(endpoints)];
}

function parsePrefix(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '');
  const wrong = segments.find((segment) => !SEGMENT.test(segment));
  if (wrong !== undefined) {
    return refuse(`${JSON.stringify(wrong)} can't be in a prefix`, 'use letters, digits and . _ - between slashes');
  }
  const prefix = `/${segments.length === 0 ? DEFAULT_PREFIX : segments.join('/')}/`;
  if (prefix.length > PREFIX_BYTES_MAX) {
    return refuse(`its prefix has ${prefix.length} bytes, at most ${PREFIX_BYTES_MAX}`, 'choose a shorter prefix');
  }
  return prefix;
}

function parseTls(isRequired: boolean, query: string, env: LocationEnvironment): TlsFiles | undefined {
  const given = new URLSearchParams(query);
  for (const name of given.keys()) {
    if (!(TLS_NAMES as readonly string[]).includes(name)) {
      return refuse(`it has no option ${JSON.stringify(name)}`, 'its options are ca, cert and key, each a file');
    }
    if (given.getAll(name).length > 1) return refuse(`it names ${name} more than once`, `name one file for ${name}`);
    if (given.get(name) === '') return refuse(`${name} names no file`, `write ?${name}=FILE`);
  }
  const files: TlsFiles = Object.fromEntries(
    TLS_NAMES.flatMap((name) => {
      const file = given.get(name) ?? env[`COPRHD_STATE_${name.toUpperCase()}`];
      return file === undefined || file === '' ? [] : [[name, file]];
    }),
  );
  if ((files.cert === undefined) !== (files.key === undefined)) {
    const lacking = files.cert === undefined ? 'cert' : 'key';
    const fix = `name it: ?${lacking}=FILE, or COPRHD_STATE_${lacking.toUpperCase()}`;
    return refuse(`a client certificate needs its key, and ${lacking} is missing`, fix);
  }
  return isRequired || Object.keys(files).length > 0 ? files : undefined;
}

function refuse(why: string, fix: string): never {
  return fail('usage', {
    code: 'COPRHD-STATE-009',
    summary: `the place of the state can't be understood: ${why}`,
    fix,
  });
}
