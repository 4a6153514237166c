/**
 * The EngineClient of a daemon: each operation is one request, its events come as lines while it runs, and an abort is
 * passed on. What has no state is done here, in this process. Whoever answers must show the certificate that was pinned.
 */

import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { STATELESS, type StatelessOperation } from '../engine/operations/registry.ts';
import {
  CALL_HEADER,
  LINES,
  type Line,
  OPERATIONS_PATH,
  SILENCE_MAX_MS,
  TOKEN_HEADER,
} from '../engine/operations/remote-protocol.ts';
import type { EngineClient, InputOf, OperationName, ResultOf } from '../engine/operations/types.ts';
import { systemClock } from '../lib/clock.ts';
import { fail, OperationError } from '../lib/diagnostic.ts';
import { systemRandom, uuid } from '../lib/random.ts';

export interface RemoteServer {
  /** `https://host:4443`. */
  readonly url: string;
  readonly token: string;
  /** PEM, of a server that no authority vouches for. */
  readonly certificate?: string | undefined;
}

export function openRemoteClient(server: RemoteServer): EngineClient {
  const agent = agentFor(server.certificate);
  return {
    call: async (name, input, { onEvent, signal } = {}) => {
      if (Object.hasOwn(STATELESS, name)) return runHere(name, input);
      if (name === 'init' || name === 'state.import') return notOnServers(name);
      const call = uuid(systemRandom);
      const path = `${OPERATIONS_PATH}/${name}`;
      const headers = { accept: LINES, [CALL_HEADER]: call };
      const answer = send(server, agent, { method: 'POST', path, headers, body: JSON.stringify(input) });
      const over = new AbortController();
      const interrupt = (): void => void interruptCall(server, agent, call, over.signal);
      if (signal?.aborted) throw new OperationError('interrupted', []);
      signal?.addEventListener('abort', interrupt);
      try {
        return (await endOf(await answer, server, (event) => onEvent?.(event))) as ResultOf<typeof name>;
      } finally {
        over.abort();
        signal?.removeEventListener('abort', interrupt);
      }
    },
    close: async () => agent.destroy(),
  };
}

const INTERRUPT_AGAIN_MS = 200;

/** Until it was heard or the call is over: the call itself may be on its way yet. How it ends shows what came of it. */
async function interruptCall(server: RemoteServer, agent: Agent, call: string, over: AbortSignal): Promise<void> {
  const path = `${OPERATIONS_PATH}/running/${call}/interrupt`;
  while (!over.aborted) {
    const status = await send(server, agent, { method: 'POST', path, headers: {}, body: '' }).then(
      (response) => response.resume().statusCode,
      () => undefined,
    );
    if (status === 200) return;
    await systemClock.sleep(INTERRUPT_AGAIN_MS, over).catch(() => {});
  }
}

async function runHere<N extends OperationName>(name: N, input: InputOf<N>): Promise<ResultOf<N>> {
  const run = await STATELESS[name as StatelessOperation]();
  return (await (run as (input: unknown) => Promise<unknown>)(input)) as ResultOf<N>;
}

function notOnServers(name: string): never {
  return fail('usage', {
    code: 'COPRHD-REMOTE-002',
    summary: `${name} is done on the machine of a state, not through a daemon`,
    fix: 'name the state: --state DIRECTORY or --state etcd://...',
  });
}

export function agentFor(certificate: string | undefined): Agent {
  // A pinned certificate is believed whatever name it has: it is this one or none.
  const pinned = certificate === undefined ? {} : { ca: [certificate], checkServerIdentity: () => undefined };
  return new Agent({ keepAlive: true, minVersion: 'TLSv1.2', ...pinned });
}

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Resolves with the answer's head. Rejects with an OperationError that says what to do. */
export async function send(
  { url, token }: Pick<RemoteServer, 'url' | 'token'>,
  agent: Agent,
  { method, path, headers, body }: Sent,
): Promise<IncomingMessage> {
  const options: RequestOptions = {
    agent,
    method,
    headers: { 'content-type': 'application/json', ...(token === '' ? {} : { [TOKEN_HEADER]: token }), ...headers },
    timeout: SILENCE_MAX_MS,
  };
  return new Promise((resolve, reject) => {
    const request = httpsRequest(new URL(path, url), options, resolve);
    request.on('timeout', () => request.destroy(new Error(`nothing was heard for ${SILENCE_MAX_MS / 1_000} s`)));
    request.on('error', (error) => reject(unreachable(url, error)));
    request.end(body);
  });
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;

function unreachable(url: string, error: Error & { code?: string }): OperationError {
  const isTrust = CERTIFICATE.test(error.code ?? '');
  return new OperationError('error', [
    {
      code: 'COPRHD-REMOTE-001',
      severity: 'error',
      summary: isTrust
        ? `${url} shows another certificate than the one that is trusted: ${error.message}`
        : `${url} can't be reached: ${error.message || error.code}`,
      fix: isTrust
        ? `compare its fingerprint with the daemon's, then coprhd login ${url}`
        : 'check that the daemon runs and the network; what was under way there goes on: coprhd task list',
    },
  ]);
}

async function endOf(
  response: IncomingMessage,
  { url }: RemoteServer,
  onEvent: (event: Extract<Line, { event: unknown }>['event']) => void,
): Promise<object> {
  if (response.statusCode !== 200) return refused(response, url);
  try {
    for await (const text of linesOf(response)) {
      if (text === '') continue;
      const line = JSON.parse(text) as Line;
      if ('event' in line) onEvent(line.event);
      else if ('result' in line) return line.result;
      else throw new OperationError(line.failure.outcome, line.failure.diagnostics);
    }
  } catch (error) {
    if (error instanceof OperationError) throw error;
    return cutOff(url, error instanceof Error ? error.message : String(error));
  }
  return cutOff(url, 'the connection ended');
}

/** What was asked for may be under way or done. */
function cutOff(url: string, why: string): never {
  return fail('unknown', {
    code: 'COPRHD-REMOTE-001',
    summary: `the answer of ${url} was cut off: ${why}`,
    detail: 'what was begun there goes on',
    fix: 'coprhd task list, coprhd history',
  });
}

async function* linesOf(response: IncomingMessage): AsyncIterable<string> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

async function refused(response: IncomingMessage, url: string): Promise<never> {
  const body = await bodyOf(response);
  const details = typeof body.details === 'string' ? body.details : `it answered ${response.statusCode}`;
  const isLogin = response.statusCode === 401;
  return fail('error', {
    code: isLogin ? 'COPRHD-REMOTE-003' : 'COPRHD-REMOTE-004',
    summary: `${url}: ${details}`,
    fix: isLogin ? `coprhd login ${url}` : (FIX[response.statusCode ?? 0] ?? 'ask whoever runs the daemon'),
  });
}

const FIX: Readonly<Record<number, string>> = {
  403: 'log in as somebody who may',
  429: 'try again a moment later',
  503: 'try again when the state answers',
};

const BODY_BYTES_MAX = 1_048_576;

export async function bodyOf(response: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response) {
    bytes += (part as Buffer).length;
    if (bytes > BODY_BYTES_MAX) break;
    parts.push(part as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}
