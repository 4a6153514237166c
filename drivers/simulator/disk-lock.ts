/** The lock of one unit on disk (an array, or the SAN), among processes of one machine; a dead holder is put out at once. */
import fs from 'node:fs';
import path from 'node:path';
import { threadId } from 'node:worker_threads';
import { type FileOperations, unlessMissing } from './disk-files.ts';

/** Who holds a lock. The start time tells a process from a later one with the same number. */
export interface Holder {
  readonly pid: number;
  readonly thread: number;
  readonly startTime: string;
}

/** Field 22 of /proc/<pid>/stat; empty where there is no /proc, then only the number counts. */
function startTimeOf(pid: number): string {
  const stat = unlessMissing(() => fs.readFileSync(`/proc/${pid}/stat`, 'utf8'), '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

export const thisHolder = (): Holder => ({
  pid: process.pid,
  thread: threadId,
  startTime: startTimeOf(process.pid),
});

const nameOfHolder = ({ pid, thread, startTime }: Holder) => `${pid}-${thread}-${startTime}`;

function isAlive(holderName: string): boolean {
  const [pid, , startTime] = holderName.split('-');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startTimeOf(Number(pid)) === startTime;
}

/**
 * The lock is a folder that holds its holder's name as a file: free when it is empty or absent. It is taken by renaming
 * a folder with one's own name in it into place, which only works onto an empty one; a dead holder is put out by its
 * name, so that nobody can put out the one who was faster. The folder that is renamed stays with the process on failure.
 */
export function tryLock(files: FileOperations, root: string, self: Holder): boolean {
  const lock = path.join(root, 'lock');
  const mine = nameOfHolder(self);
  const waiting = path.join(root, 'waiting', mine);
  files.write(path.join(waiting, mine), '');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      files.rename(waiting, lock);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
    const holder = files.names(lock)[0];
    if (holder !== undefined && holder !== mine && isAlive(holder)) return false;
    // A call doesn't yield while it holds the lock: our own name can only be left over from a failed one.
    if (holder !== undefined) files.remove(path.join(lock, holder));
  }
  return false;
}

export function unlock(files: FileOperations, root: string, self: Holder): void {
  files.remove(path.join(root, 'lock', nameOfHolder(self)));
}
