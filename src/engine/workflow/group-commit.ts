/**
 * Group commit of one run: writes that come while another is being written go together in the next transaction, as far as
 * they fit. Each is still all or nothing, and hears of its own compares only: when a group fails, its members are written
 * one by one. No order is kept between writes that are under way at the same time; whoever needs one waits.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { RecordWrite } from '../state/records.ts';
import type { Compare, Operation, Revision } from '../state/store.ts';

/** Writes one transaction. Undefined: a compare failed. Rejects when the run is over. */
type Commit = (write: RecordWrite) => Promise<Revision | undefined>;

export interface GroupCommit {
  write(write: RecordWrite): Promise<Revision | undefined>;
}

interface Waiting {
  readonly write: RecordWrite;
  readonly resolve: (revision: Revision | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Beside the fence that every transaction compares. */
const COUNT_MAX = LIMITS.txnOperationsMax - 1;
/** In characters: half of the request limit, room for what encoding adds. */
const LENGTH_MAX = LIMITS.requestBytesMax / 2;

export function createGroupCommit(commit: Commit): GroupCommit {
  let waiting: Waiting[] = [];
  let writing = false;
  const alone = async ({ write, resolve, reject }: Waiting): Promise<void> => {
    try {
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
    while (waiting.length > 0) {
      const { members, write, left } = takeGroup(waiting);
      waiting = left;
      await (members.length === 1 ? alone(members[0]!) : together(members, write));
    }
    // In the same turn as the last look at who waits: whoever comes next begins anew.
    writing = false;
  };
  return {
    write: (write) =>
      new Promise((resolve, reject) => {
        waiting.push({ write, resolve, reject });
        if (writing) return;
        writing = true;
        void drain();
      }),
  };
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
  const agrees = (compare: Compare) =>
    (wanted.get(aspectOf(compare)) ?? JSON.stringify(compare)) === JSON.stringify(compare);
  const isFree = (key: string) => !written.has(key) && !compared.has(key);
  for (const item of waiting) {
    const { write } = item;
    const fresh = write.compare.filter((compare) => !compares.has(JSON.stringify(compare)));
    const added = write.operations.reduce((sum, op) => sum + ('value' in op ? op.value.length : 0), 0);
    const fits =
      compares.size + fresh.length <= COUNT_MAX &&
      operations.length + write.operations.length <= COUNT_MAX &&
      length + added <= LENGTH_MAX &&
      write.compare.every((compare) => !written.has(compare.key) && agrees(compare)) &&
      write.operations.every(({ type, ...rest }) => type === 'put' && 'key' in rest && isFree(rest.key));
    if (members.length > 0 && !fits) {
      left.push(item);
      continue;
    }
    members.push(item);
    for (const compare of fresh) {
      compares.set(JSON.stringify(compare), compare);
      wanted.set(aspectOf(compare), JSON.stringify(compare));
    }
    for (const { key } of write.compare) compared.add(key);
    for (const operation of write.operations) if ('key' in operation) written.add(operation.key);
    operations.push(...write.operations);
    length += added;
    // What deletes goes alone: a prefix may hold what another member writes.
    if (write.operations.some(({ type }) => type !== 'put')) {
      left.push(...waiting.slice(waiting.indexOf(item) + 1));
      break;
    }
  }
  return { members, write: { compare: [...compares.values()], operations }, left };
}

/** Which fact about which key. */
function aspectOf(compare: Compare): string {
  const fact = 'modRevision' in compare ? 'revision' : 'exists' in compare ? 'exists' : 'value';
  return `${fact} ${compare.key}`;
}
