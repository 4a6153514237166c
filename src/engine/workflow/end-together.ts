/**
 * The ends of units, written. Those that come while another is being written go together in one transaction: units of one
 * plan take from the same pools, and each end alone would be a compare-and-swap of that pool's ledger, of which one wins
 * a round. What doesn't fit together, or loses against another process, is written one by one.
 *
 * Records go in chunks, each of which may be repeated; capacity and the unit's state go together in the last one, so that
 * they count exactly once.
 */
import type { Urn } from '../model/urn.ts';
import { keys } from '../state/keys.ts';
import type { RecordWrite } from '../state/records.ts';
import type { Operation } from '../state/store.ts';
import { type OurWrite, readOurs } from './claims.ts';
import type { JournalChange } from './journal.ts';
import { batches, touchedKeys } from './records-io.ts';
import {
  LEDGER_ATTEMPTS_MAX,
  POOLS_MAX,
  poolsOf,
  type Settling,
  settleOps,
  surplusOf,
  type UnitOutcome,
} from './reservations.ts';
import type { Run } from './run.ts';

export interface Ending extends UnitOutcome {
  readonly change: JournalChange;
  /** What people see of it afterwards. */
  readonly task: Operation;
  readonly toEnd: (ours: OurWrite) => RecordEnd;
}

/** `keeps`: our claim stays on it, because other units need it still. */
export interface RecordEnd extends RecordWrite {
  readonly keeps: boolean;
}

interface Waiting {
  readonly ending: Ending;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Operations of a transaction, less the fence and what the guess below is wrong by. */
const OPERATIONS_MAX = 110;

interface Queue {
  readonly waiting: Waiting[];
  writing: boolean;
}

const queues = new WeakMap<Run, Queue>();

/** Resolves when it is written. Rejects with what ended the run. */
export function endTogether(run: Run, ending: Ending): Promise<void> {
  const queue = queues.get(run) ?? { waiting: [], writing: false };
  queues.set(run, queue);
  return new Promise((resolve, reject) => {
    queue.waiting.push({ ending, resolve, reject });
    if (queue.writing) return;
    queue.writing = true;
    void writeAll(run, queue);
  });
}

/** Never rejects: each that waits hears of its own. */
async function writeAll(run: Run, queue: Queue): Promise<void> {
  const { waiting } = queue;
  while (waiting.length > 0) {
    const group = waiting.splice(0, countThatFits(waiting));
    const endings = group.map(({ ending }) => ending);
    const together = await attempt(async () => group.length > 1 && (await tryEnd(run, endings)));
    for (const { ending, resolve, reject } of group) {
      const written = together.value === true ? together : await attempt(() => endAlone(run, ending));
      if ('error' in written) reject(written.error);
      else resolve();
    }
  }
  // In the same turn as the last look at who waits: whoever comes next begins anew.
  queue.writing = false;
}

/** At least one. What an end writes: each record with its attributes or tombstone, the unit, its task, and two a pool. */
function countThatFits(waiting: readonly Waiting[]): number {
  let operations = 0;
  const pools = new Set<Urn>();
  for (const [index, { ending }] of waiting.entries()) {
    for (const pool of poolsOf(ending)) pools.add(pool);
    operations += 2 * ending.unit.writes.length + 2;
    if (index > 0 && (operations + 2 * pools.size > OPERATIONS_MAX || pools.size > POOLS_MAX)) return index;
  }
  return Math.max(1, waiting.length);
}

async function attempt<T>(work: () => Promise<T>): Promise<{ readonly value?: T; readonly error?: unknown }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

async function endAlone(run: Run, ending: Ending): Promise<void> {
  for (let tries = 1; !(await tryEnd(run, [ending])); tries++) {
    // Lost against somebody at a ledger: what was written already isn't ours any more, or is written again unchanged.
    if (tries >= LEDGER_ATTEMPTS_MAX)
      throw run.stop(new Error(`unit ${ending.unit.id} can't be ended: too much contention`));
  }
}

function tryEnd(run: Run, endings: readonly Ending[]): Promise<boolean> {
  const ledgers = endings.flatMap(poolsOf).map((pool) => keys.ledger(pool));
  return run.inTurn(ledgers, () => tryEndNow(run, endings));
}

async function tryEndNow(run: Run, endings: readonly Ending[]): Promise<boolean> {
  run.check();
  const writes: RecordWrite[] = [];
  const all: OurWrite[] = [];
  const freed: OurWrite[] = [];
  const settling: Settling[] = [];
  const read = await Promise.all(endings.map(({ unit }) => readOurs(run, unit.writes)));
  for (const [index, { unit, outcome, toEnd }] of endings.entries()) {
    const ours = read[index]!;
    settling.push({ unit, outcome, surplus: outcome === 'done' ? surplusOf(unit, ours) : [] });
    for (const one of ours) {
      const end = toEnd(one);
      writes.push(end);
      all.push(one);
      if (!end.keeps) freed.push(one);
    }
  }
  const settled = await settleOps(run, settling);
  if (!settled) return false;
  const states = endings.flatMap(({ change, task }) => [change.operation, task]);
  const chunks = batches([...writes, { compare: settled.compare, operations: [...settled.operations, ...states] }]);
  if (endings.length > 1 && chunks.length > 1) return false;
  // Whatever comes of it, what was known of them is not so any more.
  for (const { write } of all) run.records.forget(write.urn, touchedKeys(write));
  for (const [index, chunk] of chunks.entries()) {
    if (index > 0) run.point('unit:between-end-chunks');
    if ((await run.write(chunk.compare, chunk.operations)) === undefined) return false;
  }
  for (const { write } of freed) run.records.freed(write.urn);
  return true;
}
