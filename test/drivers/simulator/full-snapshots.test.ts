/** Snapshots by full copy of the simulated array: what a job comes to where its end is not as its beginning was. */
import { expect, it } from 'vitest';
import { createMemoryArray } from '../../../drivers/simulator/memory.ts';
import type { OperationName, Operations, Request } from '../../../drivers/simulator/messages.ts';
import type { EnsureSnapshotsArgs } from '../../../src/engine/driver/copies-contract.ts';
import { smallTopology } from './target.ts';

const MIB = 1024 ** 2;
const MARK = { installation: 'here', epoch: 0 };

function arrayWithJob() {
  const { pools, ...topology } = smallTopology();
  const [pool] = pools;
  const array = createMemoryArray({
    topology: { ...topology, pools: [{ ...pool!, snapshots: 'full-copy' }] },
    sleep: () => Promise.reject(new Error('nobody sleeps')),
  });
  let nowMs = 1_000;
  const answerTo = <K extends OperationName>(operation: K, args: Operations[K]['args']) =>
    array.handle({ operation, args, nowMs } as Request<K>);
  const ask = <K extends OperationName>(operation: K, args: Operations[K]['args']): Operations[K]['value'] => {
    const answer = answerTo(operation, args);
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value;
  };
  const named = (name: string, digit: string) => ({
    ...{ name, wwn: `6${digit.repeat(31)}`, serial: digit.repeat(12), mark: { ...MARK, urn: `urn:${name}` } },
  });
  const members = ['a', 'b'].map((name, index) => {
    const args = named(name, String(index));
    const made = ask('ensureVolume', {
      ...{ ...args, pool: pool!.name, sizeBytes: 8 * MIB, provisioning: 'thin' as const },
    } as Operations['ensureVolume']['args']);
    const source = { nativeId: made.nativeId, wwn: args.wwn, mark: args.mark };
    return { source, ...named(`s-${name}`, String(index + 5)) };
  });
  const args: EnsureSnapshotsArgs = { set: 'set', members };
  const handle = ask('startSnapshots', args);
  const later = () => (nowMs += 60_000);
  return { pool: pool!.name, ask, answerTo, later, args, handle, kv: array.kv };
}

it('comes to nothing, and to no end of errors, where somebody took the name of a snapshot on the way', () => {
  const { pool, ask, later, args, handle, kv } = arrayWithJob();
  ask('hand', { edit: 'add-volume', name: 's-b', pool, sizeBytes: MIB, provisioning: 'thin' });
  later();
  expect(ask('findVolume', { name: 's-b' })).toMatchObject({ name: 's-b' });
  expect(ask('findVolume', { name: 's-a' })).toBeUndefined();
  expect([...kv.texts.keys()].filter((key) => key.startsWith('snapshot-job/'))).toEqual([]);
  expect(() => ask('pollSnapshots', { args, handle })).toThrow('s-b carries no ownership mark');
});

it('comes to nothing where its pool went offline on the way, and is begun anew when it is back', () => {
  const { pool, ask, later, args, handle } = arrayWithJob();
  ask('hand', { edit: 'pool', pool, offlineWhy: 'pulled' });
  later();
  expect(ask('findVolume', { name: 's-a' })).toBeUndefined();
  expect(ask('pollSnapshots', { args, handle })).toMatchObject({ state: 'lost' });
  ask('hand', { edit: 'pool', pool, offlineWhy: null });
  ask('startSnapshots', args);
  later();
  expect(ask('pollSnapshots', { args, handle })).toMatchObject({ state: 'done' });
});
