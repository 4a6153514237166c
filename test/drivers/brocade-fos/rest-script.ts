/** A switch's REST interface as a list of expected requests with answers: what isn't expected fails the test at once. */
import assert from 'node:assert/strict';
import { DriverError, type NetworkSystem, Redacted, type RestRequest, type RestSession } from 'coprhd/driver';
import manifest from '../../../drivers/brocade-fos/index.ts';
import { FABRIC, type State } from './support.ts';

export const SECRET = 'hunter2-secret';
export const TOKEN = 'Custom_Basic abcdef';

/** `lost`: `before` nothing was sent; `after` the answer is gone. */
export type RestAnswer =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly lost: 'before' | 'after' };
export type Exchange = readonly [request: string, answer: RestAnswer, body?: unknown];

export interface ScriptedRest extends RestSession {
  finished(): void;
  readonly sent: readonly string[];
}

/** With the login of a real session: the first request is answered with 401. */
export function scriptedRest(exchanges: readonly Exchange[]): ScriptedRest {
  const left = [...exchanges];
  const sent: string[] = [];
  let proof: Readonly<Record<string, string>> | undefined;
  const request = async (asked: RestRequest): ReturnType<RestSession['request']> => {
    if (asked.authenticate && proof === undefined) proof = await asked.authenticate(asked.deadlineMs);
    const what = `${asked.method} ${asked.path}`;
    const [expected, answer, body] = left.shift() ?? ['nothing more', { status: 500 }];
    assert.equal(what, expected);
    if (body !== undefined) assert.deepEqual(JSON.parse(asked.body ?? 'null'), body);
    sent.push(what);
    if ('lost' in answer) {
      const harmless = asked.method === 'GET' || answer.lost === 'before';
      throw new DriverError({
        class: harmless ? 'transient' : 'ambiguous',
        message: `${what}: the connection was cut`,
      });
    }
    const { status, headers = {} } = answer;
    return { status, headers, body: answer.body === undefined ? '' : JSON.stringify(answer.body) };
  };
  return {
    type: 'rest',
    request,
    close: async () => {},
    finished: () => assert.deepEqual(left, []),
    sent,
  };
}

export const restConnected = (session: RestSession, virtualFabric?: number): Promise<NetworkSystem> =>
  manifest.connect({
    configuration: { user: 'admin', ...(virtualFabric === undefined ? {} : { virtualFabric }) },
    session,
    credential: new Redacted(SECRET),
  });

export const LOGIN: Exchange = ['POST /rest/login', { status: 200, headers: { authorization: TOKEN } }];
export const LOGOUT: Exchange = ['POST /rest/logout', { status: 204 }];
export const Z = '/rest/running/zoning';

/** One as it is, several as a list: as switches do. */
const some = <T>(items: readonly T[]): T | readonly T[] | undefined => (items.length > 1 ? items : items[0]);

const zonesOf = (lists: Readonly<Record<string, readonly string[]>> = {}) =>
  some(
    Object.entries(lists).map(([name, members]) => ({
      'zone-name': name,
      'zone-type': 0,
      'member-entry': { 'entry-name': some(members) },
    })),
  );

export function definedBody({ zones, cfgs = {}, aliases = {} }: State) {
  return {
    Response: {
      'defined-configuration': {
        cfg: some(
          Object.entries(cfgs).map(([name, list]) => ({
            'cfg-name': name,
            'member-zone': { 'zone-name': some(list) },
          })),
        ),
        zone: zonesOf(zones),
        alias: some(
          Object.entries(aliases).map(([name, list]) => ({
            'alias-name': name,
            'member-entry': { 'alias-entry-name': some(list) },
          })),
        ),
      },
    },
  };
}

export function effectiveBody({ effective, access = 'No', transaction, max = 1_045_274 }: State, checksum: string) {
  return {
    Response: {
      'effective-configuration': {
        ...(effective === undefined ? {} : { 'cfg-name': effective.name, 'enabled-zone': zonesOf(effective.zones) }),
        checksum,
        'cfg-action': 0,
        'default-zone-access': access === 'No' ? 0 : 1,
        'db-max': max,
        'db-avail': max - 300,
        'db-committed': 300,
        'db-transaction': 0,
        'transaction-token': typeof transaction === 'string' ? Number(transaction) : 0,
      },
    },
  };
}

export const fenceAt = (state: State, checksum: string): Exchange => [
  `GET ${Z}/effective-configuration`,
  { status: 200, body: effectiveBody(state, checksum) },
];
export const looksAt = (state: State, checksum: string): Exchange[] => [
  [`GET ${Z}/defined-configuration`, { status: 200, body: definedBody(state) }],
  fenceAt(state, checksum),
];

export const SWITCH_BODY = {
  Response: {
    'fibrechannel-switch': {
      name: FABRIC,
      'domain-id': 1,
      'user-friendly-name': 'sw1',
      model: '162.0',
      'firmware-version': 'v9.1.1b',
      principal: 1,
    },
  },
};
export const FABRIC_BODY = {
  Response: {
    'fabric-switch': [
      { name: FABRIC, 'domain-id': 1, 'switch-user-friendly-name': 'sw1', principal: 1 },
      { name: '10:00:00:05:33:25:16:00', 'domain-id': 2, 'switch-user-friendly-name': 'sw2', principal: 0 },
    ],
  },
};
export const OWN: Exchange = ['GET /rest/running/switch/fibrechannel-switch', { status: 200, body: SWITCH_BODY }];
export const SWITCHES: Exchange = [
  'GET /rest/running/brocade-fabric/fabric-switch',
  { status: 200, body: FABRIC_BODY },
];

export const failed = (status: number, message: string): RestAnswer => ({
  status,
  body: {
    errors: { error: [{ 'error-type': 'application', 'error-tag': 'operation-failed', 'error-message': message }] },
  },
});
