/**
 * Maintenance of a device. Rows: `maintenance name on changed by sinceMs untilMs why` · `running workflow` ·
 * `waiting workflow`.
 */

import { maintenanceWords } from '../engine/model/maintenance.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { plural } from './format.ts';
import { wrap } from './text.ts';
import type { Row, View } from './view.ts';

export const maintenanceView: View<ResultOf<'device.maintenance'>> = {
  human: ({ name, changed, maintenance, running, waiting }, { width }) => [
    ...wrap(
      `${changed ? '' : 'Nothing has changed: '}${name} is ${maintenance ? `in maintenance ${maintenanceWords(maintenance)}` : 'not in maintenance'}.`,
      width,
    ),
    ...(maintenance && running.length > 0
      ? [
          '',
          `${plural(running.length, 'workflow')} under way there, wait for the end:`,
          ...running.map((id) => `  ${id}`),
        ]
      : []),
    ...(waiting.length > 0
      ? [
          '',
          `${plural(waiting.length, 'workflow')} to go on with${maintenance ? ' afterwards' : ''}:`,
          ...waiting.map((id) => `  ${id}`),
        ]
      : []),
    ...(maintenance ? [`next: coprhd device maintenance ${name} --end`] : []),
    ...(!maintenance && waiting.length > 0 ? ['next: coprhd recover'] : []),
  ],
  plain: ({ name, changed, maintenance, running, waiting }) => [
    [
      ...['maintenance', name, maintenance !== undefined, changed],
      ...[maintenance?.by, maintenance?.sinceMs, maintenance?.untilMs, maintenance?.why],
    ],
    ...running.map((id): Row => ['running', id]),
    ...waiting.map((id): Row => ['waiting', id]),
  ],
};
