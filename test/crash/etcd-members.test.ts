/**
 * An apply in the middle of which a member of the etcd cluster that holds the state is killed, or frozen and thawed when
 * all is over. Real time, three members, TLS. It ends well, nothing is lost or done twice, and the slowest call is told.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openLocalClient } from '../../src/engine/operations/local-client.ts';
import type { EngineClient } from '../../src/engine/operations/types.ts';
import type { ProcessHost } from '../../src/engine/state/leases.ts';
import type { StateStore } from '../../src/engine/state/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { LIMITS } from '../../src/lib/limits.ts';
import { type EtcdCluster, type EtcdMember, skipWithoutEtcd, startEtcd } from '../support/etcd-cluster.ts';
import { disagreements } from './support/device-facts.ts';
import { etcdState, type SharedState } from './support/etcd-state.ts';
import { Killed, mortal } from './support/incarnations.ts';
import { createSimEstate, type SimEstate, simFacts } from './support/sim-estate.ts';
import { infrastructure } from './support/stages.ts';
import { readFacts } from './support/state-facts.ts';

const MIB = 1024 ** 2;
const NAMES = Array.from({ length: 24 }, (_, index) => `data-${index + 1}`);

/** Thick ones take seconds to be zeroed, so that there is a middle to the apply. */
const stackText = `
kind: stack
stack: crash
project: crash
volumes:
${NAMES.map((name) => `  ${name}: { size: 16MiB, virtualPool: solid, virtualArray: dc1, protect: false }`).join('\n')}
exports:
  app-1: { host: app-1, volumes: [${NAMES.join(', ')}] }
`;

/** A machine of its own, whose processes nobody else can see. */
const machineOf = (host: string): ProcessHost => ({
  process: { host, bootId: `boot-${host}`, pidNamespace: 'pids', pid: 1, startTime: 'then' },
  startTimeOf: () => 'then',
});

interface Call {
  readonly name: string;
  readonly tookMs: number;
}

describe.skipIf(skipWithoutEtcd())('an apply on etcd', () => {
  let cluster: EtcdCluster;
  let shared: SharedState | undefined;
  let estate: SimEstate | undefined;
  let client: EngineClient | undefined;
  let last = 0;

  beforeAll(async () => {
    cluster = await startEtcd({ members: 3, tls: true });
  });
  afterAll(() => cluster?.stop());
  afterEach(async () => {
    await client?.close();
    await shared?.close();
    estate?.remove();
  });

  const TROUBLE: readonly {
    readonly what: string;
    begin(member: EtcdMember): Promise<void>;
    end(member: EtcdMember): Promise<void>;
  }[] = [
    { what: 'killed', begin: (member) => member.kill(), end: (member) => member.restart() },
    { what: 'frozen', begin: async (member) => member.freeze(), end: async (member) => member.thaw() },
  ];

  it('of a process that died on another machine is taken over when its lease has ended, and not before', async () => {
    shared = await etcdState(cluster, `test/members-${++last}`);
    estate = await createSimEstate({ shared });
    const { url } = shared;
    const { directory } = estate;
    const source = { texts: [{ file: 'infrastructure.yaml', text: infrastructure(estate.device) }], variables: {} };
    const open = (host: string, crashPoint?: () => void, wrapStore?: (store: StateStore) => StateStore) =>
      openLocalClient({
        state: url,
        surroundings: { stateHome: `${directory}/local` },
        actor: { type: 'local', name: host, uid: 0 },
        host: machineOf(host),
        ...(crashPoint ? { crashPoint } : {}),
        ...(wrapStore ? { wrapStore } : {}),
      });
    const input = { source, skipHeld: false, claimWaitMs: 0 };
    let points = 0;
    let diedAtMs = 0;
    const isDead = () => diedAtMs > 0;
    const victim = await open(
      'machine-a',
      () => {
        if (++points !== 12) return;
        diedAtMs = systemClock.nowMs();
        throw new Killed('machine-a');
      },
      (store) => mortal(store, isDead),
    );
    await expect(victim.call('apply', input)).rejects.toThrow(Killed);
    client = await open('machine-b');
    // Nobody here can see whether it lives: it is left alone until its lease has ended.
    expect(await client.call('recover', {})).toMatchObject({ outcome: 'claimed', workflows: [{ result: 'left' }] });
    let recovered = await client.call('recover', {});
    while (recovered.outcome === 'claimed' && systemClock.nowMs() - diedAtMs < 30_000) {
      await systemClock.sleep(250);
      recovered = await client.call('recover', {});
    }
    expect(recovered).toMatchObject({ outcome: 'ok', workflows: [{ result: 'finished' }] });
    const tookMs = systemClock.nowMs() - diedAtMs;
    console.log(`etcd, take-over from another machine: ${tookMs} ms after its death`);
    expect(tookMs).toBeGreaterThan(LIMITS.processLeaseTtlMs - LIMITS.processLeaseRenewMs - 1_000);
    expect(await client.call('plan', source)).toMatchObject({ outcome: 'ok', plan: { units: [], changes: [] } });
    await victim.close();
  });

  it.each(TROUBLE)('ends well when the leader is $what in the middle of it', async ({ what, begin, end }) => {
    shared = await etcdState(cluster, `test/members-${++last}`);
    estate = await createSimEstate({ shared, zeroingBytesPerSecond: 8 * MIB });
    const calls: Call[] = [];
    let store: StateStore | undefined;
    client = await openLocalClient({
      state: shared.url,
      surroundings: { stateHome: `${estate.directory}/local` },
      actor: { type: 'local', name: 'members', uid: 0 },
      wrapStore: (real) => (store = timed(real, calls)),
    });
    const texts = [
      { file: 'infrastructure.yaml', text: infrastructure(estate.device) },
      { file: 'stack.yaml', text: stackText },
    ];
    const source = { texts, variables: {} };
    const leader = await cluster.leader();
    let finishedBefore = 0;
    let began: Promise<void> | undefined;
    const result = await client.call(
      'apply',
      { source, skipHeld: false, claimWaitMs: 0 },
      {
        onEvent: ({ type }) => {
          if (type !== 'step.finished') return;
          if (began === undefined) finishedBefore++;
          if (finishedBefore === 20) began ??= begin(leader);
        },
      },
    );
    expect(result, JSON.stringify(result.diagnostics)).toMatchObject({ outcome: 'ok', diagnostics: [] });
    expect(result.counts).toMatchObject({ failed: 0, unknown: 0, undone: 0, 'not-started': 0 });
    expect(began, 'it was over before anything happened').toBeDefined();
    await began;
    await expectAtRest();
    await end(leader);
    // What was on its way to the frozen one arrives now, and must not be carried out any more.
    await systemClock.sleep(1_000);
    await expectAtRest();
    const slowest = calls.reduce((a, b) => (b.tookMs > a.tookMs ? b : a));
    console.log(
      `etcd, leader ${what} during an apply: ${calls.length} calls of the store, slowest ${slowest.name} ${slowest.tookMs} ms`,
    );
    expect(slowest.tookMs).toBeLessThan(LIMITS.etcdCallDeadlineMs);

    async function expectAtRest(): Promise<void> {
      const state = await readFacts(store!);
      expect(state.complaints).toEqual([]);
      expect(state.live.filter(({ kind }) => kind === 'volume')).toHaveLength(NAMES.length);
      expect(disagreements(state, await simFacts(estate!))).toEqual([]);
      expect(await client!.call('plan', source)).toMatchObject({ outcome: 'ok', plan: { units: [], changes: [] } });
    }
  });
});

/** Tells how long each call took. */
function timed(store: StateStore, calls: Call[]): StateStore {
  const time = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const fromMs = systemClock.nowMs();
    try {
      return await work();
    } finally {
      calls.push({ name, tookMs: systemClock.nowMs() - fromMs });
    }
  };
  return {
    description: store.description,
    get: (key) => time('get', () => store.get(key)),
    range: (request) => time('range', () => store.range(request)),
    snapshot: () => time('snapshot', () => store.snapshot()),
    txn: (txn) => time('txn', () => store.txn(txn)),
    watch: (...request) => store.watch(...request),
    grantLease: (ttlMs) =>
      time('grant', async () => {
        const lease = await store.grantLease(ttlMs);
        return {
          id: lease.id,
          ttlMs: lease.ttlMs,
          get expiresAtMs() {
            return lease.expiresAtMs;
          },
          renew: () => time('renew', () => lease.renew()),
          revoke: () => time('revoke', () => lease.revoke()),
        };
      }),
    close: () => store.close(),
  };
}
