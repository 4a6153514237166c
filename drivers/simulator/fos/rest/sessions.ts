/**
 * Sessions of the REST interface: few at a time, named by the Authorization header that the login gives. Since FOS 9.1 a GET
 * with Basic credentials of its own needs none. Limits: Fabric OS REST API Reference Manual.
 */
import { atLeast } from '../state/firmware.ts';
import type { FosAccount, FosState } from '../state/model.ts';
import { sessionEnded } from '../state/transaction.ts';
import { RestError, SESSIONS_FULL } from './errors.ts';
import type { RestRequest } from './message.ts';

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

function basicAccount({ accounts }: FosState, header: string | undefined): FosAccount | undefined {
  const encoded = /^Basic (\S+)$/.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user, ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return accounts.find((one) => one.user === user && one.password === password.join(':'));
}

const denied = () => new RestError(401, 'access-denied', 'Authentication failed or the session is not valid');

/** Throws RestError: 401 for wrong credentials, 403 when no session is left. */
export function loggedIn(
  state: FosState,
  request: RestRequest,
): { readonly state: FosState; readonly authorization: string } {
  const account = basicAccount(state, request.authorization);
  if (!account) throw denied();
  if (state.restSessions.length >= state.restSessionsMax) {
    throw new RestError(403, 'access-denied', 'Max limit for REST sessions reached', SESSIONS_FULL);
  }
  const counter = state.counter + 1;
  const token = `Custom_Basic ${base64(`${account.user}:xxx:${counter.toString(16).padStart(16, '0')}`)}`;
  const restSessions = [...state.restSessions, { token, user: account.user }];
  return { state: { ...state, counter, restSessions }, authorization: token };
}

/** Drops what the session had open. */
export function loggedOut(state: FosState, { authorization }: RestRequest): FosState {
  const restSessions = state.restSessions.filter(({ token }) => token !== authorization);
  if (restSessions.length === state.restSessions.length) throw denied();
  return sessionEnded({ ...state, restSessions }, authorization!);
}

export interface RestUser {
  readonly session: string;
  readonly account: FosAccount;
}

/** Throws RestError 401. */
export function userOf(state: FosState, { authorization, method }: RestRequest): RestUser {
  const canBeAlone = method === 'GET' && atLeast(state.firmware, '9.1.0');
  const alone = canBeAlone ? basicAccount(state, authorization) : undefined;
  if (alone) return { session: `rest:${alone.user}`, account: alone };
  const session = state.restSessions.find(({ token }) => token === authorization);
  const account = session && state.accounts.find(({ user }) => user === session.user);
  if (!account) throw denied();
  return { session: session.token, account };
}
