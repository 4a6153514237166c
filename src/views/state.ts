/**
 * The recorded state as it is stored. Rows: `resource address kind urn phase revision` · `record revision json` ·
 * `exported records file` · `imported records epoch`.
 */
import type { ResultOf } from '../engine/operations/types.ts';
import { plural } from './format.ts';
import { table } from './text.ts';
import type { View } from './view.ts';

export const stateListView: View<ResultOf<'state.list'>> = {
  human: ({ resources }, style) => {
    if (resources.length === 0) return ['Nothing is recorded yet.'];
    const rows = resources.map((r) => [r.address, r.phase, String(r.revision)]);
    const header = ['ADDRESS', 'PHASE', 'REVISION'];
    return [...table(rows, { width: style.width, header }), '', `${plural(resources.length, 'record')}.`];
  },
  plain: ({ resources }) => resources.map((r) => ['resource', r.address, r.kind, r.urn, r.phase, r.revision]),
};

/** The record is JSON by nature: people get it indented. */
export const stateShowView: View<ResultOf<'state.show'>> = {
  human: ({ record, revision }) =>
    record === undefined ? [] : [`revision ${revision}`, ...JSON.stringify(record, undefined, 2).split('\n')],
  plain: ({ record, revision }) => (record === undefined ? [] : [['record', revision, JSON.stringify(record)]]),
};

export function stateExportView(file: string): View<{ readonly records: number }> {
  return {
    human: ({ records }) => [`${plural(records, 'record')} exported to ${file}.`],
    plain: ({ records }) => [['exported', records, file]],
  };
}

export const stateImportView: View<ResultOf<'state.import'>> = {
  human: ({ records, epoch }) => [
    `${plural(records, 'record')} imported; the epoch of the state is ${epoch} now.`,
    'Every device is only observed until it is reviewed.',
    'next: coprhd device review NAME',
  ],
  plain: ({ records, epoch }) => [['imported', records, epoch]],
};
