// A daemon on arrays in memory that answer at once, so that what is left is the daemon, the engine and the store.
// Usage: tsx test/bench/rest-daemon.ts ETCD_URL TLS_DIRECTORY; prints its port and the password of root, and at each SIGUSR2 what it
// has written so far.
import { startDaemon } from '../../src/daemon/daemon.ts';
import { createGate } from '../../src/daemon/gate.ts';
import { keyPairIn } from '../../src/daemon/tls.ts';
import { parseInput } from '../../src/engine/operations/inputs.ts';
import type { Caller, LocalClient } from '../../src/engine/operations/local-client.ts';
import { OPERATIONS } from '../../src/engine/operations/registry.ts';
import type { EngineClient, OperationContext } from '../../src/engine/operations/types.ts';
import { openEtcdStore } from '../../src/engine/state/etcd/etcd-store.ts';
import { type EtcdLocation, parseStateLocation } from '../../src/engine/state/location.ts';
import type { StateStore } from '../../src/engine/state/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { createEstate } from '../engine/planner/estate.ts';
import { infrastructure } from '../engine/planner/texts.ts';

const [, , url, tls] = process.argv as unknown as [string, string, string, string];
const ARRAYS = Array.from({ length: 4 }, (_, n) => `array-${n + 1}`);
const store = await openEtcdStore({
  location: parseStateLocation(url) as EtcdLocation,
  clock: systemClock,
  random: systemRandom,
});
const written = { transactions: 0, compares: 0, operations: 0, bytes: 0 };
/** Only what writes. */
const txn: StateStore['txn'] = (request) => {
  const { compare = [], success = [] } = request;
  if (success.length > 0) {
    written.transactions += 1;
    written.compares += compare.length;
    written.operations += success.length;
    for (const operation of success) if ('value' in operation) written.bytes += operation.value.length;
  }
  return store.txn(request);
};
const counted = new Proxy(store, {
  get: (target, key) => {
    if (key === 'txn') return txn;
    const value = Reflect.get(target, key, target) as unknown;
    return typeof value === 'function' ? value.bind(target) : value;
  },
});
process.on('SIGUSR2', () => console.log(JSON.stringify(written)));
const clock = { ...systemClock, advance: () => {} };
const estate = await createEstate({ store: counted, arrays: ARRAYS.map(() => ({})), clock });
await estate.applied({ 'site.yaml': infrastructure({ arrays: ARRAYS, clusters: {} }) });

const as = (caller: Caller): EngineClient => ({
  call: (async (name: keyof typeof OPERATIONS, input: unknown, { onEvent, signal } = {} as never) => {
    const parsed = parseInput(name, input);
    if (!parsed.ok) throw new Error(parsed.issues.join('; '));
    let seq = 0;
    const ctx: OperationContext = {
      ...caller,
      signal: signal ?? new AbortController().signal,
      emit: (body) => onEvent?.({ seq: ++seq, atMs: clock.nowMs(), ...body }),
    };
    const run = (await OPERATIONS[name]()) as (call: object, input: unknown) => Promise<unknown>;
    return run({ engine: estate.engine, ctx }, parsed.input);
  }) as EngineClient['call'],
  close: async () => {},
});
const itself: Caller = { actor: { type: 'system', name: 'daemon' }, origin: 'internal', requestId: 'bench' };
const client: LocalClient = { ...as(itself), as, ping: async () => void (await store.get('m/version')) };
const { key, cert } = await keyPairIn(tls, Date.now());
const daemon = await startDaemon({
  client,
  gate: createGate(client),
  clock: systemClock,
  random: systemRandom,
  tls: { key, cert },
  version: '0.0.0',
  host: '127.0.0.1',
  port: 0,
  onError: (error) => console.error(error),
});
const { rootPassword } = await client.call('user.initialise', {});
console.log(JSON.stringify({ port: daemon.port, password: rootPassword }));
