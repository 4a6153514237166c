/** Addresses as people type them: `stack/kind.name`, `kind.name`, or a bare name where it is unambiguous. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { nearest } from '../../lib/suggest.ts';
import { foldName, parseAddress } from '../model/address.ts';
import { type KindName, kindEntry, NAMED_KINDS } from '../model/kinds.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import { isUrn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';

export type Found =
  | { readonly recorded: VersionedRecord; readonly address: string }
  | { readonly problem: Omit<Diagnostic, 'severity'> };

export function findResource(view: RecordedView, text: string, kind?: KindName): Found {
  if (isUrn(text)) {
    const recorded = view.get(text);
    return recorded && isLive(recorded.record) ? found(recorded) : notFound(view, text, kind);
  }
  const address = parseAddress(text);
  const candidates = address
    ? byKind(view, address.kind, address.name)
    : (kind ? [kind] : NAMED_KINDS).flatMap((k) => byKind(view, k, text));
  const matching =
    address?.stack === undefined ? candidates : candidates.filter(({ record }) => inStack(record, address.stack!));
  if (matching.length === 1) return found(matching[0]!);
  if (matching.length === 0) return notFound(view, text, address?.kind ?? kind);
  return {
    problem: {
      code: 'COPRHD-STATE-007',
      summary: `${text} is ambiguous`,
      detail: matching.map(({ record }) => addressOf(record)).join(', '),
      fix: 'write the whole address',
    },
  };
}

const found = (recorded: VersionedRecord): Found => ({ recorded, address: addressOf(recorded.record) });

const inStack = (record: ResourceRecord, stack: string): boolean =>
  record.owner.type === 'stack' && foldName(record.owner.name) === foldName(stack);

/** Zone names are a key; names in projects need the projects. */
function byKind(view: RecordedView, kind: KindName, name: string): VersionedRecord[] {
  const entry = kindEntry(kind);
  if (entry.scope !== 'project') {
    const recorded = view.byName(kind, ZONE, name);
    if (recorded && isLive(recorded.record)) return [recorded];
    return view.all(kind).filter(({ record }) => isLive(record) && foldName(record.name) === foldName(name));
  }
  return view.all(kind).filter(({ record }) => isLive(record) && foldName(record.name) === foldName(name));
}

function notFound(view: RecordedView, text: string, kind: KindName | undefined): Found {
  const wanted = parseAddress(text)?.name ?? text;
  const names = (kind ? [kind] : NAMED_KINDS).flatMap((k) => view.all(k)).filter(({ record }) => isLive(record));
  const guess = nearest(
    wanted,
    names.map(({ record }) => record.name),
  );
  const like = guess && names.find(({ record }) => record.name === guess);
  return {
    problem: {
      code: 'COPRHD-STATE-005',
      summary: `nothing is recorded under ${text}`,
      fix: like ? `did you mean ${addressOf(like.record)}?` : 'coprhd state list',
    },
  };
}
