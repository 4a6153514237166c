// Makes the options of a failing run as small as they get while the same invariant is still violated: fewer actors, fewer
// faults, less time. What is left is a regression file, which a test replays from then on.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './sim-bundle.js';
import { startWorker } from './sim-workers.js';

const GROUPS = ['cli', 'edits', 'store', 'device', 'process'];
/** The least of each, in the order in which it is tried. */
const SMALLEST = [
  ['restores', false],
  ['hands', 0],
  ['workers', 0],
  ['workers', 1],
  ['clis', 1],
  ['clis', 2],
  ['machines', 1],
  ['arrays', 1],
  ['stacks', 1],
  ['hosts', 1],
  ['pools', 1],
  ['skewMs', 0],
  ['pageItems', 500],
  ['volumesPerStack', 2],
  ['volumesPerStack', 3],
  ['zeroingMibPerSecond', 100_000],
];

function* smaller(options, violation) {
  const atMs = violation.atMs;
  for (const part of [0.25, 0.5, 0.75, 0.9]) {
    const troubleMs = Math.round(options.troubleMs * part);
    yield { ...options, troubleMs };
  }
  if (atMs + 1_000 < options.troubleMs) yield { ...options, troubleMs: atMs + 1_000 };
  for (const group of GROUPS) {
    if (Object.keys(options[group]).length > 1) yield { ...options, [group]: group === 'cli' ? { apply: 1 } : {} };
    for (const key of Object.keys(options[group])) {
      const { [key]: _gone, ...rest } = options[group];
      if (group !== 'cli' || Object.keys(rest).length > 0) yield { ...options, [group]: rest };
    }
  }
  for (const [key, value] of SMALLEST) {
    if (typeof value === 'number' ? options[key] > value : options[key] !== value) yield { ...options, [key]: value };
  }
}

/** Resolves with the smallest options found within `seconds`, and what they violate. */
export async function shrink(bundle, options, violation, seconds = 60) {
  const worker = startWorker(bundle);
  const endMs = Date.now() + seconds * 1000;
  let best = { options, violation };
  let tries = 0;
  for (let better = true; better && Date.now() < endMs; ) {
    better = false;
    for (const candidate of smaller(best.options, best.violation)) {
      if (Date.now() >= endMs) break;
      tries++;
      const answer = await worker.run({ options: candidate });
      if (answer.violation?.invariant !== best.violation.invariant) continue;
      best = { options: candidate, violation: answer.violation };
      better = true;
      break;
    }
  }
  worker.end();
  return { ...best, tries };
}

/** A test replays every file of the folder: it must pass once the cause is mended. */
export function writeRegression({ options, violation }) {
  const folder = join(root, 'test/simulation/regress');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${violation.invariant}-${options.seed}.json`);
  const { invariant, message } = violation;
  writeFileSync(
    file,
    `${JSON.stringify({ why: '', violated: { invariant, message: message.slice(0, 500) }, options }, null, 2)}\n`,
  );
  return file;
}
