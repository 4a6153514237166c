import { beforeEach, describe, expect, test } from 'vitest';
import { createSimulatedArray } from '../../../drivers/simulator/client.ts';
import type { HandEdit } from '../../../drivers/simulator/hand.ts';
import { createMemoryArray, type MemoryArray } from '../../../drivers/simulator/memory.ts';
import type { Operations } from '../../../drivers/simulator/messages.ts';
import type { BlockArray, EnsureVolumeArgs, Expectation } from '../../../src/engine/driver/contract.ts';
import { createVirtualClock } from '../../../src/lib/clock.ts';
import { callContext, smallTopology } from './target.ts';

const MIB = 1024 ** 2;
const mark = { installation: 'mine', urn: 'urn:storageos:Volume:1:vdc1', epoch: 3 };
const HOST = 'iqn.2026-01.io.test:host-1';
const PORTS = ['SP-A1', 'SP-A2', 'SP-B1', 'SP-B2'];

let clock: ReturnType<typeof createVirtualClock>;
let memory: MemoryArray;
let array: BlockArray;
const ctx = () => callContext(clock);

beforeEach(() => {
  clock = createVirtualClock();
  memory = createMemoryArray({ topology: smallTopology(), sleep: clock.sleep });
  array = createSimulatedArray(memory.transport);
});

function control<K extends 'hand' | 'addFault' | 'show' | 'reset' | 'clearFaults' | 'listFaults'>(
  operation: K,
  args: Operations[K]['args'],
): Operations[K]['value'] {
  const answer = memory.handle({ operation, args, nowMs: clock.nowMs() });
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
}
const hand = (edit: HandEdit) => control('hand', edit);

const volumeArgs = (overrides: Partial<EnsureVolumeArgs> = {}): EnsureVolumeArgs => ({
  name: 'data-1',
  pool: 'fast',
  sizeBytes: 8 * MIB,
  provisioning: 'thin',
  wwn: `6${'a'.repeat(31)}`,
  serial: 's1',
  mark,
  ...overrides,
});

async function makeVolume(overrides?: Partial<EnsureVolumeArgs>): Promise<Expectation> {
  const args = volumeArgs(overrides);
  const { nativeId } = await array.ensureVolume(ctx(), args);
  return { nativeId, wwn: args.wwn, mark: args.mark };
}

async function makeMask(): Promise<Expectation> {
  const { nativeId } = await array.ensureMask(ctx(), { name: 'host-1', mark, initiators: [HOST], ports: PORTS });
  return { nativeId, mark };
}

describe('ownership', () => {
  test('a mark of a newer epoch means that our state is old: refused', async () => {
    const expected = await makeVolume();
    const older = { ...expected, mark: { ...mark, epoch: 2 } };
    await expect(array.deleteVolume(ctx(), older)).rejects.toMatchObject({ class: 'conflict' });
    await expect(array.ensureVolume(ctx(), volumeArgs({ mark: older.mark }))).rejects.toThrow(/newer state/);
  });

  test('a tag that is not a mark is somebody’s: shown as no mark, never written over', async () => {
    const expected = await makeVolume();
    hand({ edit: 'tag-volume', volume: 'data-1', tag: 'do not touch' });
    expect((await array.readVolume(ctx(), expected.nativeId))?.mark).toBeUndefined();
    await expect(array.markVolume(ctx(), { ...expected, unmarked: true })).rejects.toMatchObject({ class: 'conflict' });
    await expect(array.unmarkVolume(ctx(), expected)).rejects.toMatchObject({ class: 'conflict' });
  });

  test('an identity is unique on the array', async () => {
    const { nativeId } = await makeVolume();
    const again = array.ensureVolume(ctx(), volumeArgs({ name: 'data-2', mark: { ...mark, urn: 'urn:2' } }));
    await expect(again).rejects.toMatchObject({ class: 'conflict', holders: [nativeId] });
  });

  test('a volume in quarantine is not handed out under its name, and can not be mapped', async () => {
    const volume = await makeVolume();
    await array.renameVolume(ctx(), volume, { name: 'away', quarantined: true });
    const again = array.ensureVolume(ctx(), volumeArgs({ name: 'away' }));
    await expect(again).rejects.toMatchObject({ class: 'conflict', holders: [volume.nativeId] });
    const mapping = array.ensureMapping(ctx(), await makeMask(), { volume, hlu: 1 });
    await expect(mapping).rejects.toThrow(/quarantine/);
  });

  test('an initiator is in one mask; the other is named', async () => {
    await makeMask();
    const other = { name: 'host-2', mark, initiators: [HOST.toUpperCase()], ports: PORTS };
    await expect(array.ensureMask(ctx(), other)).rejects.toMatchObject({ class: 'conflict', holders: ['host-1'] });
  });
});

describe('capacity', () => {
  test('thick takes its size from the pool at once, thin what hosts write', async () => {
    const free = async () => (await array.listPools(ctx())).items.find(({ name }) => name === 'fast')!.freeBytes;
    const before = await free();
    await makeVolume();
    expect(await free()).toBe(before);
    hand({ edit: 'write-volume', volume: 'data-1', allocatedBytes: 3 * MIB });
    expect(await free()).toBe(before - 3 * MIB);
    const wwn = `6${'b'.repeat(31)}`;
    const thick = await makeVolume({ name: 'data-2', provisioning: 'thick', wwn });
    expect(await free()).toBe(before - 11 * MIB);
    await array.deleteVolume(ctx(), thick);
    expect(await free()).toBe(before - 3 * MIB);
  });

  test('an offline pool is shown as unusable with the reason and makes nothing', async () => {
    hand({ edit: 'pool', pool: 'fast', offlineWhy: 'two disks failed' });
    const { items } = await array.listPools(ctx());
    expect(items.find(({ name }) => name === 'fast')).toMatchObject({ usable: false, unusableWhy: 'two disks failed' });
    await expect(makeVolume()).rejects.toMatchObject({ class: 'transient' });
    hand({ edit: 'pool', pool: 'fast', offlineWhy: null });
    await makeVolume();
  });
});

describe('zeroing', () => {
  test('goes on with time, survives a cancel where it was, and is lost by a restart', async () => {
    const sizeBytes = 400 * MIB;
    const expected = await makeVolume({ provisioning: 'thick', sizeBytes });
    const first = await array.zeroing!.startZeroing(ctx(), expected);
    clock.advance(500);
    const poll = (handle = first) => array.zeroing!.pollZeroing(ctx(), expected, handle);
    expect(await poll()).toEqual({ state: 'running', doneBytes: 100 * MIB, totalBytes: sizeBytes });
    await array.zeroing!.cancelZeroing(ctx(), expected, first);
    clock.advance(500);
    expect(await poll()).toEqual({ state: 'lost', doneBytes: 100 * MIB, totalBytes: sizeBytes });
    const second = await array.zeroing!.startZeroing(ctx(), expected);
    expect(await array.zeroing!.startZeroing(ctx(), expected)).toEqual(second);
    clock.advance(500);
    hand({ edit: 'restart' });
    expect(await poll(second)).toEqual({ state: 'lost', doneBytes: 200 * MIB, totalBytes: sizeBytes });
    const third = await array.zeroing!.startZeroing(ctx(), expected);
    clock.advance(1_000);
    expect((await array.readVolume(ctx(), expected.nativeId))?.zeroed).toBe(true);
    expect(await poll(third)).toMatchObject({ state: 'done', doneBytes: sizeBytes });
  });

  test('a zeroed thick volume is still zeroed after it grew', async () => {
    const expected = await makeVolume({ provisioning: 'thick' });
    await array.zeroing!.startZeroing(ctx(), expected);
    clock.advance(60_000);
    await array.zeroing!.pollZeroing(ctx(), expected, { job: 'job-000001' });
    const grown = await array.expand!.expandVolume(ctx(), expected, { sizeBytes: 16 * MIB });
    expect(grown).toMatchObject({ zeroed: true, sizeBytes: 16 * MIB, allocatedBytes: 16 * MIB });
  });
});

describe('sessions of initiators', () => {
  test('a port that goes down ends the sessions on it, and takes no new ones', async () => {
    const mask = await makeMask();
    hand({ edit: 'login', initiator: HOST, ports: ['SP-A1'] });
    const loggedIn = async () => (await array.readMask(ctx(), mask.nativeId))?.loggedIn;
    expect(await loggedIn()).toEqual([HOST]);
    hand({ edit: 'port', port: 'SP-A1', status: 'down' });
    expect(await loggedIn()).toEqual([]);
    const { items } = await array.listPorts(ctx());
    expect(items.find(({ name }) => name === 'SP-A1')?.status).toBe('down');
    expect(() => hand({ edit: 'login', initiator: HOST, ports: ['SP-A1'] })).toThrow(/down/);
    hand({ edit: 'login', initiator: HOST });
    expect(control('show', {}).initiators).toEqual([
      { name: HOST, mask: mask.nativeId, ports: ['SP-A2', 'SP-B1', 'SP-B2'] },
    ]);
    hand({ edit: 'logout', initiator: HOST });
    expect(await loggedIn()).toEqual([]);
  });
});

describe('faults', () => {
  test('happen the number of times asked for, only to the calls that match', async () => {
    control('addFault', { operation: 'findVolume', before: 'auth', times: 2, match: 'data-1' });
    await array.findVolume(ctx(), 'data-2');
    for (let count = 0; count < 2; count++) {
      await expect(array.findVolume(ctx(), 'data-1')).rejects.toMatchObject({ class: 'auth' });
    }
    await array.findVolume(ctx(), 'data-1');
    expect(control('listFaults', {})).toEqual([]);
  });

  test('a lost answer of a read is transient: nothing can have changed', async () => {
    control('addFault', { operation: 'listVolumes', after: true, times: 1 });
    await expect(array.listVolumes(ctx())).rejects.toMatchObject({ class: 'transient' });
  });

  test('vanished objects are gone from lists and reads that still claim to be complete', async () => {
    const { nativeId } = await makeVolume();
    control('addFault', { operation: '*', vanish: true, match: 'data-1' });
    expect(await array.listVolumes(ctx())).toEqual({ items: [], complete: true });
    expect(await array.readVolume(ctx(), nativeId)).toBeUndefined();
    control('clearFaults', {});
    expect((await array.readVolume(ctx(), nativeId))?.name).toBe('data-1');
  });

  test('partial lists leave out what matches and say so', async () => {
    await makeVolume();
    control('addFault', { operation: 'listVolumes', partial: true, match: 'data-1' });
    expect(await array.listVolumes(ctx())).toEqual({ items: [], complete: false });
  });

  test('a slow answer within the deadline is only late', async () => {
    control('addFault', { operation: 'identify', latencyMs: 1_500 });
    const startMs = clock.nowMs();
    await array.identify(ctx());
    expect(clock.nowMs() - startMs).toBe(1_500);
  });

  test('one is cleared by its id', () => {
    const { id } = control('addFault', { operation: 'identify', before: 'busy' });
    control('addFault', { operation: 'listPools', before: 'busy' });
    expect(control('clearFaults', { id })).toBe(1);
    expect(control('listFaults', {}).map(({ operation }) => operation)).toEqual(['listPools']);
  });
});

describe('snapshots and reset', () => {
  test('what was made and removed again leaves an equal snapshot', async () => {
    const before = JSON.stringify(control('show', {}));
    const volume = await makeVolume({ provisioning: 'thick' });
    const mask = await makeMask();
    await array.ensureMapping(ctx(), mask, { volume, hlu: 1 });
    expect(JSON.stringify(control('show', {}))).not.toBe(before);
    await array.removeMapping(ctx(), mask, { volume, hlu: 1 });
    await array.deleteMask(ctx(), mask);
    await array.deleteVolume(ctx(), volume);
    expect(JSON.stringify(control('show', {}))).toBe(before);
  });

  test('a reset brings the first state back and goes on with the native ids', async () => {
    const before = control('show', {});
    const { nativeId } = await makeVolume();
    await makeMask();
    control('addFault', { operation: '*', before: 'busy' });
    control('reset', {});
    expect(control('show', {})).toEqual(before);
    expect(control('listFaults', {})).toEqual([]);
    expect((await makeVolume()).nativeId).not.toBe(nativeId);
  });
});
