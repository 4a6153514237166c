/**
 * Group commit: writes that come while another is being written go together in the next transaction, as far as they fit,
 * whichever workflow of the process they are of. Each is still all or nothing, and hears of its own compares only: when a
 * group fails, its members are written one by one. No order is kept between writes that are under way at the same time;
 * whoever needs one waits.
 */
import { compareText } from '../../lib/compare-text.ts';
import { LIMITS } from '../../lib/limits.ts';
import { keys } from '../state/keys.ts';
import type { RecordWrite } from '../state/records.ts';
import type { Compare, Operation, Revision, StateStore } from '../state/store.ts';

export interface GroupedWrite extends RecordWrite {
  /** Right before it is written. What it throws is what the writer gets, and nothing of it is written. */
  readonly check?: () => void;
}

export interface GroupCommit {
  /** Undefined: a compare failed. Rejects as the store does, or with what `check` throws. */
  write(write: GroupedWrite): Promise<Revision | undefined>;
  /**
   * For who reads keys and writes them changed: within the process one after the other, so that no compare of theirs fails
   * for another one of us, and no group with it. Other processes are not waited for. `work` must not ask for turns itself.
   */
  inTurn<T>(keys: readonly string[], work: () => Promise<T>): Promise<T>;
  /** At which a record was written last by this process; 0 = never. Whoever reads elsewhere waits until it is known there. */
  readonly recordRevision: Revision;
}

interface Waiting {
  readonly write: GroupedWrite;
  /** Its compares as text, by which they are told apart. */
  readonly compares: readonly Wanted[];
  readonly resolve: (revision: Revision | undefined) => void;
  readonly reject: (error: unknown) => void;
}

interface Wanted {
  readonly compare: Compare;
  readonly text: string;
  /** Which fact about which key. */
  readonly aspect: string;
}

const COUNT_MAX = LIMITS.txnOperationsMax;
/** In characters: half of the request limit, room for what encoding adds. */
const LENGTH_MAX = LIMITS.requestBytesMax / 2;

export function createGroupCommit(store: Pick<StateStore, 'txn'>): GroupCommit {
  let waiting: Waiting[] = [];
  let writing = false;
  let recordRevision: Revision = 0;
  const commit = async ({ compare, operations }: RecordWrite): Promise<Revision | undefined> => {
    const result = await store.txn({ compare, success: operations });
    if (!result.succeeded) return undefined;
    if (operations.some((operation) => 'key' in operation && operation.key.startsWith(keys.records)))
      recordRevision = Math.max(recordRevision, result.revision);
    return result.revision;
  };
  const alone = async ({ write, resolve, reject }: Waiting): Promise<void> => {
    try {
      write.check?.();
      resolve(await commit(write));
    } catch (error) {
      reject(error);
    }
  };
  const together = async (members: readonly Waiting[], write: RecordWrite): Promise<void> => {
    let revision: Revision | undefined;
    try {
      revision = await commit(write);
    } catch (error) {
      for (const { reject } of members) reject(error);
      return;
    }
    if (revision !== undefined) for (const { resolve } of members) resolve(revision);
    else for (const member of members) await alone(member);
  };
  const drain = async (): Promise<void> => {
    while ((waiting = waiting.filter(mayBeWritten)).length > 0) {
      const { members, write, left } = takeGroup(waiting);
      waiting = left;
      await (members.length === 1 ? alone(members[0]!) : together(members, write));
    }
    // In the same turn as the last look at who waits: whoever comes next begins anew.
    writing = false;
  };
  const turns = createTurns();
  return {
    inTurn: turns,
    get recordRevision() {
      return recordRevision;
    },
    write: (write) =>
      new Promise((resolve, reject) => {
        waiting.push({ write, compares: write.compare.map(wantedOf), resolve, reject });
        if (writing) return;
        writing = true;
        void drain();
      }),
  };
}

/** Turns by key. Whoever wants several takes them in their order, and so nobody waits for who waits for him. */
function createTurns(): GroupCommit['inTurn'] {
  const last = new Map<string, Promise<void>>();
  const take = async (key: string): Promise<() => void> => {
    const before = last.get(key);
    let give = (): void => {};
    const mine = new Promise<void>((resolve) => {
      give = resolve;
    });
    last.set(key, mine);
    await before;
    return () => {
      if (last.get(key) === mine) last.delete(key);
      give();
    };
  };
  return async (keys, work) => {
    const given: (() => void)[] = [];
    try {
      for (const key of [...new Set(keys)].sort(compareText)) given.push(await take(key));
      return await work();
    } finally {
      for (const give of given) give();
    }
  };
}

function mayBeWritten({ write, reject }: Waiting): boolean {
  try {
    write.check?.();
    return true;
  } catch (error) {
    reject(error);
    return false;
  }
}

/** The first that waits, and of the others in order what fits beside it: a key is written once, a compare means one thing. */
function takeGroup(waiting: readonly Waiting[]): { members: Waiting[]; write: RecordWrite; left: Waiting[] } {
  const members: Waiting[] = [];
  const left: Waiting[] = [];
  const compares = new Map<string, Compare>();
  /** What is compared of a key, by kind of compare: two members may not want different things of it. */
  const wanted = new Map<string, string>();
  const written = new Set<string>();
  const compared = new Set<string>();
  const operations: Operation[] = [];
  let length = 0;
  // A transaction compares first and writes then: what one member writes must not be what another one has compared.
  const agrees = ({ aspect, text }: Wanted) => (wanted.get(aspect) ?? text) === text;
  const isFree = (key: string) => !written.has(key) && !compared.has(key);
  for (const [position, item] of waiting.entries()) {
    const { write } = item;
    const fresh = item.compares.filter(({ text }) => !compares.has(text));
    const added = write.operations.reduce((sum, op) => sum + ('value' in op ? op.value.length : 0), 0);
    const fits =
      compares.size + fresh.length <= COUNT_MAX &&
      operations.length + write.operations.length <= COUNT_MAX &&
      length + added <= LENGTH_MAX &&
      item.compares.every((one) => !written.has(one.compare.key) && agrees(one)) &&
      write.operations.every(({ type, ...rest }) => type === 'put' && 'key' in rest && isFree(rest.key));
    if (members.length > 0 && !fits) {
      left.push(item);
      continue;
    }
    members.push(item);
    for (const { compare, text, aspect } of fresh) {
      compares.set(text, compare);
      wanted.set(aspect, text);
    }
    for (const { key } of write.compare) compared.add(key);
    for (const operation of write.operations) if ('key' in operation) written.add(operation.key);
    operations.push(...write.operations);
    length += added;
    // What deletes goes alone: a prefix may hold what another member writes.
    const isFull = operations.length >= COUNT_MAX || compares.size >= COUNT_MAX;
    if (isFull || write.operations.some(({ type }) => type !== 'put')) {
      left.push(...waiting.slice(position + 1));
      break;
    }
  }
  return { members, write: { compare: [...compares.values()], operations }, left };
}

function wantedOf(compare: Compare): Wanted {
  const fact = 'modRevision' in compare ? 'revision' : 'exists' in compare ? 'exists' : 'value';
  return { compare, text: JSON.stringify(compare), aspect: `${fact} ${compare.key}` };
}
