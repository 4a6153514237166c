/**
 * Processes killed with SIGKILL while they change a real tgtd over a real OpenSSH server, with the state on a real etcd.
 * A command that was under way on the machine goes on there when its process is dead. Needs root.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Sshd, startSshd } from '../drivers/ssh/sshd.ts';
import { type EtcdCluster, skipWithoutEtcd, startEtcd } from '../support/etcd-cluster.ts';
import { killAgainAndAgain } from './support/kill-story.ts';
import { canRunTgt, createTgtEstate, type TgtEstate } from './support/tgt-estate.ts';

/** `npm run test:sigkill` makes it 100. */
const KILLS = Number(process.env.COPRHD_KILLS ?? 5);

const possible = canRunTgt() && !skipWithoutEtcd();
if (!possible) console.warn('SKIPPED: killing real processes on a tgtd behind sshd needs root, etcd and sshd');

let estate: TgtEstate;
let sshd: Sshd;
let etcd: EtcdCluster;
beforeAll(async () => {
  if (!possible) return;
  [sshd, etcd] = await Promise.all([startSshd(), startEtcd({ members: 1, tls: false })]);
  estate = await createTgtEstate({ endpoint: `ssh://root@127.0.0.1:${sshd.port}`, keyFile: sshd.keyFile });
});
afterAll(async () => {
  await estate?.stop();
  await Promise.all([sshd?.remove(), etcd?.stop()]);
});

describe.skipIf(!possible)('a process that is killed with SIGKILL while it changes an array over SSH', () => {
  it(
    `is brought to its end by the next one, ${KILLS} times`,
    () =>
      killAgainAndAgain({
        title: 'SIGKILLs on a real tgtd over SSH, state on etcd',
        kills: KILLS,
        estate,
        newState: (round) => etcd.url(`test/kill-${round}`),
        intoCallMs: 40,
      }),
    1_800_000,
  );
});
