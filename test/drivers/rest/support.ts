/** Sessions with the test server, and what is asked of them. */
import { expect } from 'vitest';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import {
  createRestSession,
  type PinningRestSession,
  type RestSessionOptions,
} from '../../../src/engine/driver/rest/session.ts';
import type { RestMethod, RestRequest, RestSession } from '../../../src/engine/driver/session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { RestServer } from './server.ts';

const open: RestSession[] = [];

export function connect(server: RestServer, over: Partial<RestSessionOptions> = {}): PinningRestSession {
  const session = createRestSession({
    host: '127.0.0.1',
    port: server.port,
    tls: { ca: server.ca },
    clock: systemClock,
    ...over,
  });
  open.push(session);
  return session;
}

export const closeAll = () => Promise.all(open.splice(0).map((session) => session.close()));

export const inMs = (ms: number) => systemClock.nowMs() + ms;
export const wait = (ms: number) => systemClock.sleep(ms);

export const ask = (
  session: RestSession,
  method: RestMethod,
  path: string,
  more: Partial<RestRequest> & { readonly ms?: number } = {},
) => {
  const { ms = 20_000, ...rest } = more;
  return session.request({ method, path, deadlineMs: inMs(ms), ...rest });
};

export async function failure(work: Promise<unknown>): Promise<DriverError> {
  const error = await work.then(
    () => undefined,
    (why: unknown) => why,
  );
  expect(error).toBeInstanceOf(DriverError);
  return error as DriverError;
}

export const classOf = async (work: Promise<unknown>) => (await failure(work)).class;
