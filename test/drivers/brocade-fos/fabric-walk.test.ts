/**
 * A fabric of two switches that others zone too, over the real wire: what is added, what is held and why, what is taken back;
 * and that zones of others are the same to the byte afterwards, in the switch itself.
 */
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { FosSimulator } from '../../../drivers/simulator/fos/simulator.ts';
import { hostWwpn, type PlainZoning, switchWwn, targetWwpn } from '../../../drivers/simulator/fos/state/build.ts';
import { DriverError } from '../../../src/engine/driver/errors.ts';
import type { NetworkSystem, ZoneDelta, ZoneMember } from '../../../src/engine/driver/network-contract.ts';
import { observeNetwork } from '../../../src/engine/observe/read-network.ts';
import { backoffMs } from '../../../src/engine/workflow/retry.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { LIMITS } from '../../../src/lib/limits.ts';
import { makeTls, type TestTls } from '../simulator/fos/support.ts';
import { callContext, type Scheme, startSwitch } from './network-target.ts';
import { refusal } from './support.ts';

const NUMBER = 128;
const HOSTS = [0, 1, 2, 3].map((host) => hostWwpn(NUMBER, host));
const TARGETS = [0, 1].map((target) => targetWwpn(NUMBER, target));

/** With members of every kind, an alias, a zone that wraps, one that is in no configuration that is in effect. */
const FOREIGN: PlainZoning = {
  aliases: { db01_hba0: [HOSTS[0]!], array_spa_port_0: [TARGETS[0]!] },
  zones: {
    db01_to_array: ['db01_hba0', 'array_spa_port_0'],
    by_port: ['1,4', '2,0', HOSTS[1]!],
    a_zone_that_needs_several_lines: [...HOSTS, ...TARGETS, '50:00:00:00:00:00:00:AB'],
    replication: { principals: [TARGETS[0]!], members: [HOSTS[2]!, HOSTS[3]!] },
    old: [HOSTS[3]!, TARGETS[1]!],
  },
  cfgs: {
    prod: ['a_zone_that_needs_several_lines', 'by_port', 'db01_to_array', 'replication'],
    before_the_move: ['old'],
  },
};

const wwpn = (text: string): ZoneMember => ({ type: 'wwpn', wwpn: text });
const alias = (name: string): ZoneMember => ({ type: 'alias', alias: name });

const ALIASES = [
  { name: 'coprhd_target_0', members: [wwpn(TARGETS[0]!)] },
  { name: 'coprhd_target_1', members: [wwpn(TARGETS[1]!)] },
];
const ZONES = HOSTS.map((host, at) => ({
  name: `coprhd_host_${at}`,
  members: [wwpn(host), alias(ALIASES[at % 2]!.name)],
}));

interface Walk {
  readonly simulator: FosSimulator;
  readonly network: NetworkSystem;
  readonly fabric: string;
  delta(changes: Partial<ZoneDelta>): Promise<ZoneDelta>;
  apply(changes: Partial<ZoneDelta>): ReturnType<NetworkSystem['applyZoneDelta']>;
}

let tls: TestTls;
beforeAll(() => {
  tls = makeTls();
});
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function begin(scheme: Scheme): Promise<Walk> {
  const firmware = 'v9.1.1b';
  const fabricOptions = { hosts: 4, targets: 2, zoning: FOREIGN, effective: 'prod' };
  const { simulator, connect, fabric } = await startSwitch({ scheme, firmware, tls }, fabricOptions);
  const network = await connect();
  open.push(network.close, simulator.close);
  const delta = async (changes: Partial<ZoneDelta>): Promise<ZoneDelta> => ({
    ...{ fabric, owner: 'coprhd', configuration: 'prod', activate: true, activatePending: false },
    ...{ addAliases: [], removeAliases: [], add: [], change: [], remove: [] },
    base: changes.base ?? (await network.readZoning(callContext(), fabric)).fingerprint,
    ...changes,
  });
  const apply = async (changes: Partial<ZoneDelta>) => network.applyZoneDelta(callContext(), await delta(changes));
  return { simulator, network, fabric, delta, apply };
}

interface DumpedZoning {
  readonly zones: Readonly<Record<string, unknown>>;
}
interface Dumped {
  readonly fabrics: readonly {
    readonly defined: DumpedZoning & { readonly aliases: object; readonly cfgs: Readonly<Record<string, string[]>> };
    readonly effective?: DumpedZoning;
    readonly transactions: readonly unknown[];
  }[];
}
const dumped = ({ simulator }: Walk) => (JSON.parse(simulator.dump()) as Dumped).fabrics[0]!;

/** All of others' in the switch, as text. */
function foreign(walk: Walk, mine: (name: string) => boolean = (name) => name.startsWith('coprhd_')): string {
  const { defined, effective } = dumped(walk);
  const others = (all: object = {}) => Object.entries(all).filter(([name]) => !mine(name));
  const cfgs = Object.entries(defined.cfgs).map(([name, zones]) => [name, zones.filter((zone) => !mine(zone))]);
  return JSON.stringify([others(defined.zones), others(defined.aliases), cfgs, others(effective?.zones)]);
}

const byColleague = { name: 'colleague', members: [HOSTS[0]!, TARGETS[1]!], configuration: 'prod' };
const isActivation = ({ text }: { readonly text: string }) =>
  text === 'y' || text.includes('effective-configuration/cfg-name/');

async function until(condition: () => boolean): Promise<void> {
  for (const untilMs = systemClock.nowMs() + 5_000; !condition(); await systemClock.sleep(5)) {
    if (systemClock.nowMs() > untilMs) throw new Error('it did not happen');
  }
}

/** As the engine repeats what is busy: so often, with growing pauses. */
async function whenFree<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const busy = error instanceof DriverError && error.class === 'busy';
      if (!busy || attempt >= LIMITS.retryAttemptsMax) throw error;
      await systemClock.sleep(backoffMs(attempt, 0));
    }
  }
}

describe.each<Scheme>(['ssh', 'https'])('over %s', (scheme) => {
  test('four zones and their aliases are saved and in effect, taken out again, and nothing else is touched', async () => {
    const walk = await begin(scheme);
    const { network, fabric } = walk;
    const everything = () => foreign(walk, () => false);
    const before = everything();
    const seen = await network.listFabrics(callContext());
    expect(seen.items[0]!.switches.map(({ name, domain }) => [name, domain])).toEqual([
      ['fab_sw1', 1],
      ['fab_sw2', 2],
    ]);
    expect((await network.listEndpoints(callContext(), fabric)).items.map(({ nativeId }) => nativeId)).toEqual(
      [...HOSTS, ...TARGETS].sort(),
    );
    const theirs = foreign(walk);
    const done = await walk.apply({ addAliases: ALIASES, add: ZONES });
    expect(done.zoning).toMatchObject({ effectiveConfiguration: 'prod', pendingCount: 0 });
    expect(done.zones.map(({ name, effective }) => [name, effective])).toEqual(
      ZONES.map(({ name }, at) => [name, [wwpn(HOSTS[at]!), wwpn(TARGETS[at % 2]!)]]),
    );
    expect(Object.keys(dumped(walk).effective!.zones).filter((name) => name.startsWith('coprhd_'))).toHaveLength(4);
    expect(foreign(walk)).toBe(theirs);
    await walk.apply({ remove: ZONES, removeAliases: ALIASES });
    expect(foreign(walk)).toBe(theirs);
    expect([everything(), dumped(walk).transactions]).toEqual([before, []]);
  });

  test('a zone that a colleague adds between our look and our change makes the plan stale: nothing is done', async () => {
    const walk = await begin(scheme);
    const planned = await walk.delta({ addAliases: ALIASES, add: ZONES });
    walk.simulator.hand.createZone({ ...byColleague, enable: true });
    const after = walk.simulator.dump();
    const writes = walk.simulator.asked();
    expect((await refusal(walk.network.applyZoneDelta(callContext(), planned))).class).toBe('conflict');
    expect(walk.simulator.asked()).toBe(writes);
    expect(walk.simulator.dump()).toBe(after);
    const theirs = foreign(walk);
    await walk.apply({ addAliases: ALIASES, add: ZONES });
    expect(foreign(walk)).toBe(theirs);
  });

  test('what a colleague saved and did not enable is held by name, and goes live only once it was reviewed', async () => {
    const walk = await begin(scheme);
    walk.simulator.hand.createZone({ ...byColleague, enable: false });
    walk.simulator.hand.changeZone('by_port', ['1,5'], false);
    const changes = { addAliases: ALIASES, add: ZONES };
    const theirs = foreign(walk);
    const held = await refusal(walk.apply(changes));
    expect([held.class, held.holders]).toEqual(['conflict', ['by_port', 'colleague']]);
    // Saved beside it, everything that isn't in effect stays so.
    await walk.apply({ ...changes, activate: false });
    expect(foreign(walk)).toBe(theirs);
    await walk.apply({ ...changes, activatePending: true });
    const { zones } = dumped(walk).effective!;
    expect([zones.by_port, zones.colleague]).toMatchObject([{ members: ['1,5'] }, { members: byColleague.members }]);
    expect(Object.keys(zones)).toEqual(expect.arrayContaining(ZONES.map(({ name }) => name)));
  });

  test('while the default zone lets everybody see everybody, nothing is zoned', async () => {
    const walk = await begin(scheme);
    walk.simulator.hand.defaultZone('all-access');
    const error = await refusal(walk.apply({ addAliases: ALIASES, add: ZONES }));
    expect([error.class, error.hint]).toEqual(['conflict', expect.stringContaining('defzone --noaccess')]);
    expect(walk.simulator.asked()).toBe(0);
    walk.simulator.hand.defaultZone('no-access');
    await walk.apply({ addAliases: ALIASES, add: ZONES });
  });

  test("a colleague's open transaction is waited for, so long and no longer, and never ended", async () => {
    const walk = await begin(scheme);
    const planned = await walk.delta({ addAliases: ALIASES, add: ZONES });
    walk.simulator.hand.openTransaction({ user: 'colleague' });
    const [transaction] = dumped(walk).transactions;
    const startedMs = systemClock.nowMs();
    const attempt = () => walk.network.applyZoneDelta(callContext(), planned);
    const busy = await refusal(whenFree(attempt));
    expect([busy.class, busy.holders]).toEqual(['busy', [expect.stringMatching(/^zoning transaction \d+$/)]]);
    expect(systemClock.nowMs() - startedMs).toBeLessThan(10_000);
    expect(walk.simulator.asked()).toBe(0);
    expect(dumped(walk).transactions).toEqual([transaction]);
    const waiting = whenFree(attempt);
    await systemClock.sleep(300);
    walk.simulator.hand.endTransactions();
    expect((await waiting).zones).toHaveLength(4);
  });

  test("an activation that the fabric rejects is taken back; a colleague's zone made meanwhile stays, and stays not enabled", async () => {
    const walk = await begin(scheme);
    const { simulator } = walk;
    simulator.faults.add({ fault: 'reject-activation' });
    simulator.faults.add({ fault: 'slow-flash', latencyMs: 400 });
    const changes = { addAliases: ALIASES, add: ZONES };
    const failing = refusal(walk.apply(changes));
    await until(() => simulator.commands().some(isActivation));
    // Saved at the other switch, which is never told of our transaction.
    simulator.hand.createZone({ ...byColleague, enable: false });
    const theirs = foreign(walk);
    const error = await failing;
    expect([error.class, error.message]).toEqual(['conflict', expect.stringContaining('reject')]);
    simulator.faults.clear();
    const { defined, transactions } = dumped(walk);
    expect(Object.keys({ ...defined.zones, ...defined.aliases }).filter((name) => name.startsWith('coprhd_'))).toEqual(
      [],
    );
    expect([Object.keys(defined.zones).includes('colleague'), transactions]).toEqual([true, []]);
    expect(foreign(walk)).toBe(theirs);
    expect((await refusal(walk.apply(changes))).holders).toEqual(['colleague']);
    simulator.hand.changeZone('colleague', byColleague.members, true);
    const enabled = foreign(walk);
    await walk.apply(changes);
    expect(foreign(walk)).toBe(enabled);
  });
});

test("over SSH a colleague's transaction on another switch, which our commit would discard, is busy; none of ours is left", async () => {
  const walk = await begin('ssh');
  walk.simulator.hand.openTransaction({ user: 'colleague', domain: 2 });
  const { transactions } = dumped(walk);
  expect((await refusal(walk.apply({ addAliases: ALIASES, add: ZONES }))).class).toBe('busy');
  expect(dumped(walk).transactions).toEqual(transactions);
});

test.each<[Scheme, number, number]>([
  ['ssh', 27, 2],
  ['https', 19, 2],
])(
  'over %s a delta of one zone takes %i commands or requests, and each zone more takes %i',
  async (scheme, one, each) => {
    const walk = await begin(scheme);
    const zones = HOSTS.slice(0, 3).map((host, at) => ({ name: `z${at}`, members: [wwpn(host), wwpn(TARGETS[0]!)] }));
    // Over SSH the answer to a question is none of them.
    const asked = () => walk.simulator.commands().filter(({ text }) => text !== 'y').length;
    const cost = async (add: typeof zones) => {
      const planned = await walk.delta({ add });
      const before = asked();
      await walk.network.applyZoneDelta(callContext(), planned);
      return asked() - before;
    };
    expect([await cost(zones.slice(0, 1)), await cost(zones.slice(1))]).toEqual([one, one + each]);
  },
);

test('an FC router shows the fabrics at its EX_Ports over SSH, and other switches none', async () => {
  const edge = { port: 7, fid: 10, address: '10.77.10.1', wwn: '10:00:00:05:1e:0a:01:00', name: 'edge_sw1' };
  const where = { scheme: 'ssh', tls, firmware: 'v8.2.3c' } as const;
  const { simulator, connect } = await startSwitch(where, { routed: [edge] });
  onTestFinished(() => simulator.close());
  const network = await connect();
  onTestFinished(() => network.close());
  const { trust, fabrics, warnings } = await observeNetwork({ system: network, ctx: callContext() });
  expect([trust.level, warnings]).toEqual(['whole', undefined]);
  expect(fabrics[0]!.routed).toEqual([switchWwn(NUMBER, 1), edge.wwn].map((wwn) => ({ switch: wwn })));
});
