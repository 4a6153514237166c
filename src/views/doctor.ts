/** What doctor found. Rows: `check name level what fix` · `bundle file`. */
import type { Check } from '../engine/operations/types.ts';
import { plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { pad, wrap } from './text.ts';
import type { Row, View } from './view.ts';

export interface DoctorResult {
  readonly checks: readonly Check[];
  readonly bundle?: string;
}

const TONES = { ok: 'good', warn: 'change', fail: 'remove' } as const;
const LEVEL_WIDTH = 4;

export const doctorView: View<DoctorResult> = {
  human: ({ checks, bundle }, style) => {
    const width = Math.max(...checks.map(({ name }) => name.length));
    const count = (level: Check['level']) => checks.filter((check) => check.level === level).length;
    const [failed, warned] = [count('fail'), count('warn')];
    const verdict =
      failed + warned === 0 ? 'everything is as it should be' : `${failed} failed, ${plural(warned, 'warning')}`;
    return [
      ...checks.flatMap((check) => checkLines(check, width, style)),
      '',
      `${paint(style, 'strong', 'SUMMARY')}  ${plural(checks.length, 'check')}: ${verdict}`,
      ...(bundle === undefined
        ? []
        : wrap(`Bundle: ${bundle}. It holds names and addresses; look into it first.`, style.width)),
    ];
  },
  plain: ({ checks, bundle }) => [
    ...checks.map(({ name, level, what, fix }): Row => ['check', name, level, what, fix]),
    ...(bundle === undefined ? [] : [['bundle', bundle] satisfies Row]),
  ],
};

function checkLines({ name, level, what, fix }: Check, nameWidth: number, style: Style): string[] {
  const hanging = ' '.repeat(LEVEL_WIDTH + nameWidth + 4);
  const [first = '', ...rest] = wrap(what, style.width, hanging);
  const head = `${paint(style, TONES[level], pad(level, LEVEL_WIDTH))}  ${pad(name, nameWidth)}  ${first.trimStart()}`;
  return [head, ...rest, ...(fix === undefined ? [] : wrap(`fix: ${fix}`, style.width, hanging))];
}
