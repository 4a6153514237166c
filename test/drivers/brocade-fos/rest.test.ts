/** Deltas as REST requests, to the letter; the checksum as fence; logins and logouts; statuses as error classes. */
import { inspect } from 'node:util';
import { DriverError, type ZoneDelta } from 'coprhd/driver';
import { describe, expect, it } from 'vitest';
import { definedOf } from '../../../drivers/brocade-fos/rest/zoning.ts';
import {
  type Exchange,
  FABRIC_BODY,
  failed,
  fenceAt,
  LOGIN,
  LOGOUT,
  looksAt,
  OWN,
  restConnected,
  SECRET,
  SWITCHES,
  scriptedRest,
  Z,
} from './rest-script.ts';
import {
  context,
  contextAt,
  DEADLINE_MS,
  delta,
  FABRIC,
  fingerprint,
  members,
  NOW_MS,
  refusal,
  type State,
  wwpn,
} from './support.ts';

const [a, b, c] = [wwpn(1), wwpn(2), wwpn(3)];
const BEFORE: State = {
  zones: { theirs: [a, b], ours: [a, c] },
  cfgs: { prod: ['ours', 'theirs'] },
  effective: { name: 'prod', zones: { ours: [a, c], theirs: [a, b] } },
};
const SAVED: State = {
  ...BEFORE,
  zones: { ...BEFORE.zones, new1: [a, b] },
  cfgs: { prod: ['new1', 'ours', 'theirs'] },
};
const ONLY_ZONE: State = { ...SAVED, cfgs: BEFORE.cfgs!, transaction: '7' };
const OPEN: State = { ...SAVED, transaction: '7' };
const DONE: State = { ...SAVED, effective: { name: 'prod', zones: { new1: [a, b], ...BEFORE.effective!.zones } } };
const START: Exchange[] = [LOGIN, OWN, SWITCHES];

const zone = `${Z}/defined-configuration/zone/zone-name`;
const cfg = `${Z}/defined-configuration/cfg/cfg-name`;
const CREATE: Exchange = [`POST ${zone}/new1`, { status: 201 }, { 'member-entry': { 'entry-name': [a, b] } }];
const JOIN: Exchange = [
  `PATCH ${cfg}/prod`,
  { status: 204 },
  { 'member-zone': { 'zone-name': ['ours', 'theirs', 'new1'] } },
];
const [none, open] = [fenceAt(BEFORE, 'c1'), fenceAt(OPEN, 'c1')];
/** A list is read before it is sent changed. */
const listed = (state: State): Exchange => looksAt(state, 'c1')[0]!;
const EDITS: Exchange[] = [none, CREATE, open, open, listed(ONLY_ZONE), JOIN, ...looksAt(OPEN, 'c1'), open];
const SAVE: Exchange = [`PATCH ${Z}/effective-configuration/cfg-action/1`, { status: 204 }, { checksum: 'c1' }];
const ENABLE: Exchange = [`PATCH ${Z}/effective-configuration/cfg-name/prod`, { status: 204 }, { checksum: 'c2' }];
const ABORT: Exchange = [`PATCH ${Z}/effective-configuration/cfg-action/4`, { status: 204 }, { checksum: 'c1' }];
const answering = ([request, , body]: Exchange, answer: Exchange[1]): Exchange => [request, answer, body];

const add = { add: [{ name: 'new1', members: members(1, 2) }] };

async function run(exchanges: readonly Exchange[], changes: Partial<ZoneDelta>, base: State = BEFORE) {
  const session = scriptedRest([...START, ...exchanges, LOGOUT]);
  const network = await restConnected(session);
  try {
    return await network.applyZoneDelta(context(), delta(await fingerprint(base), changes));
  } finally {
    await network.close();
    session.finished();
  }
}
const refused = (exchanges: readonly Exchange[], changes: Partial<ZoneDelta>, base?: State) =>
  refusal(run(exchanges, changes, base));

describe('a delta as requests', () => {
  it('is edited, looked at, saved with the checksum, looked at, activated with the new one, looked at; then logged out', async () => {
    const { zones } = await run(
      [...looksAt(BEFORE, 'c1'), ...EDITS, SAVE, ...looksAt(SAVED, 'c2'), ENABLE, ...looksAt(DONE, 'c3')],
      add,
    );
    expect(zones[0]).toMatchObject({ name: 'new1', defined: members(1, 2), effective: members(1, 2) });
  });

  it('has the same fingerprint as over the command line', async () => {
    const network = await restConnected(scriptedRest([...START, ...looksAt(BEFORE, 'c1')]));
    expect((await network.readZoning(context(), FABRIC)).fingerprint).toBe(await fingerprint(BEFORE));
  });

  const remove = { remove: [{ name: 'theirs', members: members(1, 2) }] };
  const without: State = { zones: { ours: [a, c] }, cfgs: { prod: ['ours'] }, effective: BEFORE.effective! };
  const left: State = { ...without, transaction: '7' };
  const leave: Exchange = [`PATCH ${cfg}/prod`, { status: 204 }, { 'member-zone': { 'zone-name': ['ours'] } }];
  const rest: Exchange[] = [
    open,
    [`DELETE ${zone}/theirs`, { status: 204 }],
    ...looksAt(left, 'c1'),
    fenceAt(left, 'c1'),
    SAVE,
    ...looksAt(without, 'c2'),
  ];

  it.each([
    ['replaces', [] as Exchange[], ['ours']],
    [
      'only adds',
      [[`DELETE ${cfg}/prod`, { status: 204 }, { 'member-zone': { 'zone-name': ['theirs'] } }] as const],
      ['ours', 'theirs'],
    ],
  ])('takes a zone out of its configuration where PATCH %s', async (_how, more, shown) => {
    const after: State = { ...BEFORE, cfgs: { prod: shown } };
    const seen = looksAt(after, 'c1')[0]!;
    await run([...looksAt(BEFORE, 'c1'), none, listed(BEFORE), leave, seen, ...more, open, ...rest], {
      ...remove,
      activate: false,
    });
  });

  it('a list that was sent and can not be looked at may be changed: all of it is thrown away', async () => {
    const gone: Exchange = [listed(BEFORE)[0], { lost: 'after' }];
    const after: State = { ...BEFORE, cfgs: { prod: ['ours'] }, transaction: '7' };
    const error = await refused(
      [
        ...[...looksAt(BEFORE, 'c1'), none, listed(BEFORE), leave, gone],
        ...[...looksAt(after, 'c1'), fenceAt(after, 'c1'), ABORT, ...looksAt(BEFORE, 'c1')],
      ],
      remove,
    );
    expect(error.class).toBe('transient');
  });

  it('a list is sent with what somebody else has put into it in the same moment; then nothing of it is saved', async () => {
    const theirs: State = { ...ONLY_ZONE, cfgs: { prod: ['a_theirs', 'ours', 'theirs'] } };
    const both: State = { ...OPEN, cfgs: { prod: ['a_theirs', 'new1', 'ours', 'theirs'] } };
    const rest: State = { ...BEFORE, cfgs: { prod: ['a_theirs', 'ours', 'theirs'] }, transaction: '7' };
    const put = (list: string[]): Exchange => [
      `PATCH ${cfg}/prod`,
      { status: 204 },
      { 'member-zone': { 'zone-name': list } },
    ];
    const error = await refused(
      [
        ...[...looksAt(BEFORE, 'c1'), none, CREATE, open, open],
        ...[
          listed(theirs),
          put(['a_theirs', 'ours', 'theirs', 'new1']),
          ...looksAt(both, 'c1'),
          ...looksAt(both, 'c1'),
        ],
        ...[open, listed(both), put(['a_theirs', 'ours', 'theirs']), listed(rest)],
        ...[open, [`DELETE ${zone}/new1`, { status: 204 }] as const, ...looksAt(rest, 'c1')],
      ],
      add,
    );
    expect(error.class).toBe('busy');
  });

  it('what is so already changes nothing', async () => {
    await run(looksAt(DONE, 'c3'), add);
  });
});

describe('the checksum', () => {
  it('and a transaction that would be ours, of a session that still lives: only that one may drop it, so it is busy', async () => {
    const looks = Array.from({ length: 4 }, () => looksAt(ONLY_ZONE, 'c1')).flat();
    const theirs = failed(
      400,
      'There is an outstanding admin transaction, and you are not the owner of the transaction.',
    );
    const abort: Exchange = [`PATCH ${Z}/effective-configuration/cfg-action/4`, theirs];
    const error = await refused([...looks, fenceAt(ONLY_ZONE, 'c1'), abort], add);
    expect([error.class, error.holders]).toEqual(['busy', ['zoning transaction 7']]);
  });

  it('that is stale, because somebody saved meanwhile: conflict, and our edits are thrown away', async () => {
    const stale = failed(400, 'Invalid checksum value');
    const error = await refused(
      [
        ...[...looksAt(BEFORE, 'c1'), ...EDITS, answering(SAVE, stale)],
        ...[...looksAt(OPEN, 'c1'), ...looksAt(OPEN, 'c1'), open, ABORT],
        ...looksAt(BEFORE, 'c1'),
      ],
      add,
    );
    expect([error.class, error.message]).toEqual(['conflict', expect.stringContaining('Invalid checksum value')]);
  });

  it('that has changed before saving: nothing is saved', async () => {
    const error = await refused(
      [
        ...[...looksAt(BEFORE, 'c1'), ...EDITS.slice(0, 6)],
        ...[...looksAt(OPEN, 'c9'), ...looksAt(OPEN, 'c9')],
        ...[open, answering(ABORT, { status: 204 })].map((one): Exchange => (one === open ? one : [one[0], one[1]])),
        ...looksAt(BEFORE, 'c9'),
      ],
      add,
    );
    expect(error.class).toBe('busy');
  });

  it('somebody who has a transaction open between saving and activating: what is saved of ours is named', async () => {
    const theirs: State = { ...SAVED, transaction: '9' };
    const saved = [...looksAt(BEFORE, 'c1'), ...EDITS, SAVE];
    const error = await refused([...saved, ...looksAt(theirs, 'c2'), ...looksAt(theirs, 'c2')], add);
    expect([error.class, error.message]).toEqual([
      'ambiguous',
      expect.stringMatching(/not in effect.*zone new1, cfg prod$/),
    ]);
  });

  it('a failed activation is taken back by the inverse edits, saved with the checksum of then', async () => {
    const undone: State = { ...BEFORE, transaction: '8' };
    const error = await refused(
      [
        ...[...looksAt(BEFORE, 'c1'), ...EDITS, SAVE, ...looksAt(SAVED, 'c2')],
        answering(ENABLE, failed(500, 'the fabric rejected it')),
      ],
      add,
    );
    // A 5xx says neither done nor refused.
    expect(error.class).toBe('ambiguous');
    const eighth = fenceAt(undone, 'c2');
    const certain = await refused(
      [
        ...[...looksAt(BEFORE, 'c1'), ...EDITS, SAVE, ...looksAt(SAVED, 'c2')],
        ...[answering(ENABLE, failed(400, 'the fabric rejected it')), ...looksAt(SAVED, 'c2')],
        fenceAt(SAVED, 'c2'),
        listed(SAVED),
        [`PATCH ${cfg}/prod`, { status: 204 }, { 'member-zone': { 'zone-name': ['ours', 'theirs'] } }],
        looksAt(BEFORE, 'c2')[0]!,
        eighth,
        eighth,
        [`DELETE ${zone}/new1`, { status: 204 }],
        ...looksAt(undone, 'c2'),
        eighth,
        [SAVE[0], { status: 204 }, { checksum: 'c2' }],
        ...looksAt(BEFORE, 'c3'),
      ],
      add,
    );
    expect([certain.class, certain.message]).toEqual(['conflict', expect.stringContaining('the fabric rejected it')]);
  });
});

describe('an answer', () => {
  it.each([
    [503, 'busy'],
    [403, 'auth'],
    [404, 'not-found'],
    [400, 'conflict'],
  ] as const)('%i to the first edit is %s, and nothing is left', async (status, expected) => {
    const error = await refused(
      [...looksAt(BEFORE, 'c1'), none, answering(CREATE, failed(status, 'no way')), none],
      add,
    );
    expect(error.class).toBe(expected);
  });

  it.each([
    ['duplicate name', 'conflict'],
    ['Invalid Parameters', 'invalid'],
    ['RBAC permission denied', 'auth'],
    ['Zone DB too large', 'capacity'],
    ['another transaction is in progress', 'busy'],
    // Fabric OS REST API Reference Manual, error -3.
    ['There is an outstanding admin transaction, and you are not the owner of the transaction.', 'busy'],
  ] as const)('400 that says %j is %s', async (message, expected) => {
    const error = await refused([...looksAt(BEFORE, 'c1'), none, answering(CREATE, failed(400, message)), none], add);
    expect(error.class).toBe(expected);
  });

  it('that is lost after a write was sent is ambiguous, and is not asked for again', async () => {
    const error = await refused([...looksAt(BEFORE, 'c1'), none, answering(CREATE, { lost: 'after' })], add);
    expect(error.class).toBe('ambiguous');
  });

  it('that is lost in the last look is ambiguous: the change was made', async () => {
    const look = answering(looksAt(DONE, 'c3')[0]!, { lost: 'after' });
    const error = await refused([...looksAt(BEFORE, 'c1'), ...EDITS, SAVE, ...looksAt(SAVED, 'c2'), ENABLE, look], add);
    expect(error.class).toBe('ambiguous');
  });

  it('that does not come before the deadline is ambiguous, also to a look', async () => {
    let nowMs = NOW_MS;
    const inner = scriptedRest([...START, [`GET ${Z}/defined-configuration`, { lost: 'after' }]]);
    const session: typeof inner = {
      ...inner,
      request: (asked) => {
        if (asked.path.endsWith('defined-configuration')) nowMs = DEADLINE_MS;
        return inner.request(asked);
      },
    };
    const network = await restConnected(session);
    const error = await refusal(
      network.applyZoneDelta(
        contextAt(() => nowMs),
        delta('', add),
      ),
    );
    expect(error.class).toBe('ambiguous');
  });

  it('that is not of the known shape is a surprise, never an empty list', async () => {
    const bodies = [
      '{}',
      '{"Response":{}}',
      '[]',
      '<html>',
      '{"Response":{"defined-configuration":{"zone":[{}]}}}',
      '',
    ];
    for (const body of bodies) {
      expect(() => definedOf(body), body).toThrow(DriverError);
    }
    expect(definedOf('{"Response":{"defined-configuration":{}}}').zones.size).toBe(0);
  });

  it('has peer zones as zones that are never changed', async () => {
    const entry = { 'entry-name': a, 'principal-entry-name': [b] };
    const body = {
      Response: { 'defined-configuration': { zone: { 'zone-name': 'p', 'zone-type': 1, 'member-entry': entry } } },
    };
    expect(definedOf(JSON.stringify(body)).zones.get('p')).toEqual([a, 'peer zone', `principal ${b}`]);
  });
});

describe('a session', () => {
  it('is one login, told to nobody, and a logout in any case', async () => {
    const session = scriptedRest([LOGIN, OWN, OWN, ['POST /rest/logout', { lost: 'before' }]]);
    const network = await restConnected(session);
    const said: string[] = [];
    const identity = await network.identify(contextAt(() => NOW_MS, said));
    expect(identity).toMatchObject({
      firmwareVersion: '9.1.1b',
      supported: true,
      model: 'Brocade switch of type 162.0',
    });
    await network.identify(context());
    await network.close();
    await network.close();
    session.finished();
    expect(inspect([identity, said], { depth: 9 })).not.toMatch(/hunter2|abcdef/);
  });

  it('that the switch has no room for is busy; a wrong password is auth, and the password is not in it', async () => {
    const at = async (answer: Exchange[1]) =>
      refusal((await restConnected(scriptedRest([['POST /rest/login', answer]]))).identify(context()));
    expect((await at(failed(400, 'Max limit for REST sessions reached'))).class).toBe('busy');
    expect((await at(failed(503, 'unavailable'))).class).toBe('busy');
    expect((await at(failed(500, 'out of order'))).class).toBe('transient');
    expect((await at({ status: 404 })).class).toBe('unsupported');
    const wrong = await at(failed(400, 'bad'));
    expect([wrong.class, inspect(wrong, { depth: 9 }).includes(SECRET)]).toEqual(['auth', false]);
  });

  it('into a virtual fabric that is not there, or not for this user, is not-found', async () => {
    const asked: Exchange = ['GET /rest/running/switch/fibrechannel-switch?vf-id=20', failed(404, 'Invalid VF ID 20')];
    const network = await restConnected(scriptedRest([LOGIN, asked]), 20);
    expect((await refusal(network.identify(context()))).class).toBe('not-found');
  });

  it('names the virtual fabric in every request', async () => {
    const session = scriptedRest([
      LOGIN,
      ['GET /rest/running/switch/fibrechannel-switch?vf-id=20', OWN[1]],
      ['GET /rest/running/brocade-fabric/fabric-switch?vf-id=20', { status: 200, body: FABRIC_BODY }],
    ]);
    const { items } = await (await restConnected(session, 20)).listFabrics(context());
    expect(items[0]).toMatchObject({ nativeId: `${FABRIC}/20`, virtualFabric: 20 });
  });

  it('shows ports of the whole fabric; one is an object, several a list', async () => {
    const port = {
      'port-name': '10:00:00:00:C9:00:00:01',
      'port-id': '0x010600',
      'node-name': a,
      'port-symbolic-name': 'x',
    };
    const at = async (list: unknown) => {
      const body = { Response: { 'fibrechannel-name-server': list } };
      const asked: Exchange = ['GET /rest/running/brocade-name-server/fibrechannel-name-server', { status: 200, body }];
      return (await restConnected(scriptedRest([...START, OWN, asked, SWITCHES]))).listEndpoints(context(), FABRIC);
    };
    const seen = { nativeId: a, name: 'x', wwnn: a, switch: FABRIC, port: 6 };
    expect(await at(port)).toEqual({ items: [seen], complete: true });
    expect((await at([port, { ...port, 'port-name': b, 'port-id': '0x630000' }])).complete).toBe(false);
  });
});
