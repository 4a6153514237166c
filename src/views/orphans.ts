/**
 * What is ours on devices and unknown to the state. Rows: `system …` as drift has them ·
 * `orphan kind system nativeId name sizeBytes pool urn epoch createdAtMs createdBy why`.
 */
import type { Orphan } from '../engine/observe/orphans.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { systemLines, systemRows } from './drift.ts';
import { formatAgo, formatBytes, kindWords, plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { pairs, wrap } from './text.ts';
import type { Row, View } from './view.ts';

export const orphansView: View<ResultOf<'orphans'>> = {
  human: ({ orphans, systems }, style) => {
    if (systems.length === 0) return ['No orphans. No storage system is recorded.'];
    const partly = systems.filter(({ trust }) => trust !== 'whole').length;
    if (orphans.length === 0) {
      const where = partly === 0 ? 'No orphans' : 'No orphans where it could be read';
      return [...systemLines(systems, style), '', `${where}.`];
    }
    const bytes = orphans.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
    const line = `${paint(style, 'strong', 'SUMMARY')}  ${plural(orphans.length, 'orphan')}, ${formatBytes(bytes)}`;
    return [
      ...systemLines(systems, style),
      ...orphans.flatMap((orphan) => ['', ...orphanLines(orphan, style)]),
      '',
      ...wrap(line, style.width),
      ...wrap(advice(orphans), style.width),
    ];
  },
  plain: ({ orphans, systems }) => [...systemRows(systems), ...orphans.map(orphanRow)],
};

function orphanLines(orphan: Orphan, style: Style): string[] {
  const { mappedBy = [], mappings = [], initiators = [], loggedIn = [], recorded } = orphan;
  const facts: (readonly [string, string] | undefined)[] = [
    ['where', `${orphan.system}, native id ${orphan.nativeId}${orphan.pool ? `, pool ${orphan.pool}` : ''}`],
    orphan.sizeBytes === undefined
      ? undefined
      : ['size', `${formatBytes(orphan.sizeBytes)}, ${formatBytes(orphan.allocatedBytes ?? 0)} allocated`],
    orphan.wwn === undefined ? undefined : ['WWN', orphan.wwn],
    mappedBy.length === 0 ? undefined : ['mapped by', mappedBy.join(', ')],
    mappings.length === 0
      ? undefined
      : ['maps', mappings.map(({ hlu, volume }) => `${volume} at LUN ${hlu}`).join(', ')],
    initiators.length === 0 ? undefined : ['admits', initiators.join(', ')],
    loggedIn.length === 0 ? undefined : ['logged in', loggedIn.join(', ')],
    ['mark', `${orphan.urn}, epoch ${orphan.epoch}`],
    ['age', recorded ? `${formatAgo(recorded.createdAtMs, style.nowMs)}, by ${recorded.createdBy.name}` : 'not known'],
    recorded
      ? ['state', `${recorded.address} is ${recorded.phase}, since ${formatAgo(recorded.sinceMs, style.nowMs)}`]
      : undefined,
    ['why', orphan.why],
  ];
  return [
    `${paint(style, 'held', kindWords(orphan.kind))} ${orphan.name}`,
    ...pairs(
      facts.filter((fact) => fact !== undefined),
      style.width,
      '  ',
    ),
  ];
}

/** Only what can be done today. */
function advice(orphans: readonly Orphan[]): string {
  if (orphans.some(({ stateIsOld }) => stateIsOld)) {
    return 'next: use the newer state that wrote these (coprhd state import); this one is an old copy';
  }
  return 'next: if another copy of the state knows them, import that (coprhd state import). Else look at each on its device; without our mark it can be adopted by coprhd import. Nothing here removes them.';
}

function orphanRow(orphan: Orphan): Row {
  const { kind, system, nativeId, name, sizeBytes, pool, urn, epoch, recorded, why } = orphan;
  return [
    ...['orphan', kind, system, nativeId, name],
    ...[sizeBytes, pool, urn, epoch, recorded?.createdAtMs, recorded?.createdBy.name, why],
  ];
}
