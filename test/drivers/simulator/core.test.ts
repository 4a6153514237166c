import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryArray, type MemoryArray } from '../../../drivers/simulator/memory.ts';
import type { OperationName, Operations, Request, Response } from '../../../drivers/simulator/messages.ts';
import type { StoredVolume } from '../../../drivers/simulator/objects.ts';
import { DRIVER_OPERATIONS, isDriverOperation } from '../../../drivers/simulator/requests.ts';
import type { TopologyInput } from '../../../drivers/simulator/topology.ts';
import { checkInvariants, contentsOf, countersOf } from './invariants.ts';

const MIB = 1024 ** 2;
const SEED = 20_260_101;
const NOW_MS = 1_700_000_000_000;

/** So small that random requests run into every limit. */
const TINY: TopologyInput = {
  name: 'tiny',
  pools: [
    { name: 'fast', totalBytes: 5 * MIB },
    { name: 'bulk', totalBytes: 6 * MIB, provisioning: ['thin'], granularityBytes: 2 * MIB, volumeBytesMax: 4 * MIB },
  ],
  ports: [
    { name: 'A1', address: '10.0.1.1:3260', haDomain: 'A' },
    { name: 'B1', address: '10.0.2.1:3260', haDomain: 'B' },
  ],
  pageItems: 2,
  zeroingBytesPerSecond: MIB,
};

const tinyArray = () => createMemoryArray({ topology: TINY, sleep: async () => {} });

const oneOf = (...values: string[]) => fc.constantFrom(...values);
const name = oneOf('a', 'b', 'c', 'bad name');
const wwn = oneOf('a', 'b', 'c', 'd', 'e').map((digit) => `6${digit.repeat(31)}`);
/** Mostly the same one, so that sequences get somewhere. */
const mark = fc.oneof(
  { weight: 12, arbitrary: fc.constant({ installation: 'mine', urn: 'urn:1', epoch: 1 }) },
  {
    weight: 1,
    arbitrary: fc.record({
      installation: oneOf('mine', 'theirs'),
      urn: oneOf('urn:1', 'urn:2'),
      epoch: fc.constantFrom(1, 2),
    }),
  },
);
/** `@` stands for the n-th one that is there then; the plain ones may be gone, or to come. */
const volumeId = oneOf('@volume-0', '@volume-0', '@volume-1', '@volume-2', 'vol-000002');
const maskId = oneOf('@mask-0', '@mask-0', '@mask-1', 'mask-000002');
const initiator = oneOf('iqn.2026-01.io.test:a', 'iqn.2026-01.io.test:b', 'IQN.2026-01.io.test:A', 'nonsense');
const pool = oneOf('fast', 'fast', 'fast', 'bulk', 'none');
const port = oneOf('A1', 'B1', 'none');
const size = fc.constantFrom(1, MIB, 2 * MIB, 3 * MIB, 5 * MIB);
const provisioning = fc.constantFrom('thin' as const, 'thick' as const, 'thick' as const);
const hlu = fc.constantFrom(0, 0, 1, 1, 2, 5000);
const expectation = (nativeId: fc.Arbitrary<string>) => fc.record({ nativeId, mark });
const volumeExpectation = fc.record({ nativeId: volumeId, mark, unmarked: fc.boolean() });
const initiatorList = fc.array(initiator, { maxLength: 2 });
const portList = fc.array(port, { maxLength: 2 });
const handle = fc.record({ job: oneOf('job-000001', 'job-000002') });

type Made = fc.Arbitrary<{ operation: OperationName; args: unknown }>;
const request = <K extends OperationName>(operation: K, args: fc.Arbitrary<Operations[K]['args']>): Made =>
  args.map((value) => ({ operation, args: value }));
const hand = (arbitrary: fc.Arbitrary<Operations['hand']['args']>): Made => request('hand', arbitrary);
const mapping = fc.record({ mask: expectation(maskId), volume: expectation(volumeId), hlu });

const ANY_REQUEST: Made = fc.oneof(
  ...Array.from({ length: 10 }, () =>
    request(
      'ensureVolume',
      fc.record({ name, pool, sizeBytes: size, provisioning, wwn, serial: fc.constant('s'), mark }),
    ),
  ),
  request('deleteVolume', fc.record({ expect: expectation(volumeId) })),
  request('renameVolume', fc.record({ expect: expectation(volumeId), name, quarantined: fc.boolean() })),
  request('markVolume', fc.record({ expect: volumeExpectation })),
  request('unmarkVolume', fc.record({ expect: expectation(volumeId) })),
  request('expandVolume', fc.record({ expect: expectation(volumeId), sizeBytes: size })),
  request('startZeroing', fc.record({ expect: expectation(volumeId) })),
  request('pollZeroing', fc.record({ expect: expectation(volumeId), handle })),
  request('cancelZeroing', fc.record({ expect: expectation(volumeId), handle })),
  request('ensureMask', fc.record({ name, mark, initiators: initiatorList, ports: portList })),
  ...Array.from({ length: 3 }, () =>
    request('ensureMask', fc.record({ name, mark, initiators: fc.constant([]), ports: fc.constant(['A1']) })),
  ),
  request('ensureMask', fc.record({ name, mark, initiators: initiatorList, ports: fc.constant(['A1', 'B1']) })),
  request('deleteMask', fc.record({ expect: expectation(maskId) })),
  ...Array.from({ length: 6 }, () => request('ensureMapping', mapping)),
  request('removeMapping', mapping),
  request('listVolumes', fc.constant({})),
  request('listMasks', fc.constant({})),
  request('findVolume', fc.record({ name })),
  request(
    'addFault',
    fc.record({ operation: fc.constant('*' as const), times: fc.constant(1), before: fc.constant('busy' as const) }),
  ),
  request(
    'addFault',
    fc.record({ operation: fc.constant('*' as const), times: fc.constant(1), after: fc.constant(true as const) }),
  ),
  request('reset', fc.constant({})),
  hand(fc.record({ edit: fc.constant('delete-volume' as const), volume: volumeId })),
  hand(fc.record({ edit: fc.constant('rename-volume' as const), volume: volumeId, name })),
  hand(fc.record({ edit: fc.constant('resize-volume' as const), volume: volumeId, sizeBytes: size })),
  hand(fc.record({ edit: fc.constant('write-volume' as const), volume: volumeId, allocatedBytes: size })),
  hand(fc.record({ edit: fc.constant('add-volume' as const), name, pool, sizeBytes: size, provisioning })),
  hand(fc.record({ edit: fc.constant('delete-mask' as const), mask: maskId })),
  hand(fc.record({ edit: fc.constant('delete-mapping' as const), mask: maskId, hlu })),
  hand(fc.record({ edit: fc.constant('add-mapping' as const), mask: maskId, volume: volumeId, hlu })),
  hand(fc.record({ edit: fc.constant('add-initiator' as const), mask: maskId, initiator })),
  hand(fc.record({ edit: fc.constant('remove-initiator' as const), mask: maskId, initiator })),
  hand(fc.record({ edit: fc.constant('login' as const), initiator })),
  hand(fc.record({ edit: fc.constant('logout' as const), initiator })),
  hand(
    fc.record({ edit: fc.constant('port' as const), port, status: fc.constantFrom('up' as const, 'down' as const) }),
  ),
  hand(fc.record({ edit: fc.constant('restart' as const) })),
);

const withoutFaults = (texts: ReadonlyMap<string, string>) =>
  new Map([...texts].filter(([key]) => !key.startsWith('fault/')));

/** Puts native ids that are there in place of `@volume-0`, `@mask-1`... */
function resolved(array: MemoryArray, args: unknown): unknown {
  const idsOf = (collection: string) =>
    [...array.kv.texts.keys()].filter((key) => key.startsWith(`${collection}/`)).map((key) => key.split('/')[1]!);
  const text = JSON.stringify(args).replaceAll(/@(volume|mask)-(\d)/g, (_all, collection: string, number: string) => {
    const ids = idsOf(collection);
    return ids[Number(number) % Math.max(1, ids.length)] ?? 'vol-000001';
  });
  return JSON.parse(text);
}

/** Runs one request and checks what must hold between the states before and after it. */
function step(array: MemoryArray, request: Request, everDeleted: Set<string>): Response {
  const before = new Map(array.kv.texts);
  const answer = array.handle(request);
  const after = array.kv.texts;
  checkInvariants(contentsOf(after));
  const grown = countersOf(contentsOf(after)).every((value, index) => value >= countersOf(contentsOf(before))[index]!);
  expect(grown).toBe(true);
  for (const key of before.keys()) {
    if (key.startsWith('volume/') && !after.has(key)) {
      everDeleted.add(key);
      const volume = JSON.parse(before.get(key)!) as StoredVolume;
      if (request.operation === 'deleteVolume') expect(volume.mappings).toEqual([]);
    }
  }
  for (const key of after.keys()) expect(everDeleted.has(key) && !before.has(key)).toBe(false);
  const lost = !answer.ok && answer.error.message.includes('the answer was lost');
  const mayChange =
    !isDriverOperation(request.operation) ||
    DRIVER_OPERATIONS[request.operation].changes ||
    request.operation === 'pollZeroing';
  if ((!answer.ok && !lost) || !mayChange) expect(withoutFaults(after)).toEqual(withoutFaults(before));
  return answer;
}

test('any sequence of requests keeps the array whole: names, identities, HLUs, sums, mapped volumes, native ids', () => {
  const reached = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(ANY_REQUEST, fc.constantFrom(0, 500, 10_000)), { minLength: 20, maxLength: 60, size: 'max' }),
      (requests) => {
        const array = tinyArray();
        const everDeleted = new Set<string>();
        let nowMs = NOW_MS;
        for (const [{ operation, args }, passedMs] of requests) {
          nowMs += passedMs;
          const answer = step(array, { operation, args: resolved(array, args), nowMs } as Request, everDeleted);
          const end = `${operation} ${answer.ok ? 'ok' : answer.error.class}`;
          reached.set(end, (reached.get(end) ?? 0) + 1);
        }
      },
    ),
    { numRuns: 400, seed: SEED },
  );
  // The sequences got somewhere: else the property would say nothing.
  for (const end of [
    'ensureVolume ok',
    'ensureVolume conflict',
    'ensureVolume capacity',
    'ensureVolume invalid',
    'deleteVolume ok',
    'deleteVolume conflict',
    'ensureMapping ok',
    'ensureMapping conflict',
    'removeMapping ok',
    'ensureMask conflict',
    'expandVolume ok',
    'renameVolume ok',
    'startZeroing ok',
    'deleteVolume busy',
    'deleteVolume ambiguous',
  ]) {
    expect(reached.get(end) ?? 0, end).toBeGreaterThan(2);
  }
});

test('the same requests give the same array, byte for byte', () => {
  fc.assert(
    fc.property(fc.array(ANY_REQUEST, { maxLength: 30 }), (requests) => {
      const [one, two] = [tinyArray(), tinyArray()];
      for (const made of requests) {
        const request = { operation: made.operation, args: resolved(one, made.args), nowMs: NOW_MS } as Request;
        expect(two.handle(request)).toEqual(one.handle(request));
      }
      expect([...two.kv.texts]).toEqual([...one.kv.texts]);
    }),
    { numRuns: 100, seed: 7 },
  );
});
