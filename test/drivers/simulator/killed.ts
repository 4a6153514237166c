/** File operations of a process that is killed in the middle of a call to the simulator on disk. */
import { type FileOperations, realFiles } from '../../../drivers/simulator/disk-files.ts';
import type { Holder } from '../../../drivers/simulator/disk-lock.ts';

/** No process can have this number. */
export const DEAD: Holder = { pid: 2 ** 30, thread: 0, startTime: '1' };

export class Killed extends Error {
  override name = 'Killed';
}

/** File operations of a process that is killed at its n-th change of a file; `torn`: a write is left half done. */
export function killedAt(count: number, torn: boolean): FileOperations {
  let left = count;
  const change = <A extends unknown[]>(run: (...args: A) => void, half?: (...args: A) => void) => {
    return (...args: A) => {
      if (left === 0) throw new Killed();
      if (--left > 0) return run(...args);
      if (torn) half?.(...args);
      throw new Killed();
    };
  };
  return {
    read: (file) => {
      if (left === 0) throw new Killed();
      return realFiles.read(file);
    },
    names: (folder) => {
      if (left === 0) throw new Killed();
      return realFiles.names(folder);
    },
    write: change(realFiles.write, (file, text) => realFiles.write(file, text.slice(0, text.length / 2))),
    rename: change(realFiles.rename),
    remove: change(realFiles.remove),
  };
}
