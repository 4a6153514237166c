/** Everything that a run of tests makes in the system's directory for temporary files is in one directory of it, and goes with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'coprhd-tests-'));
  process.env.TMPDIR = directory;
  return () => {
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch (error) {
      // What a test left mounted or running is no reason to say that the tests failed, but it is said.
      console.warn(`left behind in ${directory}: ${(error as Error).message}`);
    }
  };
}
