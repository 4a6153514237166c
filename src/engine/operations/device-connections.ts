/**
 * Connections of one kind of device: one each, kept. While a rotation's window is open a connection is tried before it is given
 * to anybody, always with the new credential first: only a device that refuses it is logged in to with the one before, once,
 * and the connection says so.
 */
import { type Clock, isoTime } from '../../lib/clock.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { CallContext, SystemIdentity } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import { callContext } from './call-context.ts';
import type { DeviceSpec } from './device-session.ts';

/** Whatever it is a connection to. */
export interface Connected {
  /** It refused its credential and was logged in to with the one before: said wherever it is used. */
  readonly fellBack?: Diagnostic;
}

export interface Device {
  identify(ctx: CallContext): Promise<SystemIdentity>;
  close(): Promise<void>;
}

export interface Connections<D extends Connected> {
  connect(spec: DeviceSpec): Promise<D>;
  /** Closes it and connects anew. */
  reconnect(spec: DeviceSpec): Promise<D>;
  close(): Promise<void>;
}

export interface ConnectionKind<D extends Connected> {
  /** With the credential of the spec and no other. Throws DriverError, or OperationError when what is declared is wrong. */
  open(spec: DeviceSpec): Promise<D>;
  deviceOf(connection: D): Device;
}

export function createConnections<D extends Connected>(clock: Clock, kind: ConnectionKind<D>): Connections<D> {
  const connections = new Map<string, Promise<D>>();
  /** Not used for new calls any more; those under way end on them. */
  const retired: Promise<D>[] = [];
  const keyOf = ({ driver, endpoint, ssh, configuration, credential, fallback, hostKeys = [] }: DeviceSpec) =>
    JSON.stringify([driver, endpoint, ssh, configuration, credential, fallback, hostKeys]);
  const connect = async (spec: DeviceSpec): Promise<D> => {
    const key = keyOf(spec);
    const known = connections.get(key);
    if (known) {
      const { fellBack } = await known;
      if (fellBack === undefined || hasFallback(spec, clock)) return known;
      // The window is over: what was logged in to with the credential before isn't used on.
      if (connections.get(key) === known) {
        connections.delete(key);
        retired.push(known);
      }
      return connect(spec);
    }
    const opening = openEither(spec, clock, kind);
    connections.set(key, opening);
    opening.catch(() => connections.delete(key));
    return opening;
  };
  const closed = async (opening: Promise<D>) => kind.deviceOf(await opening).close();
  return {
    connect,
    reconnect: async (spec) => {
      const open = connections.get(keyOf(spec));
      connections.delete(keyOf(spec));
      // A connection that failed to open has nothing to close.
      if (open) await closed(open).catch(() => {});
      return connect(spec);
    },
    close: async () => {
      const all = [...connections.values(), ...retired.splice(0)];
      connections.clear();
      await Promise.allSettled(all.map(closed));
    },
  };
}

const hasFallback = ({ fallback }: DeviceSpec, clock: Clock): boolean =>
  fallback !== undefined && clock.nowMs() < fallback.untilMs;

async function openEither<D extends Connected>(spec: DeviceSpec, clock: Clock, kind: ConnectionKind<D>): Promise<D> {
  const { fallback, ...alone } = spec;
  if (fallback === undefined || !hasFallback(spec, clock)) return kind.open(alone);
  const now = await logIn(alone, clock, kind);
  if (!(now instanceof DriverError)) return now;
  const before = await logIn({ ...alone, credential: fallback.credential }, clock, kind);
  if (!(before instanceof DriverError)) return { ...before, fellBack: fellBackDiagnostic(spec, fallback, now) };
  throw new DriverError({
    class: 'auth',
    message: `${now.message}; nor is ${fallback.credential} taken, which was its credential before`,
    ...(now.hint === undefined ? {} : { hint: now.hint }),
  });
}

/** The connection, or how its login was refused. What else is wrong with it is met by whoever uses it. */
async function logIn<D extends Connected>(
  spec: DeviceSpec,
  clock: Clock,
  kind: ConnectionKind<D>,
): Promise<D | DriverError> {
  let connection: D | undefined;
  try {
    connection = await kind.open(spec);
    const ctx = callContext(clock, new AbortController().signal, LIMITS.loginDeadlineMs);
    await kind.deviceOf(connection).identify(ctx);
    return connection;
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    if (error.class !== 'auth') {
      if (connection) return connection;
      throw error;
    }
    if (connection) await kind.deviceOf(connection).close();
    return error;
  }
}

function fellBackDiagnostic(
  { name, credential }: DeviceSpec,
  fallback: NonNullable<DeviceSpec['fallback']>,
  refused: DriverError,
): Diagnostic {
  return {
    code: 'COPRHD-DEVICE-011',
    severity: 'warning',
    summary: `${name} refused ${credential}, and was logged in to with ${fallback.credential}, as before its rotation`,
    detail: `${refused.message}; from ${isoTime(fallback.untilMs)} on nothing is tried but ${credential}`,
    fix: `let the device take ${credential}, or go back: coprhd device rotate ${name} --back`,
  };
}
