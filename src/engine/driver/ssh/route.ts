/**
 * The way to a device: the connections of all hops, one through the other, and the host keys that they showed. Keys are
 * compared with the pinned ones; a hop that has none yet is trusted, once, and its key is what the caller shall pin.
 */
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../lib/clock.ts';
import { hostAndPort } from '../../../lib/endpoint.ts';
import { describeHostKey, type HostKey, hostKeyAt } from '../../../lib/host-key.ts';
import { DriverError } from '../errors.ts';
import { type ConnectedHop, connectHop, placeOf, type SshHop } from './hop.ts';

export interface RouteOptions {
  /** Name of the device, for messages. */
  readonly name: string;
  /** Jump host first, the device last. */
  readonly hops: readonly SshHop[];
  readonly pinned: readonly HostKey[];
  readonly clock: Clock;
  /** For all hops together. */
  readonly limitMs: number;
}

export interface Route {
  /** The connection to the device. */
  readonly device: ConnectedHop;
  /** In the order of the hops. */
  readonly hostKeys: readonly HostKey[];
  isAlive(): boolean;
  close(): void;
}

export async function openRoute(options: RouteOptions): Promise<Route> {
  const { hops, pinned, clock, limitMs } = options;
  const untilMs = clock.nowMs() + limitMs;
  const open: ConnectedHop[] = [];
  try {
    for (const hop of hops) {
      const known = hostKeyAt(pinned, placeOf(hop));
      const through = open.length > 0 ? await forward(open.at(-1)!, hop, clock, untilMs) : undefined;
      const connected = await connectHop({
        hop,
        clock,
        limitMs: Math.max(1, untilMs - clock.nowMs()),
        ...(through ? { through } : {}),
        ...(known ? { pinned: known } : {}),
        verify: (key) => {
          if (known && (known.type !== key.type || known.fingerprint !== key.fingerprint)) {
            throw changedKey(options.name, known, key);
          }
        },
      });
      open.push(connected);
    }
  } catch (error) {
    closeAll(open);
    throw error;
  }
  return {
    device: open.at(-1)!,
    hostKeys: open.map(({ hostKey }) => hostKey),
    isAlive: () => open.every((hop) => hop.isAlive()),
    close: () => closeAll(open),
  };
}

/**
 * The host keys that the hops show now, without logging in where the key isn't the pinned one: it ends there. So a
 * changed key of a jump host is shown before the device behind it can be asked.
 */
export async function readHostKeys(options: RouteOptions): Promise<readonly HostKey[]> {
  const { hops, pinned, clock, limitMs } = options;
  const seen: HostKey[] = [];
  const untilMs = clock.nowMs() + limitMs;
  const open: ConnectedHop[] = [];
  const enough = new DriverError({ class: 'auth', message: 'the host key was only looked at' });
  try {
    for (const hop of hops) {
      const known = hostKeyAt(pinned, placeOf(hop));
      const through = open.length > 0 ? await forward(open.at(-1)!, hop, clock, untilMs) : undefined;
      open.push(
        await connectHop({
          hop,
          clock,
          limitMs: Math.max(1, untilMs - clock.nowMs()),
          ...(through ? { through } : {}),
          ...(known ? { pinned: known } : {}),
          verify: (key) => {
            seen.push(key);
            if (hop === hops.at(-1) || known?.fingerprint !== key.fingerprint) throw enough;
          },
        }),
      );
    }
  } catch (error) {
    if (error !== enough) throw error;
  } finally {
    closeAll(open);
  }
  return seen;
}

function closeAll(open: readonly ConnectedHop[]): void {
  for (const hop of [...open].reverse()) hop.close();
}

function changedKey(name: string, pinned: HostKey, shown: HostKey): DriverError {
  return new DriverError({
    class: 'auth',
    message: `the host key of ${name} has changed: pinned is ${describeHostKey(pinned)}, it shows ${shown.type} ${shown.fingerprint}; nothing was sent to it`,
    hint: `somebody may be between; if the device was set up anew, compare the fingerprint there and run coprhd device trust ${name}`,
  });
}

/** A connection from the jump host to the next hop. */
function forward(jump: ConnectedHop, hop: SshHop, clock: Clock, untilMs: number): Promise<Duplex> {
  const where = hostAndPort(hop);
  return new Promise((resolve, reject) => {
    const limit = new AbortController();
    const refuse = (message: string, cause?: unknown) => {
      limit.abort();
      reject(new DriverError({ class: 'transient', message }, cause));
    };
    clock.sleep(Math.max(1, untilMs - clock.nowMs()), limit.signal).then(
      () => refuse(`${where} does not answer behind ${jump.hostKey.at}`),
      () => {},
    );
    try {
      jump.client.forwardOut('127.0.0.1', 0, hop.host, hop.port, (error, stream) => {
        if (error) return refuse(`${jump.hostKey.at} could not connect to ${where}: ${error.message}`, error);
        limit.abort();
        resolve(stream);
      });
    } catch (error) {
      refuse(`the connection to ${jump.hostKey.at} is gone`, error);
    }
  });
}
