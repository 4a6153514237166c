/** Each directory here is a plan that can't be right, with the complaints that a person gets. UPDATE_GOLDEN=1 rewrites them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sortDiagnostics } from '../../../src/lib/diagnostic.ts';
import { loadPlan } from '../../../src/engine/config/load.ts';
import { resolveReferences } from '../../../src/engine/config/references.ts';
import { render, viewOf } from '../../engine/config/support.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
const cases = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

function complaintsAbout(directory: string): string {
  const files = readdirSync(directory)
    .filter((file) => /\.(ya?ml|json)$/.test(file))
    .sort();
  const texts = files.map((file) => ({ file, text: readFileSync(join(directory, file), 'utf8') }));
  const { graph, diagnostics } = loadPlan(texts, { variables: {} });
  return render(sortDiagnostics([...diagnostics, ...resolveReferences(graph, viewOf([])).diagnostics]));
}

describe('malformed plans', () => {
  it('are at least 25', () => {
    expect(cases.length).toBeGreaterThanOrEqual(25);
  });

  it.each(cases)('%s says what is wrong, where, and what to do', (name) => {
    const actual = complaintsAbout(join(root, name));
    const expected = join(root, name, 'expected.txt');
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(expected, actual);
    expect(actual).not.toBe('');
    expect(actual).not.toContain('hunter2');
    expect(actual).toBe(readFileSync(expected, 'utf8'));
  });
});
