/**
 * The driver through a day on a fabric of two switches and two VSANs, over SSH: it zones one of them beside colleagues who
 * edit by hand, and whatever happens, what they made is as they made it.
 */
import type { NetworkSystem, ZoneDelta, ZoneMember, ZoneSpec } from 'coprhd/driver';
import { expect, onTestFinished, test } from 'vitest';
import type { MdsState, Member, ZoneMode } from '../../../drivers/simulator/mds/state/types.ts';
import { zoningOf } from '../../../drivers/simulator/mds/state/types.ts';
import { observeNetwork } from '../../../src/engine/observe/read-network.ts';
import { routedFabrics } from '../../../src/engine/observe/routing.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { callContext } from '../simulator/target.ts';
import { type Simulated, startSimulated, VSAN } from './simulated.ts';

const OTHER_VSAN = 20;
const ZONESET = 'prod';
const HOST = (vsan: number, number: number) => `10:00:00:00:c9:${vsan === VSAN ? '0a' : '14'}:00:0${number}`;
const ARRAY = (vsan: number, number: number) => `50:06:01:60:00:${vsan === VSAN ? '0a' : '14'}:00:0${number}`;
const pwwn = (wwn: string): Member => ({ kind: 'pwwn', wwn });

/** Every kind of member that a switch knows, online and offline. */
const foreignZones = (vsan: number): Record<string, readonly Member[]> => ({
  theirs_plain: [pwwn(HOST(vsan, 1)), pwwn(ARRAY(vsan, 1)), pwwn('21:00:00:e0:8b:00:00:99')],
  theirs_named: [
    pwwn(HOST(vsan, 2)),
    { kind: 'fcalias', name: 'their_array' },
    { kind: 'device-alias', name: 'their_host' },
  ],
  theirs_ports: [
    { kind: 'interface', interface: 'fc1/3', domainId: 1 },
    { kind: 'interface', interface: 'fc1/3', swwn: '20:00:00:0d:ec:00:10:02' },
    { kind: 'fwwn', wwn: '20:03:00:0d:ec:00:10:01' },
    { kind: 'fcid', fcid: '0x010400' },
    { kind: 'symbolic-nodename', name: 'host-1' },
  ],
  theirs_smart: [
    { kind: 'pwwn', wwn: HOST(vsan, 1), role: 'init' },
    { kind: 'pwwn', wwn: ARRAY(vsan, 2), role: 'target' },
  ],
});

/** Of inter-VSAN routing: the switch puts it into what is active, and in no database. */
const ROUTED = { name: 'IVRZ_theirs', members: [pwwn(HOST(VSAN, 1)), pwwn(ARRAY(OTHER_VSAN, 1))] };

function addForeign({ simulator: { hand } }: Simulated, vsan: number): void {
  hand.setFcalias({ vsan }, 'their_array', [pwwn(ARRAY(vsan, 1)), pwwn(ARRAY(vsan, 2))]);
  for (const [name, members] of Object.entries(foreignZones(vsan))) {
    hand.createZone({ vsan }, { name, members, zoneset: ZONESET }, true);
  }
  // On the other switch a zone set of its own, which nobody has activated.
  hand.createZone({ vsan, switch: 'mds-2' }, { name: 'theirs_spare', members: [pwwn(HOST(vsan, 1))], zoneset: 'old' });
}

const isOurs = ({ name }: { readonly name: string }) => name.startsWith('ours_');
const isColleague = ({ name }: { readonly name: string }) => name.startsWith('colleague_');

/** All that we have not made, as text: of both VSANs, on both switches, saved and in effect. */
function foreign(state: MdsState, without: (one: { readonly name: string }) => boolean = isOurs): string {
  const left = <T extends { readonly name: string }>(all: readonly T[]) => all.filter((one) => !without(one));
  const vsans = state.vsans.map(({ id, active, mode, session }) => ({
    ...{ id, mode, session, active: active && { name: active.name, zones: left(active.zones) } },
    saved: state.switches.map((one) => {
      const { db, defaultZone } = zoningOf(one, id);
      const zonesets = db.zonesets.map(({ name, zones }) => ({
        name,
        zones: left(zones.map((zone) => ({ name: zone }))),
      }));
      return { defaultZone, zones: left(db.zones), fcaliases: left(db.fcaliases), zonesets };
    }),
  }));
  return JSON.stringify({ vsans, aliases: state.aliases });
}

/** What we have made in VSAN 10, on the switch that we talk to. A zone that was taken out and put back may be elsewhere in its list. */
function ours({ switches, vsans }: MdsState) {
  const { db } = zoningOf(switches[0]!, VSAN);
  const inOrder = <T extends { readonly name: string }>(all: readonly T[]) =>
    all.filter(isOurs).sort((a, b) => (a.name < b.name ? -1 : 1));
  const zonesets = db.zonesets.map(({ name, zones }) => [name, zones.filter((zone) => isOurs({ name: zone })).sort()]);
  const inEffect = vsans.find(({ id }) => id === VSAN)!.active!.zones;
  return { zones: inOrder(db.zones), fcaliases: inOrder(db.fcaliases), zonesets, inEffect: inOrder(inEffect) };
}

const wwpn = (wwn: string): ZoneMember => ({ type: 'wwpn', wwpn: wwn });
const NUMBERS = [1, 2, 3, 4];
const ALIASES: readonly ZoneSpec[] = NUMBERS.map((number) => ({
  name: `ours_array_${number}`,
  members: [wwpn(`50:06:01:60:00:99:00:0${number}`), wwpn(`50:06:01:68:00:99:00:0${number}`)],
}));
const ZONES: readonly ZoneSpec[] = NUMBERS.map((number) => ({
  name: `ours_${number}`,
  members: [wwpn(`10:00:00:00:c9:99:00:0${number}`), { type: 'alias', alias: `ours_array_${number}` }],
}));

interface Walk extends Simulated {
  readonly network: NetworkSystem;
  readonly mode: ZoneMode;
  delta(changes: Partial<ZoneDelta>): Promise<ZoneDelta>;
  apply(delta: ZoneDelta): ReturnType<NetworkSystem['applyZoneDelta']>;
  dump(): MdsState;
  /** Somebody's zone, of VSAN 10. */
  colleague(name: string, enable: boolean): void;
}

async function startWalk(mode: ZoneMode): Promise<Walk> {
  const simulated = await startSimulated({
    ...{
      vsans: [
        { id: VSAN, mode, routedZones: [ROUTED] },
        { id: OTHER_VSAN, mode },
      ],
      aliasMode: 'enhanced',
    },
    settings: { activationMs: 150, commitMs: 150, databaseBytesMax: 1_000_000 },
  });
  onTestFinished(() => simulated.close());
  const { simulator, connect } = simulated;
  simulator.hand.setDeviceAlias('their_host', HOST(VSAN, 2));
  for (const vsan of [VSAN, OTHER_VSAN]) addForeign(simulated, vsan);
  const network = await connect({ configuration: { saveTo: mode === 'enhanced' ? 'fabric' : 'switch' } });
  const ctx = () => callContext(systemClock);
  const fabric = simulated.fabric();
  return {
    ...{ ...simulated, network, mode },
    delta: async (changes) => ({
      ...{ fabric, base: (await network.readZoning(ctx(), fabric)).fingerprint, owner: 'coprhd walk' },
      ...{ configuration: ZONESET, addAliases: [], removeAliases: [], add: [], change: [], remove: [] },
      ...{ activate: true, activatePending: false },
      ...changes,
    }),
    apply: (delta) => network.applyZoneDelta(ctx(), delta),
    dump: () => simulator.dump(),
    colleague: (name, enable) =>
      simulator.hand.createZone({ vsan: VSAN }, { name, members: [pwwn(HOST(VSAN, 2))], zoneset: ZONESET }, enable),
  };
}

/** Refused, and nothing is other than before, ours or theirs. */
async function refused({ apply, dump }: Walk, delta: ZoneDelta, holders: readonly string[]): Promise<void> {
  const before = foreign(dump(), () => false);
  await expect(apply(delta)).rejects.toMatchObject({ class: 'conflict', holders });
  expect(foreign(dump(), () => false)).toBe(before);
}

const named = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name);

async function addsFour({ delta, apply, dump, mode }: Walk): Promise<void> {
  const { zones, zoning } = await apply(await delta({ addAliases: ALIASES, add: ZONES }));
  expect(zones.map(({ name, effective }) => [name, effective?.length])).toEqual(ZONES.map(({ name }) => [name, 3]));
  expect([zoning.pending, zoning.transaction]).toEqual([[], undefined]);
  const { switches, vsans } = dump();
  expect(named(vsans.find(({ id }) => id === VSAN)!.active!.zones).filter((name) => name.startsWith('ours'))).toEqual(
    named(ZONES),
  );
  const saved = switches.filter(({ startup }) => startup.includes('ours_array_4')).map(({ name }) => name);
  expect(saved).toEqual(mode === 'enhanced' ? ['mds-1', 'mds-2'] : ['mds-1']);
}

async function isStale(walk: Walk): Promise<void> {
  const delta = await walk.delta({ add: [{ name: 'ours_stale', members: ZONES[0]!.members }] });
  walk.colleague('colleague_1', true);
  await refused(walk, delta, []);
}

async function isHeld(walk: Walk): Promise<void> {
  walk.colleague('colleague_saved', false);
  walk.simulator.hand.changeZone({ vsan: VSAN }, 'colleague_1', [pwwn(HOST(VSAN, 1))]);
  await refused(walk, await walk.delta({ remove: [ZONES[0]!] }), ['colleague_1', 'colleague_saved']);
  walk.simulator.hand.enable({ vsan: VSAN }, ZONESET);
}

async function isOpen(walk: Walk): Promise<void> {
  walk.simulator.hand.defaultZone(VSAN, 'permit');
  await refused(walk, await walk.delta({ remove: [ZONES[0]!] }), []);
  walk.simulator.hand.defaultZone(VSAN, 'deny');
}

/** While it is under way, a colleague saves a zone. */
async function failsBesideColleague({ simulator, delta, apply, dump, colleague }: Walk): Promise<void> {
  const changed = { name: 'ours_2', from: ZONES[1]!.members, to: [...ZONES[1]!.members, wwpn(HOST(VSAN, 1))] };
  const planned = await delta({
    add: [{ name: 'ours_5', members: [wwpn(HOST(VSAN, 1))] }],
    change: [changed],
    remove: [ZONES[0]!],
  });
  const before = ours(dump());
  const colleagues = dump()
    .vsans.find(({ id }) => id === VSAN)!
    .active!.zones.filter(isColleague);
  const from = simulator.commands().length;
  const isBegun = () =>
    simulator
      .commands()
      .slice(from)
      .some(({ said }) => said.some((line) => /operation initiated|activation initiated/.test(line)));
  simulator.faults.add({ kind: 'reject-activation', how: 'failed' });
  const call = apply(planned);
  const failure = expect(call).rejects.toMatchObject({
    class: 'transient',
    message: expect.stringMatching(/did not take the change: Operation failed: .*Unsuccessful reply Dom 2/),
  });
  await expect.poll(isBegun, { interval: 5, timeout: 10_000 }).toBe(true);
  colleague('colleague_meanwhile', false);
  await failure;
  expect(ours(dump())).toEqual(before);
  const { db } = zoningOf(dump().switches[0]!, VSAN);
  expect(named(db.zones.filter(isColleague))).toEqual(['colleague_1', 'colleague_saved', 'colleague_meanwhile']);
  expect(db.zonesets.find(({ name }) => name === ZONESET)!.zones).toContain('colleague_meanwhile');
  expect(
    dump()
      .vsans.find(({ id }) => id === VSAN)!
      .active!.zones.filter(isColleague),
  ).toEqual(colleagues);
}

/** Nobody saved what routing put into effect, and nobody took it out. */
async function isRouted({ network, simulator: { hand }, dump, fabric }: Walk): Promise<void> {
  hand.enable({ vsan: VSAN }, ZONESET);
  const ctx = () => callContext(systemClock);
  const { pending } = await network.readZoning(ctx(), fabric());
  const [zone] = await network.readZones(ctx(), fabric(), [ROUTED.name]);
  expect([pending, zone]).toMatchObject([[], { name: ROUTED.name, kind: 'other', configurations: [] }]);
  expect(dump().vsans.find(({ id }) => id === VSAN)!.active!.zones).toContainEqual(ROUTED);
}

async function removesAll({ simulator, delta, apply }: Walk): Promise<void> {
  simulator.hand.enable({ vsan: VSAN }, ZONESET);
  await apply(await delta({ remove: ZONES, removeAliases: ALIASES }));
}

test.each(['enhanced', 'basic'] as const)(
  'a fabric in %s mode is zoned beside colleagues, who lose nothing',
  async (mode) => {
    const walk = await startWalk(mode);
    const { dump } = walk;
    const before = foreign(dump());
    const untouched = () => expect(foreign(dump(), (one) => isOurs(one) || isColleague(one))).toBe(before);
    for (const step of [isRouted, addsFour, isStale, isHeld, isOpen, failsBesideColleague, removesAll]) {
      await step(walk);
      untouched();
    }
    const { db } = zoningOf(dump().switches[0]!, VSAN);
    expect([...db.zones, ...db.fcaliases].filter(isOurs)).toEqual([]);
  },
);

test('VSANs that the simulated switch routes between are seen as the fabrics that they are', async () => {
  const plan = { vsans: [{ id: VSAN }, { id: OTHER_VSAN }, { id: 30 }] };
  const routing = await startSimulated({ ...plan, routed: [VSAN, OTHER_VSAN] });
  onTestFinished(routing.close);
  const observe = async (simulated: Simulated) =>
    observeNetwork({ system: await simulated.connect(), ctx: callContext(systemClock) });
  const { trust, fabrics, warnings } = await observe(routing);
  expect([trust.level, warnings]).toEqual(['whole', undefined]);
  const [one, other] = [routing.fabric(VSAN), routing.fabric(OTHER_VSAN)];
  const found = routedFabrics(fabrics);
  expect([[...found.keys()].sort(), [...found.get(one)!], [...found.get(other)!]]).toEqual([
    [one, other].sort(),
    [other],
    [one],
  ]);
  const without = await startSimulated(plan);
  onTestFinished(without.close);
  const seen = await observe(without);
  expect([seen.trust.level, seen.warnings, routedFabrics(seen.fabrics).size]).toEqual(['whole', undefined, 0]);
});
