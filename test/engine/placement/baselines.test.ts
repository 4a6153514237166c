/** What `npm run bench:placement` measures against: CoprHD's rule does what its steps say, the optimum is one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate, RoleRequest } from '../../../src/engine/placement/request.ts';
import { compare } from '../../bench/placement/compare.ts';
import { coprhdRule } from '../../bench/placement/coprhd-rule.ts';
import { prefixBound } from '../../bench/placement/demand.ts';
import type { Instance, StreamRequest } from '../../bench/placement/instance.ts';
import { canPlace, longestPrefix } from '../../bench/placement/optimum.ts';
import { ours, oursInOnePlan, runStream } from '../../bench/placement/stream.ts';
import { createInstance, WORKLOADS } from '../../bench/placement/workloads.ts';
import { type CandidateWishes, candidate, GIB, NOTHING, role, urn } from './support.ts';

/** Few: `npm run bench:placement` has many, and says by how much. */
const SEEDS = Array.from({ length: 20 }, (_, n) => n + 1);

/** Thin, so that a pool of 100 GiB holds 100 GiB. */
const request = (sizeGib: number, more: Partial<Omit<StreamRequest, 'volume'>> & Partial<RoleRequest> = {}) => {
  const { id = 'request', count = 1, group, ...wishes } = more;
  const volume = role({ provisioning: 'thin', sizeBytes: sizeGib * GIB, ...wishes });
  return { id, count, volume, ...(group === undefined ? {} : { group }) };
};
const sized = (number: number, gib: number, more: CandidateWishes = {}) =>
  candidate(number, { ...more, attributes: { totalBytes: gib * GIB, freeBytes: gib * GIB, ...more.attributes } });
const onArray = (number: number) => ({ system: urn('storageSystem', number), systemName: `array-${number}` });
const instanceOf = (candidates: readonly Candidate[], requests: readonly StreamRequest[]): Instance => ({
  workload: 'by hand',
  seed: 0,
  candidates,
  requests: requests.map((each, n) => ({ ...each, id: `request-${n}` })),
});
/** Numbers of the pools chosen. */
const rule = (asked: StreamRequest, candidates: readonly Candidate[], system?: number) =>
  coprhdRule(asked, candidates, system === undefined ? undefined : urn('storageSystem', system))?.map(
    (pool) => candidates.find((each) => each.pool === pool)!.poolNativeId,
  );

describe('CoprHD rule, step 6', () => {
  it('takes the system whose ports are least busy, however little is free there; one without a figure is idle', () => {
    const busy = sized(1, 90, { ...onArray(1), portBusyPercent: 40 });
    const idle = sized(2, 20, { ...onArray(2), portBusyPercent: 10 });
    const unknown = sized(3, 15, onArray(3));
    expect(rule(request(10), [busy, idle])).toEqual(['native-2']);
    expect(rule(request(10), [busy, idle, unknown])).toEqual(['native-3']);
  });

  it('then the pool with most free capacity, of which thick promises are taken off and thin ones are not', () => {
    const promised = { ...NOTHING, subscribedBytes: 30 * GIB };
    const thin = candidate(1, { promised });
    const thick = candidate(2, { promised: { ...promised, allocatedBytes: 30 * GIB } });
    const free = candidate(3, { attributes: { freeBytes: 90 * GIB } });
    expect(rule(request(10), [thick, free])).toEqual(['native-3']);
    expect(rule(request(10), [thick, free, thin])).toEqual(['native-1']);
  });

  it('then the pool that is subscribed least for its size, then by name', () => {
    const subscribed = candidate(1, { attributes: { subscribedBytes: 20 * GIB } });
    expect(rule(request(10), [subscribed, candidate(3), candidate(2)])).toEqual(['native-2']);
  });
});

describe('CoprHD rule, step 7', () => {
  it('puts all volumes into the first pool that takes them all, past better ones that do not', () => {
    const best = sized(1, 100, { attributes: { subscribedBytes: 80 * GIB } });
    expect(rule(request(10, { count: 3 }), [best, sized(2, 50)])).toEqual(['native-2', 'native-2', 'native-2']);
    expect(rule(request(10, { count: 2 }), [best, sized(2, 50)])).toEqual(['native-1', 'native-1']);
  });

  it('takes as few pools as can be where none takes all: N-1, then on with what remains', () => {
    const pools = [sized(1, 20), sized(2, 40), sized(3, 10)];
    expect(rule(request(10, { count: 7 }), pools)).toEqual([
      ...Array(4).fill('native-2'),
      ...Array(2).fill('native-1'),
      'native-3',
    ]);
  });

  it('places all or nothing, within the limits', () => {
    expect(rule(request(10, { count: 8 }), [sized(1, 20), sized(2, 40), sized(3, 10)])).toBeUndefined();
    // Utilisation 80 %: three of 30 GiB are too much for 100 GiB.
    expect(rule(request(30, { count: 3, provisioning: 'thick' }), [candidate(1)])).toBeUndefined();
  });

  it('reads what the pools themselves are limited to', () => {
    const own = candidate(1, { limits: { subscription: 0.4 } });
    expect(rule(request(25, { count: 2 }), [own])).toBeUndefined();
    const two = candidate(1, { volumesLeft: 2 });
    expect(rule(request(10, { count: 2 }), [two])).toEqual(['native-1', 'native-1']);
    expect(rule(request(10, { count: 3 }), [two, sized(2, 10)])).toEqual(['native-1', 'native-1', 'native-2']);
    expect(rule(request(10, { count: 3 }), [two])).toBeUndefined();
  });

  it('keeps a consistency group on one array, and on its own one when it grows', () => {
    const pools = [sized(1, 40, onArray(1)), sized(2, 20, onArray(2)), sized(3, 20, onArray(2))];
    expect(rule(request(15, { count: 2, group: 'g' }), pools)).toEqual(['native-1', 'native-1']);
    expect(rule(request(20, { count: 2, group: 'g' }), pools.slice(1))).toEqual(['native-2', 'native-3']);
    expect(rule(request(20, { count: 3, group: 'g' }), pools)).toBeUndefined();
    expect(rule(request(15, { group: 'g' }), pools, 2)).toEqual(['native-2']);
  });
});

describe('the optimum', () => {
  const best = (candidates: readonly Candidate[], requests: readonly StreamRequest[]) =>
    longestPrefix(instanceOf(candidates, requests));

  it('leaves room for what comes later, where placing one by one does not', () => {
    const instance = instanceOf([sized(1, 60), sized(2, 60)], [request(30), request(30), request(60), request(10)]);
    expect(longestPrefix(instance)).toEqual({ requests: 3, proven: true });
  });

  it('knows that volumes cannot be cut', () => {
    const requests = [request(60), request(60), request(60), request(10)];
    expect(best([sized(1, 100), sized(2, 100)], requests)).toEqual({ requests: 2, proven: true });
  });

  it('keeps scarce pools for those who can use no others', () => {
    const pools = [sized(1, 100), sized(2, 100, { attributes: { driveType: 'hdd' } })];
    const requests = [request(90), request(90, { driveType: 'ssd' }), request(20)];
    expect(best(pools, requests)).toEqual({ requests: 2, proven: true });
  });

  it('counts physical space of thick volumes only, logical space of all', () => {
    const thick = { provisioning: 'thick' as const };
    expect(best([candidate(1)], [request(50, thick), request(50), request(1)]).requests).toBe(2);
    expect(best([candidate(1)], [request(50, thick), request(50, thick)]).requests).toBe(1);
  });

  it('reads what the pools themselves are limited to', () => {
    const pools = [candidate(1, { limits: { subscription: 0.4 } }), candidate(2, { volumesLeft: 1 })];
    expect(best(pools, [request(20), request(20), request(60), request(1)]).requests).toBe(3);
    expect(best(pools, [request(60), request(60)]).requests).toBe(1);
  });

  it('keeps a group on one system', () => {
    const pools = [sized(1, 50, onArray(1)), sized(2, 50, onArray(2)), sized(3, 30, onArray(2))];
    const group = (...sizes: number[]) => sizes.map((size) => request(size, { group: 'g' }));
    expect(best(pools, [...group(40, 30), request(50)]).requests).toBe(3);
    expect(best(pools, group(50, 40)).requests).toBe(1);
  });

  it('says so when the search was too long, and names a number that nobody can exceed', () => {
    const instance = instanceOf([sized(1, 100), sized(2, 100)], [request(60), request(60), request(60)]);
    expect(longestPrefix(instance, 1)).toEqual({ requests: prefixBound(instance), proven: false });
  });

  it('is what trying everything finds', () => {
    const sometimes = <T>(value: T) => fc.constantFrom(undefined, value);
    const requests = fc.array(
      fc
        .record({
          gib: fc.integer({ min: 1, max: 60 }),
          ssd: sometimes('ssd'),
          thick: fc.boolean(),
          group: sometimes('g'),
        })
        .map(({ gib, ssd, thick, group }) =>
          request(gib, {
            provisioning: thick ? 'thick' : 'thin',
            ...(ssd === undefined ? {} : { driveType: ssd }),
            ...(group === undefined ? {} : { group }),
          }),
        ),
      { minLength: 1, maxLength: 6 },
    );
    const pools = fc
      .array(fc.record({ gib: fc.constantFrom(40, 60, 61, 100), hdd: fc.boolean(), array: fc.constantFrom(1, 2) }), {
        minLength: 1,
        maxLength: 3,
      })
      .map((all) =>
        all.map(({ gib, hdd, array }, n) =>
          sized(n + 1, gib, { ...onArray(array), attributes: { driveType: hdd ? 'hdd' : 'ssd' } }),
        ),
      );
    fc.assert(
      fc.property(pools, requests, (candidates, asked) => {
        const instance = instanceOf(candidates, asked);
        const all = asked.map((_, n) => n + 1);
        const expected = all.filter((count) => placesByTrying(instance, count)).length;
        expect(all.map((count) => canPlace(instance, count))).toEqual(all.map((count) => count <= expected));
        expect(longestPrefix(instance)).toEqual({ requests: expected, proven: true });
        expect(prefixBound(instance)).toBeGreaterThanOrEqual(expected);
      }),
    );
  });
});

/** Every pool for every volume: no bound, no order, no memory. */
function placesByTrying({ candidates, requests }: Instance, count: number): boolean {
  const run = (chosen: readonly Candidate[]): boolean =>
    chosen.length === count || candidates.some((pool) => allowed([...chosen, pool]) && run([...chosen, pool]));
  const allowed = (chosen: readonly Candidate[]) => {
    const volumes = chosen.map((pool, n) => ({ pool, ...requests[n]! }));
    const grouped = new Set(volumes.filter(({ group }) => group).map(({ pool }) => pool.system));
    const sum = (pool: Candidate, thickOnly: boolean) =>
      volumes
        .filter((each) => each.pool === pool && (!thickOnly || each.volume.provisioning === 'thick'))
        .reduce((bytes, { volume }) => bytes + volume.sizeBytes, 0);
    return (
      grouped.size <= 1 &&
      volumes.every(
        ({ pool, volume }) => (volume.driveType ?? pool.attributes.driveType) === pool.attributes.driveType,
      ) &&
      candidates.every(
        (pool) =>
          sum(pool, true) <= Math.floor(pool.attributes.totalBytes * 0.8) &&
          sum(pool, false) <= pool.attributes.totalBytes,
      )
    );
  };
  return run([]);
}

describe('the streams', () => {
  it('are the same for the same seed, and most ask for more than can be placed', () => {
    for (const workload of WORKLOADS) {
      const [once, again] = [createInstance(workload, 'small', 7), createInstance(workload, 'small', 7)];
      expect(again).toEqual(once);
      expect(createInstance(workload, 'small', 8)).not.toEqual(once);
      expect(once.candidates.length).toBeLessThanOrEqual(6);
      expect(once.requests.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(14);
    }
    const full = Array.from({ length: 40 }, (_, n) => createInstance('uniform', 'small', n + 1)).filter(
      (instance) => prefixBound(instance) < instance.requests.length,
    );
    expect(full.length).toBeGreaterThan(30);
  });

  it('convict a placement that breaks a limit, takes the wrong pool, tears a group apart or loses a volume', () => {
    const pools = [sized(1, 50, onArray(1)), sized(2, 50, { ...onArray(2), attributes: { driveType: 'hdd' } })];
    const wrongOf = (asked: readonly StreamRequest[], ...choices: number[][]) => {
      const answers = choices.map((numbers) => numbers.map((number) => urn('pool', number)));
      return runStream(instanceOf(pools, asked), () => answers.shift()).wrong.join('\n');
    };
    expect(wrongOf([request(30), request(20)], [1], [1])).toBe('');
    expect(wrongOf([request(30), request(21)], [1], [1])).toContain('goes over a limit');
    expect(wrongOf([request(30, { driveType: 'ssd' })], [2])).toContain('is no pool for it');
    expect(wrongOf([request(30, { group: 'g' }), request(9, { group: 'g' })], [1], [2])).toContain('another system');
    expect(wrongOf([request(9, { count: 2 })], [1])).toContain('1 places for 2 volumes');
  });

  it('stop at the first refusal', () => {
    const instance = instanceOf([sized(1, 50)], [request(30), request(30), request(10)]);
    expect(runStream(instance, ours()).chosen).toEqual([[urn('pool', 1)]]);
    expect(runStream(instance, coprhdRule).chosen).toEqual([[urn('pool', 1)]]);
  });
});

describe('ours', () => {
  it('breaks no limit, beats no optimum, and places more than CoprHD over all workloads', () => {
    const compared = WORKLOADS.map((workload) => compare(workload, 'small', SEEDS));
    expect(compared.flatMap(({ wrong }) => wrong)).toEqual([]);
    // Of one workload so few seeds say little: either of the two may be lucky in them.
    const volumes = compared.flatMap(({ samples }) => [...samples.values()].map((each) => each['volumes placed']!));
    const sum = (of: 'ours' | 'coprhd') => volumes.reduce((all, each) => all + each[of], 0);
    expect(sum('ours')).toBeGreaterThan(sum('coprhd'));
  });

  it('gives a stream in one plan the places that it gets one request after the other', () => {
    for (const workload of WORKLOADS.filter((name) => name !== 'groups')) {
      for (const seed of SEEDS) {
        const instance = createInstance(workload, 'small', seed);
        const oneByOne = runStream(instance, ours()).chosen;
        expect(runStream(instance, oursInOnePlan(instance)).chosen.slice(0, oneByOne.length)).toEqual(oneByOne);
      }
    }
  });
});
