/** Fixtures of outputs, with where they come from. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Fixture {
  readonly name: string;
  /** Lines of the head, by their key. */
  readonly head: Readonly<Record<string, string>>;
  readonly text: string;
}

const FOLDER = new URL('fixtures/', import.meta.url);
const END = '! ---\n';

export function fixture(name: string): Fixture {
  const all = readFileSync(new URL(`${name}.txt`, FOLDER), 'utf8');
  const end = all.indexOf(END);
  const lines = all.slice(0, end).split('\n').filter(Boolean);
  const head = Object.fromEntries(lines.map((line) => /^! (\w+): (.*)$/.exec(line)!.slice(1, 3)));
  return { name, head, text: all.slice(end + END.length) };
}

export const allFixtures = (): Fixture[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => fixture(name.slice(0, -'.txt'.length)));
