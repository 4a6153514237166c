/** A comparison as text: means over all seeds, and the seed of the worst. */
import type { Comparison, Measured } from './compare.ts';

/** Measures of which more is better; of the others less is. */
const MORE_IS_BETTER = ['volumes placed', 'volumes, one plan', 'TiB placed'];
const AIM = 0.95;
/** Less of a difference is none. */
const SHOWN = 0.01;

interface Value extends Measured {
  readonly seed: number;
}

export function reportOf({ workload, scale, samples, unproven, oursMs, onePlanMs, coprhdMs }: Comparison): string {
  const seeds = [...samples.keys()];
  const best = scale === 'small' ? 'optimum' : 'bound';
  const valuesOf = (measure: string) => seeds.map((seed): Value => ({ seed, ...samples.get(seed)![measure]! }));
  const against = [`ours/${best}`, 'worst', `CoprHD/${best}`, 'worst'];
  const header = ['', 'ours', 'CoprHD', best, ...against, 'ours/CoprHD', 'ours worse (worst seed: ours/CoprHD)'];
  const rows = Object.keys(samples.get(seeds[0]!)!).map((measure) => rowOf(measure, valuesOf(measure)));
  const below = valuesOf('volumes placed').filter((value) => value.ours < AIM * value.best!).length;
  const remarks = [
    `more than 5 % under the ${best} in ${percent(below / seeds.length)} of the seeds`,
    ...(unproven > 0 ? [`search given up and a bound taken in ${unproven}`] : []),
    // Small streams take no time that could be measured.
    ...(scale === 'large' ? [`time a request ${times(oursMs, coprhdMs)} CoprHD's rule`] : []),
    ...(scale === 'large' && onePlanMs > 0 ? [`in one plan ${times(onePlanMs, coprhdMs)}`] : []),
  ];
  return [
    `${workload}, ${scale}: seeds ${seeds[0]} to ${seeds.at(-1)}`,
    ...table([header, ...rows]),
    `  ${remarks.join('; ')}`,
  ].join('\n');
}

function rowOf(measure: string, values: readonly Value[]): string[] {
  const [ours, coprhd] = [mean(values.map((value) => value.ours)), mean(values.map((value) => value.coprhd))];
  const known = values.filter((value) => value.best !== undefined);
  return [
    measure,
    ours.toFixed(2),
    coprhd.toFixed(2),
    ...(known.length === 0
      ? Array<string>(5).fill('')
      : [
          mean(known.map((value) => value.best!)).toFixed(2),
          ...meanAndWorst(known.map((value) => ({ seed: value.seed, ratio: ratio(value.ours, value.best!) }))),
          ...meanAndWorst(known.map((value) => ({ seed: value.seed, ratio: ratio(value.coprhd, value.best!) }))),
        ]),
    coprhd < SHOWN ? '' : (ours / coprhd).toFixed(3),
    worseThanCoprhd(values, MORE_IS_BETTER.includes(measure)),
  ];
}

function meanAndWorst(ratios: readonly { readonly seed: number; readonly ratio: number }[]): string[] {
  const worst = ratios.reduce((a, b) => (b.ratio < a.ratio ? b : a));
  return [percent(mean(ratios.map((each) => each.ratio))), `${percent(worst.ratio)} (${worst.seed})`];
}

function worseThanCoprhd(values: readonly Value[], moreIsBetter: boolean): string {
  const byHow = ({ ours, coprhd }: Value) => (moreIsBetter ? coprhd - ours : ours - coprhd);
  const worse = values.filter((value) => byHow(value) >= SHOWN).sort((a, b) => byHow(b) - byHow(a));
  const [worst] = worse;
  if (worst === undefined) return 'never';
  return `${percent(worse.length / values.length)} (${worst.seed}: ${shown(worst.ours)}/${shown(worst.coprhd)})`;
}

const shown = (number: number) => `${Number(number.toFixed(2))}`;

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** Of the optimum; where nobody can place anything, nothing is all of it. */
const ratio = (placed: number, best: number) => (best === 0 ? 1 : placed / best);

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

const times = (aMs: number, bMs: number) => `${(aMs / bMs).toFixed(2)} x`;

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map(([name, ...cells]) => {
    const padded = cells.map((cell, column) => cell.padStart(widths[column + 1]!));
    return `  ${[name!.padEnd(widths[0]!), ...padded].join('  ')}`.trimEnd();
  });
}
