/** A store against a plain map: any sequence of transactions, leases and time gives the same answers. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Compare, Lease, Operation, StateStore } from '../../src/engine/state/store.ts';
import { createVirtualClock } from '../../src/lib/clock.ts';
import type { OpenStore } from './store-context.ts';

interface ModelItem {
  value: string;
  createRevision: number;
  modRevision: number;
  lease: number | undefined;
}

interface Model {
  revision: number;
  nowMs: number;
  items: Map<string, ModelItem>;
  leases: { expiresAtMs: number; live: boolean }[];
  /** Others may move the store's revision too: what it was after each transaction is taken from the store. */
  readonly sharedRevisions: boolean;
}

interface Real {
  store: StateStore;
  clock: ReturnType<typeof createVirtualClock>;
  leases: Lease[];
}

type Command = fc.AsyncCommand<Model, Real>;

const TTL_MS = 1_000;
const REAL_TTL_MS = 60_000;
const KEYS = ['a', 'a/1', 'a/2', 'ab', 'b/1', 'é/1'];
const key = fc.constantFrom(...KEYS);
const value = fc.constantFrom('0', '1', '2');

function expire(model: Model): void {
  for (const [index, lease] of model.leases.entries()) {
    if (lease.live && lease.expiresAtMs <= model.nowMs) endLease(model, index);
  }
}

function endLease(model: Model, index: number): void {
  model.leases[index]!.live = false;
  const held = [...model.items].filter(([, item]) => item.lease === index);
  for (const [name] of held) model.items.delete(name);
  if (held.length > 0) model.revision++;
}

const sorted = (model: Model) => [...model.items].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

class TxnCommand implements Command {
  readonly compares: readonly { key: string; type: 'revision' | 'exists' | 'value'; right: boolean }[];
  readonly writes: readonly { key: string; value: string | undefined; lease: number | undefined }[];
  constructor(compares: TxnCommand['compares'], writes: TxnCommand['writes']) {
    this.compares = compares;
    this.writes = writes;
  }
  check = () => true;

  #compares(model: Model): Compare[] {
    return this.compares.map(({ key: name, type, right }): Compare => {
      const item = model.items.get(name);
      if (type === 'exists') return { key: name, exists: (item !== undefined) === right };
      if (type === 'value') return { key: name, value: right ? (item?.value ?? 'absent') : 'wrong' };
      return { key: name, modRevision: (item?.modRevision ?? 0) + (right ? 0 : 1) };
    });
  }

  async run(model: Model, real: Real): Promise<void> {
    expire(model);
    const compare = this.#compares(model);
    const holds = this.compares.every(
      ({ key: name, type, right }) => right && (type !== 'value' || model.items.has(name)),
    );
    const writes = this.writes.map((entry) => {
      const live = entry.lease !== undefined && model.leases[entry.lease]?.live;
      return { ...entry, lease: live ? entry.lease : undefined };
    });
    const success = writes.map((entry): Operation => {
      if (entry.value === undefined) return { type: 'delete', key: entry.key };
      const lease = entry.lease === undefined ? {} : { lease: real.leases[entry.lease]!.id };
      return { type: 'put', key: entry.key, value: entry.value, ...lease };
    });
    const result = await real.store.txn({ compare, success });
    if (holds) apply(model, writes, result.revision);
    expect(result.succeeded).toBe(holds);
    expectRevision(model, result.revision);
  }

  toString = () => `txn(${JSON.stringify([this.compares, this.writes])})`;
}

function apply(model: Model, writes: TxnCommand['writes'], actual: number): void {
  if (model.sharedRevisions && writes.length > 0) expect(actual).toBeGreaterThanOrEqual(model.revision);
  const revision = model.sharedRevisions ? actual : model.revision + 1;
  let changed = false;
  for (const { key: name, value: text, lease } of writes) {
    const previous = model.items.get(name);
    if (text === undefined) {
      changed = model.items.delete(name) || changed;
      continue;
    }
    const createRevision = previous?.createRevision ?? revision;
    model.items.set(name, { value: text, createRevision, modRevision: revision, lease });
    changed = true;
  }
  if (changed) model.revision = revision;
}

function expectRevision(model: Model, actual: number): void {
  if (model.sharedRevisions) model.revision = actual;
  else expect(actual).toBe(model.revision);
}

const simple = (name: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => name,
});

async function compareAll(model: Model, real: Real): Promise<void> {
  expire(model);
  const { items } = await real.store.range({ prefix: '' });
  const expected = sorted(model).map(([name, { lease, ...item }]) => ({
    key: name,
    ...item,
    ...(lease === undefined ? {} : { lease: real.leases[lease]!.id }),
  }));
  expect(items).toEqual(expected);
}

const advances = fc.constantFrom(400, 1_000).map((durationMs) =>
  simple(`advance(${durationMs})`, async (model, real) => {
    model.nowMs += durationMs;
    real.clock.advance(durationMs);
  }),
);

const commands = [
  fc
    .tuple(
      fc.array(
        fc.record({
          key,
          type: fc.constantFrom('revision' as const, 'exists' as const, 'value' as const),
          right: fc.nat({ max: 3 }).map((n) => n > 0),
        }),
        { maxLength: 2 },
      ),
      fc.uniqueArray(
        fc.record({
          key,
          value: fc.option(value, { nil: undefined }),
          lease: fc.option(fc.nat({ max: 3 }), { nil: undefined, freq: 3 }),
        }),
        { maxLength: 4, selector: (entry) => entry.key },
      ),
    )
    .map(([compares, writes]) => new TxnCommand(compares, writes)),
  fc.constantFrom('', 'a', 'a/', 'b', 'none').map((prefix) =>
    simple(`range(${prefix})`, async (model, real) => {
      await compareAll(model, real);
      const { items } = await real.store.range({ prefix });
      expect(items.map((item) => item.key)).toEqual(
        sorted(model)
          .map(([name]) => name)
          .filter((name) => name.startsWith(prefix)),
      );
    }),
  ),
  fc.constantFrom('a/', 'b').map((prefix) =>
    simple(`deletePrefix(${prefix})`, async (model, real) => {
      expire(model);
      const names = [...model.items.keys()].filter((name) => name.startsWith(prefix));
      const { revision } = await real.store.txn({ success: [{ type: 'delete-prefix', prefix }] });
      const writes = names.map((name) => ({ key: name, value: undefined, lease: undefined }));
      apply(model, writes, revision);
      expectRevision(model, revision);
    }),
  ),
  fc.constant(
    simple('grant', async (model, real) => {
      model.leases.push({ expiresAtMs: model.nowMs + TTL_MS, live: true });
      real.leases.push(await real.store.grantLease(model.sharedRevisions ? REAL_TTL_MS : TTL_MS));
    }),
  ),
  fc.nat({ max: 3 }).map((index) =>
    simple(`renew(${index})`, async (model, real) => {
      expire(model);
      const lease = real.leases[index];
      if (!lease) return;
      const renewed = await lease.renew().then(
        () => true,
        () => false,
      );
      expect(renewed).toBe(model.leases[index]!.live);
      if (renewed) model.leases[index]!.expiresAtMs = model.nowMs + TTL_MS;
    }),
  ),
  fc.nat({ max: 3 }).map((index) =>
    simple(`revoke(${index})`, async (model, real) => {
      expire(model);
      // The store reaps what has ended before it revokes only in a transaction; a read makes both sides the same.
      await real.store.txn({ success: [{ type: 'get', key: 'a' }] });
      if (!real.leases[index]) return;
      await real.leases[index].revoke();
      if (model.leases[index]!.live) endLease(model, index);
    }),
  ),
];

/** On real time nothing ends within a sequence: its leases are long, and time is not advanced. */
export async function storeModelProperty(open: OpenStore, onRealTime: boolean): Promise<void> {
  const chosen = onRealTime ? commands : [...commands, advances];
  await fc.assert(
    fc.asyncProperty(fc.commands(chosen, { maxCommands: 60 }), async (sequence) => {
      const clock = createVirtualClock();
      const opened = await open(clock);
      const sharedRevisions = opened.sharedRevisions ?? false;
      const { revision } = await opened.store.range({ prefix: '' });
      const setup = () => ({
        model: { revision, nowMs: clock.nowMs(), items: new Map(), leases: [], sharedRevisions } as Model,
        real: { store: opened.store, clock, leases: [] as Lease[] },
      });
      try {
        await fc.asyncModelRun(setup, sequence);
      } finally {
        await opened.store.close();
        await opened.dispose?.();
      }
    }),
    { numRuns: onRealTime ? 30 : 60 },
  );
}
