/** docs/transactions.md: each sentence is held by a test that is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

test('each sentence of docs/transactions.md names tests that exist', () => {
  const sentences = read('docs/transactions.md')
    .split('\n')
    .filter((line) => line.startsWith('- '));
  expect(sentences.length).toBeGreaterThan(30);
  const wrong = sentences.flatMap((sentence) => {
    const cited = [...sentence.matchAll(/`(test\/[^`]+?) › ([^`]+)`/g)];
    if (cited.length === 0) return [`no test: ${sentence}`];
    return cited.flatMap(([, file, name]) => {
      if (!existsSync(join(ROOT, file!))) return [`no file ${file}`];
      return read(file!).includes(name!) ? [] : [`${file} has no test "${name}"`];
    });
  });
  expect(wrong).toEqual([]);
});
