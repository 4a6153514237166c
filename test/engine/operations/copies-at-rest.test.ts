/** Full copies keep what they were made of: its moment, and whether applications were at rest for it, also when the snapshot is gone. */
import { describe, expect, it } from 'vitest';
import { createEstate, type Estate, TIB } from '../planner/estate.ts';
import { infrastructure, iqn, stack } from '../planner/texts.ts';

const KEY = `SHA256:${'A'.repeat(43)}`;
const INFRASTRUCTURE = infrastructure({ pools: ['fast', 'slow'], hosts: {}, clusters: {} })
  .replace('provisioning: thin,', 'provisioning: thin, multiVolumeConsistency: true,')
  .concat(
    'hosts:\n',
    `  h1: { type: linux, initiators: [{ iqn: "${iqn('h1')}", network: san }], quiesce: { endpoint: "ssh://root@h1", hostKey: "${KEY}", credential: "env:X", freeze: [/f], thaw: [/t] } }\n`,
  );
const GROUP = { a: 'consistencyGroup: cg', b: 'consistencyGroup: cg', alone: null };

async function estateOf(): Promise<{ estate: Estate; asked: string[] }> {
  const estate = await createEstate({ poolBytes: TIB });
  const asked: string[] = [];
  estate.openHost = async () => ({
    freeze: async () => void asked.push('freeze'),
    thaw: async () => {
      asked.push('thaw');
      return 'asked';
    },
    close: async () => {},
  });
  const exports = { e: 'host: h1, volumes: [a, b]' };
  await estate.applied([INFRASTRUCTURE, stack({ volumes: GROUP, exports, more: 'consistencyGroups: { cg: {} }' })]);
  return { estate, asked };
}

async function done(
  estate: Estate,
  planning: Promise<{
    readonly plan?: Parameters<typeof apply>[1] | undefined;
    readonly diagnostics: readonly unknown[];
  }>,
) {
  const { plan, diagnostics } = await planning;
  expect(plan, JSON.stringify(diagnostics)).toBeDefined();
  const result = await apply(estate, plan!);
  expect(result.outcome, JSON.stringify(result.diagnostics)).toBe('ok');
}
const apply = (estate: Estate, plan: Awaited<ReturnType<Estate['planned']>>) =>
  estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0, confirmDestroy: plan.removals.volumes });

const factsOf = async (estate: Estate, name: string) => {
  const { resources } = await estate.run('copy.list', {});
  const { takenAtMs, consistency } = resources.find((each) => each.name === name)!;
  return { takenAtMs, consistency };
};
const LOOSE = { protect: false, onRemove: 'delete' } as const;

describe('full copies of a group', () => {
  it('are of applications at rest where that is asked for, and say so also when they are detached', async () => {
    const { estate, asked } = await estateOf();
    const group = 's/consistencyGroup.cg';
    await done(estate, estate.run('copy.make', { name: 'dev', of: group, quiesce: true, ...LOOSE }));
    expect(asked).toEqual(['freeze', 'thaw']);
    const before = await factsOf(estate, 'dev-a');
    expect(before).toEqual({ takenAtMs: expect.any(Number), consistency: 'application' });
    expect(await factsOf(estate, 'dev-b')).toEqual(before);
    await done(estate, estate.run('copy.invoke', { verb: 'detach', addresses: ['volume.dev-a'], wholeSet: true }));
    expect(await factsOf(estate, 'dev-a')).toEqual(before);
    const { explanation } = await estate.run('explain', { address: 'volume.dev-b' });
    expect(explanation!.copy).toMatchObject({ state: 'detached', ...before });
    expect(explanation!.lines).toContainEqual(
      expect.stringMatching(/^was filled with what that held .*Z, application-consistent$/),
    );
    // Brought to another moment without asking hosts, they are as after a power failure.
    await done(estate, estate.run('copy.make', { name: 'test', of: group, quiesce: 'try', ...LOOSE }));
    expect((await factsOf(estate, 'test-a')).consistency).toBe('application');
    estate.clock.advance(60_000);
    await done(
      estate,
      estate.run('copy.invoke', { verb: 'resynchronise', addresses: ['volume.test-a'], wholeSet: true }),
    );
    const after = await factsOf(estate, 'test-a');
    expect(after.consistency).toBe('crash');
    expect(after.takenAtMs).toBeGreaterThan(before.takenAtMs!);
  });

  it('of a single volume bring nobody to rest, and have no moment of their own', async () => {
    const { estate, asked } = await estateOf();
    const asking = estate.run('copy.make', { name: 'no', of: 's/volume.alone', quiesce: true, ...LOOSE });
    await expect(asking).rejects.toMatchObject({ outcome: 'usage' });
    await done(estate, estate.run('copy.make', { name: 'one', of: 's/volume.alone', ...LOOSE }));
    expect(await factsOf(estate, 'one')).toEqual({ takenAtMs: undefined, consistency: undefined });
    await done(estate, estate.run('snapshot.take', { name: 'now', of: 's/volume.alone', ...LOOSE }));
    await done(estate, estate.run('copy.make', { name: 'of-now', of: 'snapshot.now', ...LOOSE }));
    const { takenAtMs } = (await estate.record('snapshot', 'now')).record.status.device!;
    expect(await factsOf(estate, 'of-now')).toEqual({ takenAtMs, consistency: 'crash' });
    expect(asked).toEqual([]);
  });
});
