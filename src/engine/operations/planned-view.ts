/** What is recorded, with some records as they will be: a view over both. Only what is asked for by URN, parent or kind. */
import type { KindName } from '../model/kinds.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { uniqueNames } from '../model/unique-names.ts';
import type { Urn } from '../model/urn.ts';

/** Revisions of what is not recorded yet are 0. */
export function withRecords(view: RecordedView, records: readonly ResourceRecord[]): RecordedView {
  const planned = new Map<Urn, VersionedRecord>(records.map((record) => [record.urn, { record, revision: 0 }]));
  const scopes = new Map<string, VersionedRecord[]>();
  for (const versioned of planned.values()) {
    for (const { kind, scope } of uniqueNames(versioned.record)) {
      const key = `${kind} ${scope}`;
      scopes.set(key, [...(scopes.get(key) ?? []), versioned]);
    }
  }
  const others = (found: readonly VersionedRecord[]) => found.filter(({ record }) => !planned.has(record.urn));
  const ofKind = (kind: KindName) => [...planned.values()].filter(({ record }) => record.kind === kind);
  return {
    ...view,
    get: (urn) => (planned.get(urn) ?? view.get(urn)) as never,
    inScope: (kind, scope) =>
      [...others(view.inScope(kind, scope)), ...(scopes.get(`${kind} ${scope}`) ?? [])] as never,
    all: (kind) => [...others(view.all(kind)), ...ofKind(kind)] as never,
  };
}
