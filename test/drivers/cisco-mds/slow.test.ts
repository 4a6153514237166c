/** A switch that answers more slowly than the deadline has time for: no lock is left behind, and nothing is lost. */
import { expect, test } from 'vitest';
import { manifest } from '../../../drivers/cisco-mds/index.ts';
import { createNetworkFixture, sameFabric } from '../../../src/engine/driver/conformance/network-fixture.ts';
import { openMachine } from './obedient-target.ts';

const ZONES = 12;
const DEADLINE_MS = 3_000;

async function prepared(mode: 'basic' | 'enhanced') {
  const { machine, network, fabric } = await openMachine(mode);
  const { clock, device, line } = machine;
  const f = createNetworkFixture(manifest, { network, fabric, clock, close: () => network.close() }, `slow ${mode}`);
  await f.made();
  const delta = await f.delta({ add: Array.from({ length: ZONES }, () => f.zone()) });
  const apply = (latencyMs: number) => {
    line.latencyMs = latencyMs;
    return network.applyZoneDelta(f.ctx({ deadlineMs: clock.nowMs() + DEADLINE_MS }), delta).finally(() => {
      line.latencyMs = 0;
    });
  };
  return { f, device, apply };
}

const isDone = ({ zones, zoning }: Awaited<ReturnType<Awaited<ReturnType<typeof prepared>>['apply']>>) =>
  zones.every(({ effective }) => effective !== undefined) && zoning.transaction === undefined;

test.each([40, 60, 80])(
  'in enhanced mode the session is given up in time at %i ms a line, and everything is as it was',
  async (latencyMs) => {
    const { f, device, apply } = await prepared('enhanced');
    const before = await f.inventory();
    await expect(apply(latencyMs)).rejects.toMatchObject({
      class: 'transient',
      message: expect.stringContaining('too slowly'),
    });
    expect(device.session).toBeUndefined();
    await sameFabric(f, before);
    expect(isDone(await apply(0))).toBe(true);
  },
);

test('in basic mode a part stays saved, none of it active, and the same delta again does the rest', async () => {
  const { device, apply } = await prepared('basic');
  await expect(apply(60)).rejects.toMatchObject({ class: 'ambiguous' });
  expect(device.active?.zones.size).toBe(1);
  expect(device.full.zones.size).toBeGreaterThan(1);
  expect(isDone(await apply(0))).toBe(true);
});
