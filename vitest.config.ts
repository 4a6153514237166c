import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { EVERYTHING, LONG_ONLY } from './test/long-only.ts';

const alias = { 'coprhd/driver': fileURLToPath(new URL('./src/engine/driver/index.ts', import.meta.url)) };

/** With COPRHD_TESTS=all (`npm run test:all`) everything; else without these, which the report names. */
const only = EVERYTHING ? [] : [...LONG_ONLY];

/**
 * One project a suite, so that a suite's time can be held against its budget (CONTRIBUTING, "Tests"). Files of a suite share
 * their worker's modules, which halves the time of many small files, unless they are acceptance tests.
 */
const suite = (name: string, include: string[], testTimeout = 60_000) => ({
  resolve: { alias },
  test: {
    name,
    include,
    exclude: only,
    isolate: name === 'e2e',
    testTimeout,
    hookTimeout: 120_000,
    env: { NO_COLOR: '1' },
  },
});

export default defineConfig({
  test: {
    globalSetup: ['./test/temporary-files.ts'],
    reporters: ['./test/budget-reporter.ts', 'default'],
    // Much of the time is spent in waiting, for real servers above all. Each file has directories, ports and arrays of its own.
    maxWorkers: 3,
    projects: [
      suite('unit', [
        'test/{lib,engine,views,commands}/**/*.test.ts',
        'test/architecture/**/*.test.ts',
        'test/golden/**/*.test.ts',
      ]),
      suite('stores', ['test/conformance/store*.test.ts']),
      suite('drivers', ['test/drivers/**/*.test.ts', 'test/conformance/driver*.test.ts']),
      suite('crash', ['test/crash/**/*.test.ts'], 500_000),
      suite('simulation', ['test/{simulation,fuzz}/**/*.test.ts'], 500_000),
      suite('rest', ['test/rest/**/*.test.ts']),
      suite('e2e', ['test/e2e/**/*.test.ts'], 300_000),
    ],
  },
});
