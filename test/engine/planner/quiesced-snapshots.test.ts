/** Snapshots with the applications of their hosts at rest: what is planned, what is recorded, and what is refused. */
import { describe, expect, it } from 'vitest';
import type { CopiesCapability } from '../../../src/engine/driver/copies-contract.ts';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import type { QuiescingHost, Thawed } from '../../../src/engine/driver/quiesce.ts';
import { makeUrn } from '../../../src/engine/model/urn.ts';
import type { Plan } from '../../../src/engine/planner/plan.ts';
import { namedHosts } from '../../../src/engine/planner/quiescing.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { codes, createEstate, type Estate, lines, TIB } from './estate.ts';
import { infrastructure, iqn, stack } from './texts.ts';

const KEY = `SHA256:${'A'.repeat(43)}`;
const hooks = (name: string) =>
  `quiesce: { endpoint: "ssh://root@${name}", hostKey: "${KEY}", credential: "env:X", freeze: [/bin/freeze, "all of it"], thaw: [/bin/thaw] }`;

/** Hosts h1 and h2 have hooks, h3 has none. */
const INFRASTRUCTURE = infrastructure({ pools: ['fast', 'slow'], hosts: {}, clusters: {} })
  .replace('provisioning: thin,', 'provisioning: thin, multiVolumeConsistency: true,')
  .concat(
    'hosts:\n',
    ...['h1', 'h2', 'h3'].map(
      (name) =>
        `  ${name}: { type: linux, initiators: [{ iqn: "${iqn(name)}", network: san }]${name === 'h3' ? '' : `, ${hooks(name)}`} }\n`,
    ),
  );
const GROUP = { a: 'consistencyGroup: cg', b: 'consistencyGroup: cg' };
const CG = 'consistencyGroups: { cg: {} }';
const EXPORTS = { e1: 'host: h1, volumes: [a]', e2: 'host: h2, volumes: [b]' };
const set = (quiesce: string) =>
  `${CG}\nsnapshots: { s-a: { volume: a, set: s, protect: false, quiesce: ${quiesce} }, s-b: { volume: b, set: s, protect: false } }`;

const taken = (quiesce: string, exports: Readonly<Record<string, string>> = EXPORTS) =>
  stack({ volumes: GROUP, exports, more: set(quiesce) });

async function estateOf(exports: Readonly<Record<string, string>> = EXPORTS): Promise<Estate> {
  const estate = await createEstate({ poolBytes: TIB });
  await estate.applied([INFRASTRUCTURE, stack({ volumes: GROUP, exports, more: CG })]);
  return estate;
}

interface Told {
  readonly said: string[];
  /** By host: what becomes of it. */
  readonly freeze: Record<string, () => void>;
  readonly thaw: Record<string, () => Thawed>;
}

/** Hosts that note what is asked of them, and whether a snapshot is there at that moment. */
function hosts(estate: Estate): Told {
  const told: Told = { said: [], freeze: {}, thaw: {} };
  const snapshots = () => estate.show().volumes.filter(({ snapshot }) => snapshot).length;
  estate.openHost = async ({ name }): Promise<QuiescingHost> => ({
    freeze: async () => {
      told.said.push(`freeze ${name} ${snapshots()}`);
      told.freeze[name]?.();
    },
    thaw: async () => {
      told.said.push(`thaw ${name} ${snapshots()}`);
      return told.thaw[name]?.() ?? 'asked';
    },
    close: async () => void told.said.push(`close ${name}`),
  });
  return told;
}

const snapshotsOf = (estate: Estate) => estate.show().volumes.filter(({ snapshot }) => snapshot);
const refuse = (message: string) => () => {
  throw new DriverError({ class: 'invalid', message });
};
const restOf = async (estate: Estate, name = 's-a') => {
  const { device } = (await estate.record('snapshot', name)).record.status;
  return { consistency: device?.consistency, why: device?.notQuiescedWhy };
};

describe('a set with applications at rest', () => {
  it('is taken between freeze and thaw of all hosts that see it, and recorded as that', async () => {
    const estate = await estateOf();
    const told = hosts(estate);
    const plan = await estate.planned(taken('true'));
    expect(plan.changes.map(({ facts }) => facts.consistency)).toEqual(
      Array(2).fill('application-consistent, freezing h1, h2, of one moment with 1 more of set s'),
    );
    // What is run is in the record of the host, which only administrators declare.
    expect(JSON.stringify(plan)).not.toContain('/bin/freeze');
    await estate.applied(taken('true'));
    expect([...told.said].sort()).toEqual([
      'close h1',
      'close h2',
      'freeze h1 0',
      'freeze h2 0',
      'thaw h1 2',
      'thaw h2 2',
    ]);
    expect(await restOf(estate)).toEqual({ consistency: 'application', why: undefined });
    expect((await estate.run('resource.list', { kind: 'snapshot' })).resources[0]).toMatchObject({
      consistency: 'application',
    });
    expect(lines(await estate.planned(taken('true')))).toEqual([]);
  });

  it('is taken with what stood still measured, told, and kept: hosts from freeze to thaw, I/O as the array says', async () => {
    const estate = await estateOf();
    const told = hosts(estate);
    estate.wrap = (array) => {
      const { copies } = array;
      const ensureSnapshots: CopiesCapability['ensureSnapshots'] = async (ctx, args) => {
        estate.clock.advance(300);
        const seen = await copies!.ensureSnapshots(ctx, args);
        return seen.map((each) => ({ ...each, snapshot: { ...each.snapshot!, ioPausedMs: 183 } }));
      };
      return { ...array, copies: { ...copies!, ensureSnapshots } };
    };
    told.freeze.h1 = () => estate.clock.advance(2_000);
    await estate.applied(taken('true'));
    const pauses = estate.events.flatMap((event) => (event.type === 'step.paused' ? [event] : []));
    expect(pauses.map(({ what, name }) => `${what} ${name}`)).toEqual(['io array-1', 'host h1', 'host h2']);
    const [io, first, second] = pauses.map(({ durationMs }) => durationMs);
    expect(io).toBe(183);
    expect(second).toBeGreaterThanOrEqual(300);
    // The first was frozen before the other.
    expect(first).toBeGreaterThanOrEqual(second! + 2_000);
    for (const each of (await estate.run('resource.list', { kind: 'snapshot' })).resources) {
      expect(each).toMatchObject({ ioPausedMs: 183, atRestMs: first });
    }
    const { explanation } = await estate.run('explain', { address: 's/snapshot.s-b' });
    expect(explanation!.copy).toMatchObject({ ioPausedMs: 183, atRestMs: first });
    expect(explanation!.lines).toContain('I/O waited 183 ms for it');
    expect(explanation!.lines).toContain(`hosts were at rest for it for ${first} ms at most`);
  });

  it('says how long its hosts were at rest also where it is not there after all', async () => {
    const estate = await estateOf();
    const told = hosts(estate);
    told.thaw.h1 = () => {
      estate.clock.advance(9_000);
      return 'late';
    };
    const { diagnostics } = await estate.apply(taken('true'));
    expect(JSON.stringify(diagnostics)).toMatch(/thawed by itself.*; h1 was at rest for 9\d{3} ms at most; h2 was/);
  });

  it.each([
    ['could not be frozen', (told: Told) => (told.freeze.h2 = refuse('host h2: the freeze command: no'))],
    ['had thawed by itself before', (told: Told) => (told.thaw.h1 = () => 'late')],
    ['does not say whether it was', (told: Told) => (told.thaw.h1 = refuse('host h1: the thaw command: no'))],
  ])('is not there where a host %s; with try it is, and says that it is not', async (_what, spoil) => {
    const estate = await estateOf();
    const told = hosts(estate);
    spoil(told);
    const result = await estate.apply(taken('true'));
    expect(result.outcome).toBe('partial');
    expect(snapshotsOf(estate)).toEqual([]);
    // Whoever was frozen was asked to thaw.
    for (const host of ['h1', 'h2']) expect(told.said.some((line) => line.startsWith(`thaw ${host}`))).toBe(true);
    await estate.applied(taken('try'));
    expect(snapshotsOf(estate)).toHaveLength(2);
    expect(await restOf(estate, 's-b')).toEqual({ consistency: undefined, why: expect.stringMatching(/host/) });
    expect((await estate.run('resource.list', { kind: 'snapshot' })).resources[0]).toMatchObject({
      consistency: 'crash',
      notQuiescedWhy: expect.any(String),
    });
  });

  it('thaws its hosts when the array refuses it, and when it is silent they are frozen anew for the next try', async () => {
    const estate = await estateOf();
    const told = hosts(estate);
    estate.fault({ operation: 'ensureSnapshots', before: 'invalid', times: 1 });
    expect((await estate.apply(taken('true'))).outcome).toBe('partial');
    expect(told.said.filter((line) => line.startsWith('thaw'))).toEqual(['thaw h1 0', 'thaw h2 0']);
    told.said.length = 0;
    // The set is there, and nobody knows: it is taken anew, at rest.
    estate.fault({ operation: 'ensureSnapshots', after: true, times: 1 });
    await estate.applied(taken('true'));
    expect(told.said.filter((line) => /h1/.test(line))).toEqual([
      ...['freeze h1 0', 'thaw h1 2', 'close h1'],
      ...['freeze h1 0', 'thaw h1 2', 'close h1'],
    ]);
    expect(snapshotsOf(estate)).toHaveLength(2);
    expect((await restOf(estate)).consistency).toBe('application');
  });

  it('is refused where a host has no hooks, or nobody sees it; with try it is crash-consistent, which the plan says', async () => {
    for (const [exports, why] of [
      [{ e1: 'host: h1, volumes: [a]', e3: 'host: h3, volumes: [b]' }, /h3 has no `quiesce`/],
      [{}, /no host sees a, b/],
    ] as const) {
      const estate = await estateOf(exports);
      hosts(estate);
      const refused = await estate.plan(taken('true', exports));
      expect(new Set(codes(refused))).toEqual(new Set(['COPRHD-PLAN-009']));
      expect(refused.diagnostics[0]?.summary).toMatch(why);
      const plan = await estate.planned(taken('try', exports));
      expect(plan.diagnostics[0]?.summary).toMatch(/it will be crash-consistent$/);
      expect(plan.changes[0]?.facts.consistency).toBe('of one moment with 1 more of set s');
      await estate.applied(taken('try', exports));
      expect((await restOf(estate)).consistency).toBeUndefined();
    }
  });

  it.each([
    [true, 'partial', 0],
    ['try', 'ok', 1],
  ] as const)(
    'of which another host sees a volume by the time that it is taken: with quiesce: %s it is %s',
    async (quiesce, outcome, count) => {
      const shared = (host: string) => `host: ${host}, volumes: [a], sharedAccess: cluster-aware`;
      const estate = await estateOf({ e1: shared('h1') });
      const told = hosts(estate);
      const { plan } = await estate.run('snapshot.take', { name: 'now', of: 's/volume.a', quiesce });
      const { openHost } = estate;
      estate.openHost = async (host) => {
        await estate.applied(stack({ volumes: GROUP, exports: { e1: shared('h1'), e3: shared('h3') }, more: CG }));
        return openHost!(host);
      };
      const result = await estate.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0, confirmDestroy: 0 });
      expect(result.outcome).toBe(outcome);
      expect(told.said.filter((line) => line.startsWith('thaw'))).toEqual(['thaw h1 1']);
      expect(snapshotsOf(estate)).toHaveLength(count);
      const why = 'h3 sees a, too, since it was planned';
      if (count > 0) expect(await restOf(estate, 'now')).toEqual({ consistency: undefined, why });
      else expect(JSON.stringify(result.diagnostics)).toContain(why);
    },
  );

  it('is named otherwise to its hosts each time: what a dead process has asked of them is not taken for what its successor asks', async () => {
    const estate = await estateOf();
    const tokens: string[] = [];
    estate.openHost = async () => ({
      freeze: async (token) => void tokens.push(token),
      thaw: async () => 'asked',
      close: async () => {},
    });
    estate.fault({ operation: 'ensureSnapshots', after: true, times: 1 });
    await estate.applied(taken('true'));
    expect(tokens).toHaveLength(4);
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect(token).toMatch(/^[a-z0-9-]+$/);
  });

  it('has its hosts to itself, so that two sets of them never wait for each other, and the first of them before the others', async () => {
    const estate = await estateOf();
    const said: string[] = [];
    const names = new Map<string, string>();
    const nameOf = (token: string) => names.get(token) ?? names.set(token, `${names.size + 1}`).get(token);
    const rest = () => new Promise((resolve) => setImmediate(resolve));
    estate.openHost = async ({ name }) => ({
      freeze: async (token) => {
        said.push(`${nameOf(token)} begins ${name}`);
        await rest();
        said.push(`${nameOf(token)} freezes ${name}`);
      },
      thaw: async (token) => {
        await rest();
        said.push(`${nameOf(token)} thaws ${name}`);
        return 'asked';
      },
      close: async () => {},
    });
    const sets = ['s', 't'].flatMap((set) =>
      ['a', 'b'].map((volume) => `${set}-${volume}: { volume: ${volume}, set: ${set}, protect: false, quiesce: true }`),
    );
    await estate.applied(stack({ volumes: GROUP, exports: EXPORTS, more: `${CG}\nsnapshots: { ${sets.join(', ')} }` }));
    const [first, other] = said[0] === '1 begins h1' ? ['h1', 'h2'] : ['h2', 'h1'];
    const once = (name: string) => [
      ...[`${name} begins ${first}`, `${name} freezes ${first}`, `${name} begins ${other}`, `${name} freezes ${other}`],
      ...[`${name} thaws ${first}`, `${name} thaws ${other}`],
    ];
    expect(said).toEqual([...once('1'), ...once('2')]);
    expect(snapshotsOf(estate)).toHaveLength(4);
  });

  it('is asked for by policies and by name', async () => {
    const estate = await createEstate({ poolBytes: TIB });
    const policy = `${INFRASTRUCTURE}snapshotPolicies: { hourly: { every: 1h, keep: 2, quiesce: true } }\n`;
    const group = 'consistencyGroups: { cg: { snapshotPolicy: hourly } }';
    await estate.applied([policy, stack({ volumes: GROUP, exports: EXPORTS, more: group })]);
    const told = hosts(estate);
    estate.clock.advance(3_600_000);
    expect(await estate.run('snapshot.run', {})).toMatchObject({ outcome: 'ok', taken: 2 });
    expect(told.said.filter((line) => line.startsWith('freeze'))).toHaveLength(2);
    const { plan } = await estate.run('snapshot.take', { name: 'now', of: 's/volume.a', quiesce: true });
    expect(plan?.changes[0]?.facts.consistency).toBe('application-consistent, freezing h1');
    // An hour later a host fails: it is held by nothing, tried, undone, and tried by the next run.
    told.freeze.h1 = refuse('host h1: no');
    estate.clock.advance(3_600_000);
    expect(await estate.run('snapshot.run', {})).toMatchObject({ taken: 0 });
    expect(snapshotsOf(estate)).toHaveLength(2);
    told.freeze.h1 = () => {};
    expect(await estate.run('snapshot.run', {})).toMatchObject({ taken: 2 });
  });

  it('is stale once what is run on its hosts has changed', async () => {
    const estate = await estateOf();
    hosts(estate);
    const plan = await estate.planned(taken('true'));
    await estate.applied(INFRASTRUCTURE.replace('ssh://root@h1', 'ssh://root@elsewhere'));
    const result = await estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0, confirmDestroy: 0 });
    expect(result.outcome).toBe('stale');
    expect(snapshotsOf(estate)).toEqual([]);
  });

  it('takes hooks off a host with the file, and keeps them when the host is changed by name', async () => {
    const estate = await estateOf();
    const apply = async ({ plan }: { plan?: Plan }) =>
      estate.run('apply', { plan: plan!, skipHeld: false, claimWaitMs: 0, confirmDestroy: 0 });
    const quiesce = {
      endpoint: 'ssh://root@h9',
      hostKey: KEY,
      credential: 'env:X',
      freeze: ['/bin/freeze'],
      thaw: ['/bin/thaw'],
    };
    await apply(await estate.run('resource.create', { kind: 'host', resources: { h9: { type: 'linux', quiesce } } }));
    await apply(await estate.run('resource.change', { addresses: ['host.h9'], set: { type: 'other' } }));
    expect((await estate.record('host', 'h9')).record.spec).toMatchObject({
      type: 'other',
      quiesce: { freeze: ['/bin/freeze'], timeoutMs: 10_000 },
    });
    expect((await estate.record('host', 'h1')).record.spec.quiesce).toMatchObject({ thaw: ['/bin/thaw'] });
    await estate.applied(INFRASTRUCTURE.replaceAll(/, quiesce: \{[^}]*\}/g, ''));
    expect((await estate.record('host', 'h1')).record.spec.quiesce).toBeUndefined();
  });
});

it('names some of many hosts in its record, and of the others the number', () => {
  const hosts = Array.from({ length: LIMITS.quiesceHostsNamedMax + 2 }, (_, index) => makeUrn('host', `h${index}`));
  expect(namedHosts({ hosts })).toEqual({ quiesceHosts: hosts.slice(0, -2), quiesceHostsMore: 2 });
  expect(namedHosts({ hosts: hosts.slice(0, 1) })).toEqual({ quiesceHosts: [hosts[0]] });
});
