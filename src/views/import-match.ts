/**
 * Import by pattern: what the written file takes over, and what can't be and why. Rows:
 * `declared address nativeId name sizeBytes pool initiators` · `skipped nativeId name why fix` · `recorded n` · `written file`.
 */
import type { ResultOf } from '../engine/operations/types.ts';
import { formatBytes, plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { table, wrap } from './text.ts';
import type { View } from './view.ts';

export type MatchedImport = ResultOf<'import.match'> & { readonly written?: string; readonly next?: string };

export const importMatchView: View<MatchedImport> = {
  human: (result, style) => {
    const { declared, skipped, recorded, written, next } = result;
    const counts = [
      `${plural(declared.length, 'resource')} to take over`,
      ...(skipped.length > 0 ? [`${skipped.length} not`] : []),
      ...(recorded > 0 ? [`${recorded} recorded already`] : []),
    ];
    return [
      ...table(
        declared.map(({ address, nativeId, sizeBytes, pool, initiators = [] }) => [
          `${paint(style, 'add', '+')} ${address}`,
          nativeId,
          sizeBytes === undefined ? initiators.join(', ') : formatBytes(sizeBytes),
          pool ?? '',
        ]),
        { width: style.width },
      ),
      ...skippedLines(result, style),
      ...(declared.length + skipped.length > 0 ? [''] : []),
      ...wrap(`${paint(style, 'strong', 'SUMMARY')}  ${counts.join(', ')}`, style.width),
      ...(written === undefined ? [] : [`written: ${written}`]),
      ...(next === undefined ? [] : [`next: ${next}`]),
    ];
  },
  plain: ({ declared, skipped, recorded, written }) => [
    ...declared.map(({ address, nativeId, name, sizeBytes, pool, initiators }) => [
      ...['declared', address, nativeId, name],
      ...[sizeBytes, pool, initiators?.join(',')],
    ]),
    ...skipped.map(({ nativeId, name, why, fix }) => ['skipped', nativeId, name, why, fix]),
    ['recorded', recorded],
    ...(written === undefined ? [] : [['written', written]]),
  ],
};

function skippedLines({ skipped }: MatchedImport, style: Style): string[] {
  if (skipped.length === 0) return [];
  const lines = skipped.flatMap(({ name, nativeId, why, fix }) => [
    ...wrap(`${name} (${nativeId}): ${why}`, style.width, '  '),
    ...(fix === undefined ? [] : wrap(`fix: ${fix}`, style.width, '    ')),
  ]);
  return ['', paint(style, 'held', "can't be taken over"), ...lines];
}
