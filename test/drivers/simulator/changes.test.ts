/** The simulated array's log of changes: what begins it anew, how far it goes back, and what keeping it costs. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSimulatedArray } from '../../../drivers/simulator/client.ts';
import { createDiskArray, createDiskTransport } from '../../../drivers/simulator/disk.ts';
import type { Fault } from '../../../drivers/simulator/faults.ts';
import { createMemoryArray } from '../../../drivers/simulator/memory.ts';
import type { OperationName, Operations } from '../../../drivers/simulator/messages.ts';
import type { TopologyInput } from '../../../drivers/simulator/topology.ts';
import type { BlockArray, ChangesAnswer } from '../../../src/engine/driver/index.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { callContext, smallTopology, temporaryDirectory } from './target.ts';

const MIB = 1024 ** 2;
const MARK = { installation: 'i', urn: 'urn:storageos:Volume:1:vdc1', epoch: 1 };

function createWorld(more: Partial<TopologyInput> = {}) {
  const { handle, kv } = createMemoryArray({
    topology: { ...smallTopology(), foreignVolumes: 4, ...more },
    sleep: async () => {},
  });
  let nowMs = 1_000;
  const ask = <K extends OperationName>(operation: K, args: Operations[K]['args']): Operations[K]['value'] => {
    const answer = handle({ operation, args, nowMs });
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value as Operations[K]['value'];
  };
  const since = (token?: string): ChangesAnswer => ask('changesSince', token === undefined ? {} : { token });
  const token = () => {
    const answer = since();
    return answer.kind === 'whole' ? answer.token! : '';
  };
  return {
    kv,
    ask,
    since,
    token,
    advance: (byMs: number) => {
      nowMs += byMs;
    },
    edit: (args: Operations['hand']['args']) => ask('hand', args),
  };
}

/** Native ids. */
function told(answer: ChangesAnswer) {
  if (answer.kind === 'whole') return { why: answer.why };
  const { changed, removed } = answer.sections.volumes!;
  return { changed: changed.map(({ nativeId }) => nativeId), removed: [...removed] };
}

test('every edit of a volume is told, also by its mappings, and nothing else is', () => {
  const { since, token, edit } = createWorld();
  const first = token();
  edit({ edit: 'rename-volume', volume: 'legacy-000001', name: 'a' });
  edit({ edit: 'port', port: 'SP-A1', status: 'down' });
  edit({ edit: 'add-mask', name: 'm', initiators: [], mappings: [{ volume: 'legacy-000002', hlu: 1 }] });
  edit({ edit: 'delete-volume', volume: 'legacy-000003' });
  expect(told(since(first))).toEqual({ changed: ['vol-000001', 'vol-000002'], removed: ['vol-000003'] });
  const second = token();
  edit({ edit: 'delete-mask', mask: 'm' });
  expect(told(since(second))).toEqual({ changed: ['vol-000002'], removed: [] });
});

test('a write that leaves a volume as it was is no change', () => {
  const { since, token, edit, kv } = createWorld();
  const before = token();
  const contents = JSON.stringify([...kv.texts]);
  edit({ edit: 'rename-volume', volume: 'legacy-000001', name: 'legacy-000001' });
  expect(told(since(before))).toEqual({ changed: [], removed: [] });
  expect(JSON.stringify([...kv.texts])).toBe(contents);
});

test('that a zeroing job has ended is told although no call ended it', () => {
  const { since, token, ask, advance } = createWorld();
  const args = { name: 'z', pool: 'fast', sizeBytes: 200 * MIB, provisioning: 'thick' as const, mark: MARK };
  const { nativeId } = ask('ensureVolume', { ...args, wwn: `6${'0'.repeat(31)}`, serial: 's' });
  ask('startZeroing', { expect: { nativeId, mark: MARK } });
  const during = token();
  advance(60_000);
  const answer = since(during);
  expect(answer).toMatchObject({ sections: { volumes: { changed: [{ nativeId, zeroed: true }] } } });
  ask('deleteVolume', { expect: { nativeId, mark: MARK } });
  expect(told(since(token()))).toEqual({ changed: [], removed: [] });
});

test('tokens from before a restart, a reset, or a fault that hides volumes are refused', () => {
  const hides: Fault = { operation: '*', vanish: true };
  const { since, token, edit, ask } = createWorld();
  for (const begin of [
    () => edit({ edit: 'restart' }),
    () => ask('reset', {}),
    () => {
      ask('addFault', hides);
      expect(since()).toEqual({ kind: 'whole', why: 'a fault is set that hides volumes' });
      ask('clearFaults', {});
    },
  ]) {
    const before = token();
    begin();
    expect(told(since(before))).toEqual({ why: expect.stringContaining('began its log of changes anew') });
    expect(told(since(token()))).toEqual({ changed: [], removed: [] });
  }
});

test('the log goes back so many changes, and is kept in so many places, and no further', () => {
  const { since, token, edit, kv } = createWorld({ changeLogEntries: 3 });
  const before = token();
  const change = (sizeBytes: number) => edit({ edit: 'resize-volume', volume: 'legacy-000001', sizeBytes });
  for (let n = 2; n <= 4; n++) change(n * MIB);
  expect(told(since(before))).toEqual({ changed: ['vol-000001'], removed: [] });
  change(5 * MIB);
  expect(told(since(before))).toEqual({ why: 'more has changed since than the 3 entries of its log' });
  for (let n = 6; n <= 20; n++) change(n * MIB);
  expect([...kv.texts.keys()].filter((key) => key.startsWith('change/'))).toHaveLength(4);
});

test('an answer has about a page, and the next one goes on', () => {
  const { since, token, edit } = createWorld({ pageItems: 2 });
  let at = token();
  for (const n of [1, 2, 3, 4]) edit({ edit: 'rename-volume', volume: `legacy-00000${n}`, name: `n${n}` });
  const pages: unknown[] = [];
  for (let more = true; more; ) {
    const answer = since(at);
    if (answer.kind === 'whole') throw new Error(answer.why);
    pages.push(told(answer));
    ({ more, token: at } = answer);
  }
  expect(pages).toEqual([
    { changed: ['vol-000001', 'vol-000002'], removed: [] },
    { changed: ['vol-000003', 'vol-000004'], removed: [] },
  ]);
});

let directory: string;
let remove: () => void;
beforeEach(() => {
  ({ directory, remove } = temporaryDirectory());
});
afterEach(() => remove());

test('an array that was made anew under its name refuses the tokens of the one before', async () => {
  const open = (): BlockArray => createSimulatedArray(createDiskTransport(directory, 'sim-1'));
  const ask = (token?: string) => open().changes!.changesSince(callContext(systemClock), token);
  createDiskArray(directory, smallTopology());
  const first = await ask();
  expect(await ask((first as { token: string }).token)).toMatchObject({ kind: 'changes', more: false });
  rmSync(path.join(directory, 'sim-1'), { recursive: true });
  await systemClock.sleep(5);
  createDiskArray(directory, smallTopology());
  expect(await ask((first as { token: string }).token)).toMatchObject({
    kind: 'whole',
    why: 'the token is not of this array',
  });
});
