/** A process of its own on an LMDB store, for store-lmdb.test.ts: `node --import tsx store-lmdb-child.ts ROLE DIRECTORY N`. */
import { openLmdbStore } from '../../src/engine/state/lmdb/lmdb-store.ts';
import { type Operation, StoreError } from '../../src/engine/state/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { systemRandom } from '../../src/lib/random.ts';

const [role, directory, count] = process.argv.slice(2) as [string, string, string];
const store = await openLmdbStore({ directory, clock: systemClock, random: systemRandom, create: true });
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Adds one, `count` times, by compare-and-swap on what was read. */
async function increment(): Promise<void> {
  let conflicts = 0;
  for (let done = 0; done < Number(count); ) {
    const item = await store.get('counter');
    const { succeeded } = await store.txn({
      compare: [{ key: 'counter', modRevision: item?.modRevision ?? 0 }],
      success: [{ type: 'put', key: 'counter', value: String(Number(item?.value ?? 0) + 1) }],
    });
    if (succeeded) done++;
    else conflicts++;
  }
  say(`conflicts ${conflicts}`);
}

/** The same, once the parent has seen that all are ready. */
async function race(): Promise<void> {
  say('ready');
  while (!(await store.get('go'))) await systemClock.sleep(5);
  await increment();
}

/** Writes `count` records in chunks of 100 and tells of each chunk once its promise has resolved. */
async function commit(): Promise<void> {
  for (let at = 0; at < Number(count); at += 100) {
    const success = Array.from({ length: Math.min(100, Number(count) - at) }, (_, index): Operation => {
      const key = `r/volume/${String(at + index).padStart(6, '0')}`;
      return { type: 'put', key, value: `${at / 100} ${'x'.repeat(800)}` };
    });
    await store.txn({ success });
    say(`chunk ${at / 100}`);
  }
  say('done');
}

/** Writes until the disk is full (the parent limits the file size), then goes on after something was deleted. */
async function fill(): Promise<void> {
  let written = 0;
  try {
    for (; ; written++) {
      const value = 'x'.repeat(20_000);
      await store.txn({
        success: [
          { type: 'put', key: `k/${written}/a`, value },
          { type: 'put', key: `k/${written}/b`, value },
        ],
      });
    }
  } catch (error) {
    const { message, unknown } = error as StoreError;
    say(JSON.stringify({ isStoreError: error instanceof StoreError, message, unknown }));
  }
  for (let again = 0; again < 5; again++) {
    const value = 'y'.repeat(1_000_000);
    await store.txn({ success: [{ type: 'put', key: 'more', value }] }).then(
      () => say('unexpected success'),
      () => undefined,
    );
  }
  const { items } = await store.range({ prefix: 'k/', keysOnly: true });
  say(JSON.stringify({ written, found: items.length, more: await store.get('more') }));
}

/** Holds a key under a lease until it is killed. */
async function hold(): Promise<void> {
  const lease = await store.grantLease(Number(count));
  await store.txn({ success: [{ type: 'put', key: 'p/child', value: 'held', lease: lease.id }] });
  say('holding');
  await systemClock.sleep(60_000);
}

const roles: Record<string, () => Promise<void>> = { increment, race, commit, fill, hold };
await roles[role]!();
await store.close();
