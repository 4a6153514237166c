/**
 * A connection over SSH that is cut at a command of a change, before it is run or after it: the same delta again, by another
 * process, does the rest, and nobody else's zone is touched. Every command with COPRHD_TESTS=all; else a few, and
 * conformance.test.ts has every line on a switch in memory.
 */
import type { CallContext, ZoneDelta, ZoneMember } from 'coprhd/driver';
import { DriverError } from 'coprhd/driver';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../drivers/simulator/mds/state/faults.ts';
import { type ZoneMode, zoningOf } from '../../../drivers/simulator/mds/state/types.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { EVERYTHING } from '../../long-only.ts';
import { callContext } from '../simulator/target.ts';
import { type Simulated, startSimulated, VSAN } from './simulated.ts';

const member = (byte: string): ZoneMember => ({ type: 'wwpn', wwpn: `10:00:00:00:c9:99:00:${byte}` });
const zone = (name: string, ...bytes: string[]) => ({ name, members: bytes.map(member) });
const [KEPT, GONE] = [zone('ours_kept', '01', '02'), zone('ours_gone', '03', '04')];
const NEW = { name: 'ours_new', members: [member('05'), { type: 'alias' as const, alias: 'ours_alias' }] };
const TO = [member('01'), member('06')];
const ctx = (): CallContext => callContext(systemClock);

async function prepared(mode: ZoneMode) {
  const simulated = await startSimulated({ vsans: [{ id: VSAN, mode }] });
  const theirs = {
    name: 'theirs',
    members: [{ kind: 'pwwn', wwn: '10:00:00:00:c9:99:00:ff' }],
    zoneset: 'prod',
  } as const;
  simulated.simulator.hand.createZone({ vsan: VSAN }, theirs, true);
  const network = await simulated.connect();
  const fabric = simulated.fabric();
  const deltaOf = async (changes: Partial<ZoneDelta>): Promise<ZoneDelta> => ({
    ...{ fabric, base: (await network.readZoning(ctx(), fabric)).fingerprint, owner: 'coprhd cuts' },
    ...{ configuration: 'prod', addAliases: [], removeAliases: [], add: [], change: [], remove: [] },
    ...{ activate: true, activatePending: false },
    ...changes,
  });
  await network.applyZoneDelta(ctx(), await deltaOf({ add: [KEPT, GONE] }));
  const delta = await deltaOf({
    addAliases: [zone('ours_alias', '07', '08')],
    ...{ add: [NEW], change: [{ name: KEPT.name, from: KEPT.members, to: TO }], remove: [GONE] },
  });
  return { simulated, network, delta };
}

function seen({ simulator }: Simulated) {
  const { switches, vsans } = simulator.dump();
  const { active, session } = vsans.find(({ id }) => id === VSAN)!;
  const { zones, fcaliases, zonesets } = zoningOf(switches[0]!, VSAN).db;
  return {
    session,
    zones: zones.map(({ name }) => name).sort(),
    zonesets: zonesets.map((set) => [...set.zones].sort()),
    inEffect: active?.zones.map(({ name, members }) => `${name} ${members.length}`).sort(),
    aliases: fcaliases.map(({ name }) => name),
    theirs: JSON.stringify([zones, active?.zones ?? []].map((all) => all.find(({ name }) => name === 'theirs'))),
  };
}

const DONE = {
  ...{
    session: undefined,
    zones: ['ours_kept', 'ours_new', 'theirs'],
    zonesets: [['ours_kept', 'ours_new', 'theirs']],
  },
  ...{ inEffect: ['ours_kept 2', 'ours_new 3', 'theirs 1'], aliases: ['ours_alias'] },
};

/** The commands of the change, as the switch understood them. */
async function commandsOf(mode: ZoneMode): Promise<string[]> {
  const { simulated, network, delta } = await prepared(mode);
  const from = simulated.simulator.commands().length;
  await network.applyZoneDelta(ctx(), delta);
  const commands = simulated.simulator.commands().slice(from);
  await simulated.close();
  return commands.map(({ command }) => command!);
}

async function cut(mode: ZoneMode, fault: Fault): Promise<void> {
  const { simulated, network, delta } = await prepared(mode);
  const { theirs } = seen(simulated);
  const label = JSON.stringify(fault);
  simulated.simulator.faults.add(fault);
  const error = await network.applyZoneDelta(ctx(), delta).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(simulated.simulator.faults.list(), label).toEqual([]);
  // What is cut at the first line is begun anew: it only reads.
  if (error !== undefined) expect(error instanceof DriverError && error.class, label).toBe('ambiguous');
  const another = await simulated.connect();
  const { zones, zoning } = await another.applyZoneDelta(ctx(), delta);
  expect([zones.length, zoning.pending, zoning.transaction], label).toEqual([2, [], undefined]);
  expect(seen(simulated), label).toEqual({ ...DONE, theirs });
  await simulated.close();
}

const CHOSEN = /^(?:zone commit|zoneset activate|zone name ours_new)/;
const SAMPLE = 25;

describe.each(['enhanced', 'basic'] as const)('in %s mode', (mode) => {
  it('a command that is lost with its connection', async () => {
    const commands = await commandsOf(mode);
    expect(commands.length).toBeGreaterThan(35);
    for (let at = 1; at <= commands.length; at += EVERYTHING ? 1 : SAMPLE) {
      await cut(mode, { kind: 'drop-session', atCommand: at, switch: 'mds-1' });
    }
  }, 300_000);

  it('a command whose answer is lost with its connection', async () => {
    const distinct = [...new Set(await commandsOf(mode))].filter((command) => EVERYTHING || CHOSEN.test(command));
    for (const command of distinct) await cut(mode, { kind: 'lose-reply', command: `^${command}$`, switch: 'mds-1' });
  }, 300_000);
});
