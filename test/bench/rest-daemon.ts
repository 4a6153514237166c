// A daemon on arrays in memory that answer at once, so that what is left is the daemon, the engine and the store.
// Usage: tsx test/bench/rest-daemon.ts ETCD_URL TLS_DIRECTORY; prints its port and the password of root.
import { startDaemon } from '../../src/daemon/daemon.ts';
import { createGate } from '../../src/daemon/gate.ts';
import { keyPairIn } from '../../src/daemon/tls.ts';
import { parseInput } from '../../src/engine/operations/inputs.ts';
import type { Caller, LocalClient } from '../../src/engine/operations/local-client.ts';
import { OPERATIONS } from '../../src/engine/operations/registry.ts';
import type { EngineClient, OperationContext } from '../../src/engine/operations/types.ts';
import { openEtcdStore } from '../../src/engine/state/etcd/etcd-store.ts';
import { type EtcdLocation, parseStateLocation } from '../../src/engine/state/location.ts';
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
const clock = { ...systemClock, advance: () => {} };
const estate = await createEstate({ store, arrays: ARRAYS.map(() => ({})), clock });
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
