/** Golden files under test/golden/cli: compared, or rewritten with UPDATE_GOLDEN=1. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const DIRECTORY = fileURLToPath(new URL('../golden/cli/', import.meta.url));

export function expectGolden(name: string, text: string): void {
  const file = `${DIRECTORY}${name}`;
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, 'utf8'));
}
