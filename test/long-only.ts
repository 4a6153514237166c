/** `npm run test:all`. A test that is in no other run is `it.runIf(EVERYTHING)`; the report counts those by their file. */
export const EVERYTHING = process.env.COPRHD_TESTS === 'all';

/**
 * Test files that every run leaves out for its time, and says so: `npm run test:all` has them. Each has a sibling in every
 * run that goes the same way in fewer steps.
 */
export const LONG_ONLY: readonly string[] = [
  // Every line of the driver's scripts, every command of its calls; full-snapshots.test.ts has scripts killed there.
  'test/drivers/tgt/script-crash.test.ts',
  'test/drivers/tgt/crash.test.ts',
  // Real processes killed on a local tgtd with LMDB.
  'test/crash/sigkill.test.ts',
  // Jump hosts, agents and passwords through the product; test/drivers/ssh/login.test.ts has them at the session.
  'test/e2e/ssh-access.test.ts',
  // 100 LUNs in one apply over SSH, and commands cut at chosen places; ssh.test.ts has both in small.
  'test/e2e/ssh-many.test.ts',
  'test/e2e/ssh-cut.test.ts',
  // Pseudo-terminals and shells.
  'test/e2e/live.test.ts',
  'test/e2e/completion.test.ts',
  // Many real processes on one etcd; concurrent.test.ts has two on LMDB.
  'test/crash/many-applies.test.ts',
  // Tasks between processes; test/engine/operations/tasks.test.ts and task-stopping.test.ts have them in one.
  'test/e2e/tasks.test.ts',
  // The store's conformance on one member of etcd: store-etcd-cluster.test.ts has it on three with TLS, e2e works on one.
  'test/conformance/store-etcd.test.ts',
  // Secrets on etcd and over SSH; test/engine/operations has them at the engine.
  'test/e2e/secrets-shared.test.ts',
  // Credentials rotated and certificates pinned through the product; test/engine/operations/device-rotation.test.ts and
  // test/drivers/rest have them at the engine and at the session.
  'test/e2e/rotation.test.ts',
  'test/e2e/certificate.test.ts',
  // The pipelines of docs/ci.md, run; test/commands has the commands and exit codes that they are made of.
  'test/e2e/ci-docs.test.ts',
  // On etcd and over SSH; rest-walk.test.ts and test/crash have the store, ssh.test.ts the connection.
  'test/e2e/etcd.test.ts',
  // Many volumes taken over at once; test/engine/operations has all of it, import-exported.test.ts twenty volumes.
  'test/e2e/import-match.test.ts',
  // An application at rest on a real volume, fsfreeze over a real sshd, kills; test/drivers/ssh/quiescing.test.ts has the host's part,
  // test/engine/planner/quiesced-snapshots.test.ts ours.
  'test/e2e/quiesce.test.ts',
  // Real processes killed on tgt over SSH; daemons.test.ts kills real ones, sweep.test.ts at every point, full-snapshots.test.ts scripts on tgt.
  'test/crash/sigkill-ssh.test.ts',
  // As sweep.test.ts, on etcd: daemons.test.ts and store-etcd-cluster.test.ts have the store.
  'test/crash/sweep-etcd.test.ts',
  // Answers of etcd that get lost; store-etcd-cluster.test.ts has members that do, the simulation lost answers.
  'test/conformance/store-etcd-lost.test.ts',
  // Secrets through the product; test/engine/operations and test/commands/secret.test.ts have them at the engine and the commands.
  'test/e2e/secrets.test.ts',
  // Plans that are saved and applied later; test/engine/operations/apply.test.ts has what makes them stale, test/commands the files.
  'test/e2e/saved-plan.test.ts',
  // One volume taken over on tgt; import-exported.test.ts has twenty, in use.
  'test/e2e/import.test.ts',
  // Removal, quarantine and purge through the product; copies.test.ts has them on tgt, test/engine/planner/volumes.test.ts and removal at the engine.
  'test/e2e/removal.test.ts',
  // Other estates over two fabrics; two-fabrics.test.ts has one, test/engine/planner and test/engine/paths the rest.
  'test/e2e/two-fabrics-others.test.ts',
  // Every command through the product; test/commands has them in one process, first-hour.test.ts the most used.
  'test/e2e/commands.test.ts',
  // Continuous copies killed at every boundary; the simulation has them among everything else, sweep-copies.test.ts the other copies.
  'test/crash/mirrors.test.ts',
  // Masks on tgt, edge by edge; driver-tgt.test.ts has the contract's.
  'test/drivers/tgt/masks.test.ts',
  // Removal with data written and read back; copies.test.ts has both.
  'test/e2e/removal-data.test.ts',
  // Every way over SSH through the product; estate.test.ts applies over it, driver-tgt-ssh.test.ts has the connection.
  'test/e2e/ssh.test.ts',
  // Mistakes in files through the product; test/golden/malformed has all of them at the engine.
  'test/e2e/malformed.test.ts',
  // What somebody deleted on a real target; test/engine/planner/export-drift.test.ts and volumes.test.ts have it on simulated arrays.
  'test/e2e/missing.test.ts',
  // A target that restarts; test/drivers/tgt/data.test.ts and copies.test.ts have restarts of tgtd.
  'test/e2e/restart.test.ts',
  // The same suite in the other of MDS's zoning modes.
  'test/conformance/driver-cisco-mds-basic.test.ts',
  // Members of etcd killed under an apply; store-etcd-members.test.ts has them killed under the store, daemons.test.ts daemons.
  'test/crash/etcd-members.test.ts',
  // Groups of 130 volumes over REST; test/engine/operations/group-copies.test.ts and test/crash/large-sets.test.ts have them at the engine.
  'test/rest/large-groups.test.ts',
  // 50 arrays and 64 hosts as a whole, or 500 and 5,000.
  'test/e2e/large.test.ts',
];
