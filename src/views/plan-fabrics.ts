/** What a plan does to the zoning of each fabric: a line each. */
import type { Plan } from '../engine/planner/plan.ts';
import { formatBytes, plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { table } from './text.ts';
import type { Row } from './view.ts';

type Fabric = NonNullable<Plan['fabrics']>[number];

export function fabricLines({ fabrics = [] }: Plan, style: Style): string[] {
  if (fabrics.length === 0) return [];
  const rows = fabrics.map((fabric) => [
    fabric.network,
    fabric.configuration,
    changesText(fabric),
    `=${fabric.keep} kept`,
    `${fabric.foreign} foreign untouched`,
    activationsText(fabric),
    `${formatBytes(fabric.databaseBytes)} of ${formatBytes(fabric.databaseBytesMax)}`,
  ]);
  return ['', paint(style, 'strong', 'fabrics'), ...table(rows, { width: style.width, indent: '  ' })];
}

function activationsText({ activationsMax: max }: Fabric): string {
  if (max === 0) return 'nothing activated';
  return max === 1 ? '1 activation' : `at most ${plural(max, 'activation')}`;
}

function changesText({ add, change, remove }: Fabric): string {
  const parts = [`+${add}`, ...(change > 0 ? [`~${change}`] : []), `-${remove}`];
  return `${parts.join(' ')} zones`;
}

export const fabricRows = ({ fabrics = [] }: Plan): Row[] =>
  fabrics.map(
    ({
      network,
      configuration,
      add,
      change,
      remove,
      keep,
      foreign,
      activationsMax,
      databaseBytes,
      databaseBytesMax,
    }): Row => [
      'fabric',
      network,
      configuration,
      add,
      change,
      remove,
      keep,
      foreign,
      activationsMax,
      databaseBytes,
      databaseBytesMax,
    ],
  );
