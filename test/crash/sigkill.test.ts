/**
 * Processes killed with SIGKILL while they change a real tgtd on this machine, with the state in LMDB. Needs root for a
 * tgtd of its own. Over SSH, with the state on etcd: sigkill-ssh.test.ts.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { killAgainAndAgain } from './support/kill-story.ts';
import { canRunTgt, createTgtEstate, type TgtEstate } from './support/tgt-estate.ts';

/** `npm run test:sigkill` makes it 100. */
const KILLS = Number(process.env.COPRHD_KILLS ?? 25);

const possible = canRunTgt();
if (!possible)
  console.warn('SKIPPED: killing real processes on a real tgtd needs root and the packages of scripts/setup.js');

let estate: TgtEstate;
beforeAll(async () => {
  if (possible) estate = await createTgtEstate();
});
afterAll(() => estate?.stop());

describe.skipIf(!possible)('a process that is killed with SIGKILL while it changes a real array', () => {
  it(
    `is brought to its end by the next one, ${KILLS} times`,
    () =>
      killAgainAndAgain({
        title: 'SIGKILLs on a real tgtd',
        kills: KILLS,
        estate,
        newState: (round) => path.join(estate.directory, round, 'state'),
        intoCallMs: 12,
      }),
    1_800_000,
  );
});
