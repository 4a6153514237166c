import { expect, test } from 'vitest';
import { timeText } from '../../../../drivers/simulator/mds/state/time-text.ts';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

test('times are shown in UTC, over leap years and ends of centuries', () => {
  expect(timeText(Date.UTC(2023, 4, 14, 1, 25, 26, 999))).toBe('01:25:26 UTC May 14 2023');
  for (let day = 0; day < 140_000; day += 13) {
    const date = new Date(day * 86_400_000 + 3_723_000);
    const shown = `01:02:03 UTC ${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()} ${date.getUTCFullYear()}`;
    expect(timeText(date.getTime())).toBe(shown);
  }
});
