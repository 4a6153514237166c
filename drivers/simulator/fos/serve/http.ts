/** The REST interface over real HTTPS, or HTTP. A thin shell: what requests do is the machine's. */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FosMachine } from '../machine.ts';
import type { RestRequest } from '../rest/message.ts';
import type { ServerClock } from './time.ts';

const BODY_BYTES_MAX = 4 * 1024 * 1024;

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  /** PEM. Without it: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Undefined = too large, or the client left. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > BODY_BYTES_MAX) return undefined;
      parts.push(part);
    }
  } catch (error) {
    if (request.destroyed) return undefined;
    throw error;
  }
  return Buffer.concat(parts).toString('utf8');
}

function restRequestOf(request: IncomingMessage, body: string): RestRequest {
  const url = new URL(request.url ?? '/', 'http://switch');
  const fid = url.searchParams.get('vf-id');
  const { authorization, accept, 'content-type': contentType } = request.headers;
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    ...(fid === null ? {} : { fid }),
    ...(authorization === undefined ? {} : { authorization }),
    ...(accept === undefined ? {} : { accept }),
    ...(contentType === undefined ? {} : { contentType }),
    body,
  };
}

export async function startHttpServer(
  machine: FosMachine,
  clock: ServerClock,
  { host, port, tls }: HttpOptions,
): Promise<HttpServer> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    if (body === undefined) return void request.destroy();
    const done = machine.rest(restRequestOf(request, body), clock.nowMs());
    await clock.wait(done.effect.delayMs + done.effect.flashMs);
    if (done.effect.loseRequest || done.effect.loseReply) return void request.socket.destroy();
    const { status, headers, body: whole } = done.answer;
    const bytes = Buffer.from(whole, 'utf8');
    response.writeHead(status, { ...headers, 'content-length': `${bytes.length}` });
    if (!done.effect.torn) return void response.end(bytes);
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => request.socket.destroy());
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => void answer(request, response);
  const server = tls ? createHttpsServer({ ...tls }, listener) : createHttpServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
