/**
 * Test files that every run leaves out for its time, and says so: `npm run test:all` has them. Each has a sibling in every
 * run that goes the same way in fewer steps.
 */
export const LONG_ONLY: readonly string[] = [
  // Every line of the driver's scripts, every command of its calls; sigkill-ssh.test.ts kills whole processes there.
  'test/drivers/tgt/script-crash.test.ts',
  'test/drivers/tgt/crash.test.ts',
  // As sigkill-ssh.test.ts, on a local tgtd with LMDB.
  'test/crash/sigkill.test.ts',
  // Jump hosts, agents and passwords through the product; test/drivers/ssh/login.test.ts has them at the session.
  'test/e2e/ssh-access.test.ts',
  // 50 arrays and 64 hosts as a whole, or 500 and 5,000.
  'test/e2e/large.test.ts',
];
