// Result files of the simulator: made of answers, added up, printed.
import { readFileSync } from 'node:fs';

export const emptyResult = () => ({
  slices: [],
  seeds: 0,
  steps: 0,
  events: 0,
  mutations: 0,
  operations: 0,
  blobsLeft: 0,
  kills: 0,
  virtualMs: 0,
  wallMs: 0,
  faults: {},
  outcomes: {},
  violations: [],
});

function addCounts(into, counts = {}) {
  for (const [key, count] of Object.entries(counts)) into[key] = (into[key] ?? 0) + count;
}

export function addAnswer(result, answer, seed) {
  const { counts = {}, events = 0, virtualMs = 0, wallMs = 0, violation, options } = answer;
  result.seeds++;
  result.events += events;
  result.virtualMs += virtualMs;
  result.wallMs += wallMs;
  for (const key of ['steps', 'mutations', 'operations', 'blobsLeft', 'kills']) result[key] += counts[key] ?? 0;
  addCounts(result.faults, counts.faults);
  addCounts(result.outcomes, counts.outcomes);
  if (violation) result.violations.push({ seed, ...violation, message: violation.message.slice(0, 2_000), options });
}

export function sumFiles(files) {
  const sum = emptyResult();
  for (const file of files) {
    const one = JSON.parse(readFileSync(file, 'utf8'));
    sum.slices.push(...one.slices);
    sum.violations.push(...one.violations);
    addCounts(sum.faults, one.faults);
    addCounts(sum.outcomes, one.outcomes);
    for (const key of [
      'seeds',
      'steps',
      'events',
      'mutations',
      'operations',
      'blobsLeft',
      'kills',
      'virtualMs',
      'wallMs',
    ]) {
      sum[key] += one[key] ?? 0;
    }
  }
  return sum;
}

const number = (value) => Math.round(value).toLocaleString('en');

/** No process is "stuck" while every run comes to its end: this is the invariant that says otherwise. */
const STUCK = new Set(['everything-ends', 'second-plan-is-empty']);

export function tableOf(result) {
  const { violations } = result;
  const stuck = violations.filter(({ invariant }) => STUCK.has(invariant)).length;
  const rows = [
    ['seeds', number(result.seeds)],
    ['steps (calls of an Env)', number(result.steps)],
    ['changes of arrays', number(result.mutations)],
    ['operations', number(result.operations)],
    ['blobs that nothing refers to at the end', number(result.blobsLeft)],
    ['kills', number(result.kills)],
    ['virtual hours', (result.virtualMs / 3_600_000).toFixed(1)],
    ['core minutes', (result.wallMs / 60_000).toFixed(1)],
    ['violations', number(violations.length - stuck)],
    ['stuck', number(stuck)],
  ];
  const section = (counts) => Object.entries(counts).sort(([, a], [, b]) => b - a);
  const lines = (pairs) => pairs.map(([name, value]) => `| ${name} | ${value} |`);
  const slices = result.slices.map(({ from, to }) => `${from}-${to}`).join(', ');
  return [
    `Seeds ${slices}`,
    '',
    '| what | how many |',
    '| --- | ---: |',
    ...lines(rows),
    '',
    '| fault | times |',
    '| --- | ---: |',
    ...lines(section(result.faults).map(([name, count]) => [name, number(count)])),
    '',
    '| operation and outcome | times |',
    '| --- | ---: |',
    ...lines(section(result.outcomes).map(([name, count]) => [name, number(count)])),
    ...violations.map(({ seed, invariant, message }) => `\nseed ${seed}: ${invariant}: ${message}`),
  ].join('\n');
}
