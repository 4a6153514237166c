/**
 * The crash sweep over two fabrics: an export to a cluster, or to several hosts, is made, gains a host, loses it and ends, and each of these is
 * killed at each of its journal and driver boundaries, one after the other. In memory, planner and drivers and all: one
 * estate lives through all of it, for what comes after a crash must be as if there had been none.
 */
import { expect, it } from 'vitest';
import type { StoredZone } from '../../drivers/simulator/san/objects.ts';
import { createMemoryStore } from '../../src/engine/state/memory/memory-store.ts';
import { createVirtualClock } from '../../src/lib/clock.ts';
import { LIMITS } from '../../src/lib/limits.ts';
import { createSeededRandom } from '../../src/lib/random.ts';
import type { Estate } from '../engine/planner/estate.ts';
import { createFabricEstate, fabricText, paths, zoneNames } from '../engine/planner/fabric-estate.ts';
import { stack } from '../engine/planner/texts.ts';
import { EVERYTHING } from '../long-only.ts';
import { disagreements, snapshotFacts, urnInTag } from './support/device-facts.ts';
import { Killed, mortal } from './support/incarnations.ts';
import { readFacts } from './support/state-facts.ts';
import { printTable } from './support/table.ts';

const SEERS = {
  'a cluster': () => 'cluster: c1',
  // One is in the record of the export, two are members.
  'several hosts': (hosts: readonly number[]) =>
    `hosts: [${hosts.map((host) => `h${host}`).join(', ')}], sharedAccess: cluster-aware`,
} as const;
type Kind = keyof typeof SEERS;

const textsOf = (kind: Kind, hosts: readonly number[], isExported: boolean) => ({
  'infrastructure.yaml': fabricText({
    hosts: 2,
    cluster: kind === 'a cluster' ? hosts : [1],
    zoning: '{ style: single-initiator, members: alias }',
  }),
  's.yaml': stack({
    volumes: { a: 'size: 1GiB', b: 'size: 2GiB' },
    ...(isExported ? { exports: { e: `${SEERS[kind](hosts)}, volumes: [{ volume: a }, { volume: b }]` } } : {}),
  }),
});

interface Stage {
  readonly name: string;
  readonly texts: ReturnType<typeof textsOf>;
  readonly zones: number;
}

const stagesOf = (kind: Kind): readonly Stage[] => [
  { name: `export to ${kind}`, texts: textsOf(kind, [1], true), zones: 2 },
  { name: 'add a host', texts: textsOf(kind, [1, 2], true), zones: 4 },
  { name: 'remove a host', texts: textsOf(kind, [1], true), zones: 2 },
  { name: 'delete the export', texts: textsOf(kind, [1], false), zones: 0 },
];

const ATTESTED = { attestOffline: 'the crash test' };

/** Everybody else goes on before a sleeper wakes. */
function createClock(): Estate['clock'] {
  const clock = createVirtualClock();
  const sleep: typeof clock.sleep = async (durationMs, signal) => {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.sleep(durationMs, signal);
  };
  return { ...clock, sleep };
}

/** All zones of all fabrics, as saved and in effect, and aliases; without how often an alias is named. */
function zoning({ san }: Estate): { readonly ours: readonly StoredZone[]; readonly others: readonly string[] } {
  const entries = [...san.kv.texts].filter(([key]) => /^(zone|alias)\.f[ab]\//.test(key)).sort();
  const isOurs = (text: string) => /"name":"SDS_/.test(text);
  return {
    ours: entries.flatMap(([key, text]) =>
      key.startsWith('zone') && isOurs(text) ? [JSON.parse(text) as StoredZone] : [],
    ),
    others: entries.flatMap(([, text]) => (isOurs(text) ? [] : [text])),
  };
}

/** What a stage comes to, whatever happened on the way. */
async function shapeOf(estate: Estate) {
  const { ours, others } = zoning(estate);
  const masks = estate
    .show()
    .masks.map(({ initiators, mappings, ports }) => ({ initiators, ports, volumes: mappings.length }));
  return {
    paths: await paths(estate),
    zones: ours,
    others,
    masks: masks.sort((a, b) => (`${a.initiators}` < `${b.initiators}` ? -1 : 1)),
  };
}

async function expectAtRest(estate: Estate, stage: Stage): Promise<void> {
  const facts = await readFacts(estate.engine.store);
  expect(facts.complaints).toEqual([]);
  expect(disagreements(facts, snapshotFacts(estate.show(), urnInTag))).toEqual([]);
  // Paths that a zone of others opens already have none of ours.
  const { ours } = zoning(estate);
  expect(ours.map(({ name }) => name).sort()).toEqual(
    (await zoneNames(estate)).filter((name) => name.startsWith('SDS_')),
  );
  expect(ours).toHaveLength(stage.zones);
  for (const { name, members, effective } of ours) expect(members && effective?.length, name).toBe(members?.length);
  // The turn of a dead process goes with its lease.
  estate.clock.advance(LIMITS.processLeaseTtlMs);
  expect(await estate.keys('ft/')).toEqual([]);
  const { plan } = await estate.plan(stage.texts, ATTESTED);
  expect(plan).toMatchObject({ units: [], changes: [] });
}

const title =
  'an export to %s over fabrics is brought to its end by the next apply of the same text, wherever it was killed';
const KINDS: readonly Kind[] = EVERYTHING ? ['a cluster', 'several hosts'] : ['a cluster'];
it.each(KINDS)(title, async (kind) => {
  const stages = stagesOf(kind);
  let isDead = false;
  const clock = createClock();
  const store = mortal(createMemoryStore({ clock, random: createSeededRandom(1) }), () => isDead);
  const estate = await createFabricEstate({ hosts: 2, foreignZones: 2, store, clock });
  const first = { name: 'before', texts: textsOf(kind, [1], false), zones: 0 };
  await estate.applied(first.texts);
  await expectAtRest(estate, first);
  const { others } = zoning(estate);
  const shapes = new Map<string, unknown>();
  for (const stage of stages) {
    await estate.applied(stage.texts, ATTESTED);
    await expectAtRest(estate, stage);
    shapes.set(stage.name, await shapeOf(estate));
  }
  const crashes = new Map<string, number>(stages.map(({ name }) => [name, 0]));

  /** Kills the stage at its `index`-th point, if it has that many; another process applies the same text. */
  async function kill(stage: Stage, index: number): Promise<boolean> {
    let passed = 0;
    let killedAt = '';
    estate.crashPoint = (point) => {
      if (!isDead && passed++ !== index) return;
      isDead = true;
      killedAt ||= point;
      throw new Killed(point);
    };
    const end = await estate.apply(stage.texts, ATTESTED).catch((error: unknown) => error);
    // What the dead one had still to do comes to nothing.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    estate.crashPoint = undefined;
    const wasKilled = isDead;
    isDead = false;
    if (!wasKilled) expect(end, stage.name).toMatchObject({ outcome: 'ok' });
    else {
      expect(end, stage.name).toBeInstanceOf(Killed);
      estate.restart();
      const result = await estate.apply(stage.texts, ATTESTED);
      expect(result.outcome, `${stage.name}, killed at ${killedAt}: ${JSON.stringify(result.diagnostics)}`).toBe('ok');
      crashes.set(stage.name, crashes.get(stage.name)! + 1);
    }
    const where = `${stage.name}, killed at ${index} (${killedAt})`;
    try {
      await expectAtRest(estate, stage);
      expect(await shapeOf(estate)).toEqual(shapes.get(stage.name));
      expect(zoning(estate).others).toEqual(others);
    } catch (error) {
      throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    return wasKilled;
  }

  for (let index = 0, some = true; some; index++) {
    some = false;
    for (const stage of stages) if (await kill(stage, index)) some = true;
  }
  printTable(
    `Crash sweep over fabrics: ${kind}`,
    [...crashes].map(([operation, killed]) => ({ operation, crashes: killed })),
  );
  for (const [name, killed] of crashes) expect(killed, name).toBeGreaterThan(20);
});
