/** The network conformance suite on the obedient switch, and a connection that is cut at every line of a change. */
import { DriverError } from 'coprhd/driver';
import { describe, expect, it } from 'vitest';
import { manifest } from '../../../drivers/cisco-mds/index.ts';
import { createNetworkFixture } from '../../../src/engine/driver/conformance/network-fixture.ts';
import { networkConformance } from '../../../src/engine/driver/conformance/network-suite.ts';
import { caseTests } from '../../conformance/driver-kit.ts';
import { NO_LOCK, withoutLock } from './no-lock.ts';
import { type Fate, isWriting, obedientTarget, openMachine } from './obedient-target.ts';

caseTests('cisco-mds, enhanced', networkConformance(obedientTarget('enhanced')), { skips: [] });

caseTests('cisco-mds, basic', withoutLock(networkConformance(obedientTarget('basic'))), { skips: NO_LOCK });

const LINES_MAX = 200;

/** A fabric with zones of ours and a foreign one, and a delta of everything. */
async function prepared(mode: 'basic' | 'enhanced', id: string) {
  const { machine, network, fabric } = await openMachine(mode);
  const { clock, line } = machine;
  const f = createNetworkFixture(manifest, { network, fabric, clock, close: () => network.close() }, id);
  const [theirs, changed, gone] = [await f.made(), await f.made(), await f.made()];
  const alias = { name: 'alias', members: [f.wwpn()] };
  const delta = await f.delta({
    addAliases: [alias],
    add: [f.zone([f.wwpn(), { type: 'alias', alias: alias.name }])],
    change: [{ name: changed.name, from: changed.members, to: [changed.members[0]!, f.wwpn()] }],
    remove: [gone],
  });
  const apply = () => network.applyZoneDelta(f.ctx({ deadlineMs: clock.nowMs() + 60_000 }), delta);
  return { f, line, apply, theirs, gone, seen: await f.read(theirs.name) };
}

/** False when the change has fewer lines. */
async function cutAt(mode: 'basic' | 'enhanced', at: number, fate: Fate): Promise<boolean> {
  const { f, line, apply, theirs, gone, seen } = await prepared(mode, `${mode} ${at} ${fate}`);
  let count = 0;
  let where: string | undefined;
  line.fate = (said) => {
    count += 1;
    if (count !== at) return 'arrives';
    where = said;
    return fate;
  };
  const error = await apply().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  line.fate = () => 'arrives';
  const context = `${where}, ${fate}`;
  // A first line that is cut is said again: it only reads.
  if (error !== undefined) expect(error instanceof DriverError && error.class, context).toBe('ambiguous');
  else if (where !== undefined) expect(isWriting(where), context).toBe(false);
  const { zones, zoning } = await apply();
  expect([zones.length, zoning.pending, zoning.transaction], context).toEqual([2, [], undefined]);
  expect(await f.read(theirs.name), context).toEqual(seen);
  expect(await f.read(gone.name), context).toBeUndefined();
  return where !== undefined;
}

describe.each(['enhanced', 'basic'] as const)('in %s mode', (mode) => {
  it.each(['lost', 'answer lost'] as const)(
    'each line %s is ambiguous, and the same delta again does the rest',
    async (fate) => {
      let at = 1;
      while (await cutAt(mode, at, fate)) {
        at += 1;
        expect(at).toBeLessThan(LINES_MAX);
      }
      expect(at).toBeGreaterThan(30);
    },
  );
});

it('in basic mode of two deltas at once none is done in part, and nothing is left of what is not done', async () => {
  const { machine, network, fabric } = await openMachine('basic');
  const { clock } = machine;
  const f = createNetworkFixture(manifest, { network, fabric, clock, close: () => network.close() }, 'race');
  await f.made();
  const before = await f.inventory();
  const deltas = [await f.delta({ add: [f.zone()] }), await f.delta({ add: [f.zone()] })];
  const results = await Promise.allSettled(deltas.map((delta) => network.applyZoneDelta(f.ctx(), delta)));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(results.map((result) => (result.status === 'rejected' ? (result.reason as DriverError).class : ''))).toEqual([
    'conflict',
    'conflict',
  ]);
  expect(await f.inventory()).toEqual(before);
});
