import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const alias = { 'coprhd/driver': fileURLToPath(new URL('./src/engine/driver/index.ts', import.meta.url)) };

/** One project a suite, so that a suite's time can be held against its budget (CONTRIBUTING, "Tests"). */
const suite = (
  name: string,
  include: string[],
  testTimeout = 60_000,
  fileParallelism = true,
  more: { maxWorkers?: number; sequence?: { groupOrder: number } } = {},
) => ({
  resolve: { alias },
  test: { name, include, testTimeout, hookTimeout: 120_000, fileParallelism, env: { NO_COLOR: '1' }, ...more },
});

export default defineConfig({
  test: {
    reporters: ['./test/budget-reporter.ts', 'default'],
    projects: [
      suite('unit', [
        'test/{lib,engine,views,commands}/**/*.test.ts',
        'test/architecture/**/*.test.ts',
        'test/golden/**/*.test.ts',
      ]),
      // Mostly waiting for leases of real servers to end: more files at once than there are processors, so in a group alone.
      suite('stores', ['test/conformance/store*.test.ts'], 60_000, true, {
        maxWorkers: 5,
        sequence: { groupOrder: 1 },
      }),
      suite('drivers', ['test/drivers/**/*.test.ts', 'test/conformance/driver*.test.ts']),
      suite('crash', ['test/crash/**/*.test.ts'], 500_000, false),
      suite('e2e', ['test/e2e/**/*.test.ts'], 300_000, false),
    ],
  },
});
