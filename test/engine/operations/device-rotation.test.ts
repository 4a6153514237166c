import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCredentialResolver, type KeySource, NO_KEYS } from '../../../src/engine/operations/credentials.ts';
import { createDeviceRegistry, deviceSpec } from '../../../src/engine/operations/devices.ts';
import { openLocalClient } from '../../../src/engine/operations/local-client.ts';
import type { InputOf } from '../../../src/engine/operations/types.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { newSealingKey } from '../../../src/lib/sealing.ts';
import { ACTOR, createEstate, DAY_MS, type Estate, lines } from '../planner/estate.ts';
import { infrastructure, stack } from '../planner/texts.ts';

/** The simulated array on disk takes every credential that can be read: a file that is gone is one that is refused. */
const root = mkdtempSync(join(tmpdir(), 'coprhd-rotate-'));
beforeAll(async () => {
  const client = await openLocalClient({ state: join(root, 'none'), actor: ACTOR });
  await client.call('sim', { verb: 'up', arguments: { directory: root, generate: { arrays: 1 } } });
  await client.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const file = (name: string) => join(root, `${name}.key`);
const ref = (name: string) => `file:${file(name)}`;
const give = (...names: string[]) => names.forEach((name) => void writeFileSync(file(name), name));
const take = (...names: string[]) => names.forEach((name) => void rmSync(file(name), { force: true }));

const text = (credential: string, mode: 'manage' | 'observe' = 'manage') =>
  infrastructure({ mode })
    .replace('directory: /arrays', `directory: ${root}`)
    .replace('driver: simulator,', `driver: simulator, credential: "${credential}",`);

/** Logs in for real, on disk; the credential is file `old`. */
async function onDisk(): Promise<Estate> {
  give('old', 'new');
  const estate = await createEstate();
  const { clock, store } = estate.engine;
  const devices = createDeviceRegistry(clock, createCredentialResolver(store, NO_KEYS));
  (estate.engine as { devices: typeof devices }).devices = devices;
  await estate.applied(text(ref('old'), 'observe'));
  return estate;
}

const rotate = (estate: Estate, input: Omit<InputOf<'device.rotate'>, 'name'>) =>
  estate.run('device.rotate', { name: 'array-1', ...input });
const specOf = async (estate: Estate) => (await estate.record('storageSystem', 'array-1')).record.spec;

async function refused(work: Promise<unknown>): Promise<[string, string | undefined, string | undefined]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OperationError)) throw error ?? new Error('it was not refused');
  const [first] = error.diagnostics;
  return [error.outcome, first?.code, first?.fix];
}

describe('a rotation', () => {
  it('records the new credential once the device has taken it, and keeps the old one for a day', async () => {
    const estate = await onDisk();
    const rotated = await rotate(estate, { credential: ref('new') });
    const untilMs = estate.clock.nowMs() + DAY_MS;
    expect(rotated).toMatchObject({
      ...{ outcome: 'ok', changed: true, credential: ref('new'), declaredIn: 'infrastructure.yaml' },
      previous: { credential: ref('old'), untilMs, open: true },
    });
    expect(await specOf(estate)).toMatchObject({
      credential: ref('new'),
      previousCredential: { credential: ref('old'), untilMs, by: 'anna' },
    });
    const [device] = (await estate.run('device.list', {})).devices;
    expect(device).toMatchObject({
      credential: ref('new'),
      credentialWindow: { credential: ref('old'), untilMs },
    });
    const audited = await estate.engine.log.read('audit', { limit: 1 });
    expect(audited).toMatchObject([{ event: 'device.rotate', actor: ACTOR, before: ref('old'), after: ref('new') }]);
  });

  it('changes nothing when the device does not take the new one, though it takes the old one', async () => {
    const estate = await onDisk();
    take('new');
    const before = await estate.revision();
    expect((await refused(rotate(estate, { credential: ref('new') }))).slice(0, 2)).toEqual([
      'error',
      'COPRHD-DEVICE-011',
    ]);
    expect(await estate.revision()).toBe(before);
  });

  it('changes nothing when another device answers', async () => {
    const estate = await createEstate();
    await estate.applied(infrastructure());
    estate.wrap = (array) => ({
      ...array,
      identify: async (ctx) => ({ ...(await array.identify(ctx)), serialNumber: 'SN-other' }),
    });
    const before = await estate.revision();
    expect((await refused(rotate(estate, { credential: 'env:NEW' }))).slice(0, 2)).toEqual([
      'error',
      'COPRHD-DEVICE-005',
    ]);
    expect(await estate.revision()).toBe(before);
  });

  it('changes nothing while a workflow has claimed the device', async () => {
    const estate = await onDisk();
    const recorded = await estate.record('storageSystem', 'array-1');
    await estate.put({ ...recorded.record, claim: { workflow: 'w', fence: 1 } }, recorded);
    expect((await refused(rotate(estate, { credential: ref('new') }))).slice(0, 2)).toEqual([
      'claimed',
      'COPRHD-APPLY-003',
    ]);
  });

  it('to the credential that it has is nothing, and a second one waits for the first to end', async () => {
    const estate = await onDisk();
    expect(await rotate(estate, { credential: ref('old') })).toMatchObject({ outcome: 'ok', changed: false });
    await rotate(estate, { credential: ref('new') });
    expect(await rotate(estate, { credential: ref('new') })).toMatchObject({ changed: false });
    give('third');
    expect((await refused(rotate(estate, { credential: ref('third') })))[1]).toBe('COPRHD-DEVICE-013');
    expect(await refused(rotate(estate, { credential: ref('old') }))).toEqual([
      'error',
      'COPRHD-DEVICE-013',
      'coprhd device rotate array-1 --back',
    ]);
    estate.clock.advance(DAY_MS);
    expect(await rotate(estate, { credential: ref('third') })).toMatchObject({
      previous: { credential: ref('new'), open: true },
    });
  });
});

describe('while the window is open', () => {
  const fellBack = { code: 'COPRHD-DEVICE-011', severity: 'warning' };

  it('a login that is refused is made with the old credential, and that is said each time', async () => {
    const estate = await onDisk();
    await rotate(estate, { credential: ref('new') });
    expect((await estate.run('drift', {})).diagnostics).toEqual([]);
    await estate.engine.devices.close();
    take('new');
    for (const seen of [await estate.run('drift', {}), await estate.run('discover', {})]) {
      expect([seen.outcome, seen.systems[0]?.trust]).toEqual(['ok', 'whole']);
      expect(seen.diagnostics).toMatchObject([fellBack]);
    }
    const planned = await estate.plan(text(ref('new'), 'observe'));
    expect(planned.diagnostics).toMatchObject([fellBack]);
  });

  it('steps are done with the old credential, too, and the events of the apply say so', async () => {
    const estate = await onDisk();
    const volume = stack({ volumes: { a: null } });
    const wanted = [text(ref('old')).replaceAll('fast', 'pool-1'), volume];
    const [pool] = (await estate.records('pool')).map(({ record }) => record.spec.nativeId);
    const own = wanted.map((each) => each.replaceAll('pool-1', pool!));
    await estate.applied(own[0]!);
    await rotate(estate, { credential: ref('new') });
    await estate.engine.devices.close();
    take('new');
    const plan = await estate.planned(own.map((each) => each.replace(ref('old'), ref('new'))));
    expect(lines(plan)).toEqual(['create s/volume.a']);
    estate.events.length = 0;
    const applied = await estate.run('apply', { plan, skipHeld: false, claimWaitMs: 0 });
    expect(applied.outcome).toBe('ok');
    const said = estate.events.flatMap((event) => (event.type === 'diagnostic' ? [event.diagnostic] : []));
    expect(said).toMatchObject([fellBack]);
  });

  it('the new credential is tried first again with each connection, and used once it is taken', async () => {
    const estate = await onDisk();
    await rotate(estate, { credential: ref('new') });
    await estate.engine.devices.close();
    take('new');
    const { record } = await estate.record('storageSystem', 'array-1');
    expect((await estate.engine.devices.open(record)).fellBack).toMatchObject(fellBack);
    give('new');
    expect((await estate.engine.devices.reopen(record)).fellBack).toBeUndefined();
  });

  it('a device that takes neither is said to be unreachable, naming both', async () => {
    const estate = await onDisk();
    await rotate(estate, { credential: ref('new') });
    await estate.engine.devices.close();
    take('new', 'old');
    const seen = await estate.run('drift', {});
    expect(seen.systems[0]).toMatchObject({ trust: 'unreachable', why: expect.stringContaining(ref('old')) });
    expect(seen.systems[0]?.why).toContain(file('new'));
    expect(seen.diagnostics.map(({ severity }) => severity)).toEqual(['error']);
  });

  it('ends by itself: then the old credential is not used any more, not even on a connection that is open', async () => {
    const estate = await onDisk();
    await rotate(estate, { credential: ref('new'), keepOldForMs: 60_000 });
    await estate.engine.devices.close();
    take('new');
    const { record } = await estate.record('storageSystem', 'array-1');
    expect((await estate.engine.devices.open(record)).fellBack).toBeDefined();
    estate.clock.advance(59_999);
    expect((await estate.engine.devices.connect(deviceSpec(record))).fellBack).toBeDefined();
    estate.clock.advance(1);
    await expect(estate.engine.devices.open(record)).rejects.toMatchObject({ class: 'auth' });
    expect((await estate.run('device.list', {})).devices[0]).not.toHaveProperty('credentialWindow');
  });

  it('of no length there is no fallback', async () => {
    const estate = await onDisk();
    expect(await rotate(estate, { credential: ref('new'), keepOldForMs: 0 })).toMatchObject({
      previous: { open: false },
    });
    await estate.engine.devices.close();
    take('new');
    expect((await estate.run('drift', {})).systems[0]?.trust).toBe('unreachable');
  });

  it('a secret that is still a fallback can not be removed from the vault; afterwards it can', async () => {
    const estate = await createEstate();
    await estate.applied(infrastructure());
    const recorded = await estate.record('storageSystem', 'array-1');
    const untilMs = estate.clock.nowMs() + 1_000;
    const previousCredential = { credential: 'vault:old', untilMs, by: 'anna', atMs: 0 };
    const spec = { ...recorded.record.spec, credential: 'vault:new', previousCredential };
    await estate.put({ ...recorded.record, spec }, recorded);
    const line = newSealingKey(estate.engine.random).text;
    (estate.engine as { keySource: KeySource }).keySource = { description: 'the key', read: async () => line };
    await estate.run('secret.init', {});
    await estate.run('secret.set', { name: 'old', value: 'v' });
    expect((await refused(estate.run('secret.remove', { name: 'old' })))[1]).toBe('COPRHD-SECRET-004');
    estate.clock.advance(1_000);
    expect(await estate.run('secret.remove', { name: 'old' })).toMatchObject({ outcome: 'ok' });
  });
});

describe('the end of a rotation', () => {
  it('by hand needs a device that takes the new credential', async () => {
    const estate = await onDisk();
    expect((await refused(rotate(estate, { end: 'finish' })))[1]).toBe('COPRHD-DEVICE-013');
    await rotate(estate, { credential: ref('new') });
    await estate.engine.devices.close();
    take('new');
    expect((await refused(rotate(estate, { end: 'finish' })))[1]).toBe('COPRHD-DEVICE-011');
    give('new');
    expect(await rotate(estate, { end: 'finish' })).toMatchObject({
      changed: true,
      credential: ref('new'),
      previous: { credential: ref('old'), open: false },
    });
    expect(await rotate(estate, { end: 'finish' })).toMatchObject({ changed: false });
  });

  it('by the way back needs a device that takes the old one, and a window that is open', async () => {
    const estate = await onDisk();
    await rotate(estate, { credential: ref('new') });
    await estate.engine.devices.close();
    take('old');
    expect((await refused(rotate(estate, { end: 'back' })))[1]).toBe('COPRHD-DEVICE-011');
    give('old');
    expect(await rotate(estate, { end: 'back' })).toMatchObject({
      changed: true,
      credential: ref('old'),
      previous: { credential: ref('new'), open: false },
    });
    await rotate(estate, { credential: ref('new') });
    estate.clock.advance(DAY_MS);
    expect(await refused(rotate(estate, { end: 'back' }))).toEqual([
      'error',
      'COPRHD-DEVICE-013',
      `coprhd device rotate array-1 --credential ${ref('old')}`,
    ]);
  });
});

describe('a plan file', () => {
  const planOf = async (estate: Estate, credential: string) => {
    const { plan, diagnostics } = await estate.plan(text(credential, 'observe'));
    return [lines(plan!), diagnostics.map(({ code }) => code)];
  };

  it('that names the new credential after a rotation has nothing to change', async () => {
    const estate = await onDisk();
    await rotate(estate, { credential: ref('new') });
    expect(await planOf(estate, ref('new'))).toEqual([[], []]);
  });

  it('that still names the old one changes nothing, in the window and after it, and is told', async () => {
    const estate = await onDisk();
    await rotate(estate, { credential: ref('new') });
    await estate.engine.devices.close();
    // What logs in is what is recorded, not what the file says.
    take('old');
    const fixes: (string | undefined)[] = [];
    for (const waitMs of [0, DAY_MS]) {
      estate.clock.advance(waitMs);
      expect(await planOf(estate, ref('old'))).toEqual([[], ['COPRHD-DEVICE-012']]);
      fixes.push((await estate.plan(text(ref('old'), 'observe'))).diagnostics[0]?.fix);
    }
    expect(fixes[0]).toContain('coprhd device rotate array-1 --back');
    expect(fixes[1]).toContain(`coprhd device rotate array-1 --credential ${ref('old')}`);
    expect((await specOf(estate)).credential).toBe(ref('new'));
  });

  it('that still names the new one after the way back changes nothing either', async () => {
    const estate = await onDisk();
    await rotate(estate, { credential: ref('new') });
    await rotate(estate, { end: 'back' });
    expect(await planOf(estate, ref('new'))).toEqual([[], ['COPRHD-DEVICE-012']]);
    expect(await planOf(estate, ref('old'))).toEqual([[], []]);
  });

  it('that names a third one changes it as ever, and nothing is left of the rotation', async () => {
    const estate = await onDisk();
    await rotate(estate, { credential: ref('new') });
    give('third');
    await estate.applied(text(ref('third'), 'observe'));
    const spec = await specOf(estate);
    expect([spec.credential, spec.previousCredential]).toEqual([ref('third'), undefined]);
  });

  it('that changes something else keeps the window', async () => {
    const estate = await onDisk();
    await rotate(estate, { credential: ref('new') });
    await estate.applied(text(ref('new'), 'manage'));
    expect(await specOf(estate)).toMatchObject({ mode: 'manage', previousCredential: { credential: ref('old') } });
  });
});
