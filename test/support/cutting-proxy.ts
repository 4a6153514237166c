/**
 * A TCP proxy that loses, cuts or holds back what goes through it, on command: the network between a client and a server.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type ProxyMode =
  | 'pass'
  /** The server gets the request; its answer never arrives, and the connection breaks. */
  | 'cut-answers'
  /** The request never arrives, and the connection breaks. */
  | 'cut-requests'
  /** Nothing arrives for now; `release` lets the server have what was sent first. */
  | 'hold-requests';

export interface CuttingProxy {
  readonly endpoint: string;
  /** How many connections were cut, or parts held back. */
  readonly hits: number;
  set(mode: ProxyMode): void;
  /** Hands the server what was held back within the first moments, and drops what came later (that it was given up, say). */
  release(): void;
  close(): Promise<void>;
}

const HELD_MS = 500;

export async function startProxy(target: string): Promise<CuttingProxy> {
  const [host, port] = target.split(':') as [string, string];
  let mode: ProxyMode = 'pass';
  let hits = 0;
  let holdsSinceMs = 0;
  const held: { readonly to: Socket; readonly data: Buffer }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // A cut connection is what this is for.
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (data) => {
      if (mode === 'cut-requests') {
        hits++;
        cut();
      } else if (mode === 'hold-requests') {
        hits++;
        if (holdsSinceMs === 0) holdsSinceMs = Date.now();
        if (Date.now() - holdsSinceMs < HELD_MS) held.push({ to: upstream, data });
      } else {
        upstream.write(data);
      }
    });
    upstream.on('data', (data) => {
      if (mode === 'cut-answers') {
        hits++;
        cut();
      } else {
        client.write(data);
      }
    });
    // What was held back must still have somewhere to go when the client has hung up.
    client.on('close', () => (mode === 'hold-requests' ? undefined : upstream.destroy()));
    upstream.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `127.0.0.1:${(server.address() as { port: number }).port}`,
    get hits() {
      return hits;
    },
    set: (next) => {
      mode = next;
    },
    release: () => {
      for (const { to, data } of held.splice(0)) to.write(data);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
