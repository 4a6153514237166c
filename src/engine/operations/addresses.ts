/** Addresses as people type them: `stack/kind.name`, `kind.name`, or a bare name where it is unambiguous. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { nearest } from '../../lib/suggest.ts';
import { foldName, parseAddress } from '../model/address.ts';
import { DEVICE_KINDS } from '../model/device-kinds.ts';
import { type KindName, kindEntry, NAMED_KINDS } from '../model/kinds.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import { isUrn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';

export type Found =
  | { readonly recorded: VersionedRecord; readonly address: string }
  | { readonly problem: Omit<Diagnostic, 'severity'> };

/** A device of any kind; where two kinds have one of the same name, the kind is written too: `networkSystem.core-a`. */
export const findDevice = (view: RecordedView, text: string): Found => findResource(view, text, DEVICE_KINDS);

/** Bare names are of `kinds`. Of a list, addresses are too; else whoever asks says what is wrong with another kind. */
export function findResource(view: RecordedView, text: string, kinds?: KindName | readonly KindName[]): Found {
  const wanted = kinds === undefined ? NAMED_KINDS : typeof kinds === 'string' ? [kinds] : kinds;
  if (isUrn(text)) {
    const recorded = view.get(text);
    return recorded && isLive(recorded.record) ? found(recorded) : notFound(view, text, wanted);
  }
  const address = parseAddress(text);
  const candidates = address
    ? byKind(view, address.kind, address.name)
    : wanted.flatMap((kind) => byKind(view, kind, text));
  const matching = candidates.filter(
    ({ record }) =>
      (typeof kinds !== 'object' || wanted.includes(record.kind)) &&
      (address?.stack === undefined || inStack(record, address.stack)),
  );
  if (matching.length === 1) return found(matching[0]!);
  if (address && candidates.length > 0 && matching.length === 0 && !wanted.includes(address.kind)) {
    return { problem: otherKind(text, wanted) };
  }
  if (matching.length === 0) return notFound(view, text, address ? [address.kind] : wanted);
  return {
    problem: {
      code: 'COPRHD-STATE-007',
      summary: `${text} is ambiguous`,
      detail: matching.map(({ record }) => addressOf(record)).join(', '),
      fix: 'write the whole address',
    },
  };
}

const otherKind = (text: string, kinds: readonly KindName[]): Omit<Diagnostic, 'severity'> => ({
  code: 'COPRHD-STATE-005',
  summary: `${text} is not of kind ${kinds.join(' or ')}`,
  fix: 'coprhd state list',
});

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

/** What shows all of a kind. */
const LISTS: Readonly<Record<string, string>> = {
  network: 'coprhd network list',
  networkSystem: 'coprhd device list',
  storageSystem: 'coprhd device list',
};

function notFound(view: RecordedView, text: string, kinds: readonly KindName[]): Found {
  const wanted = parseAddress(text)?.name ?? text;
  const names = kinds.flatMap((kind) => view.all(kind)).filter(({ record }) => isLive(record));
  const guess = nearest(
    wanted,
    names.map(({ record }) => record.name),
  );
  const like = guess && names.find(({ record }) => record.name === guess);
  return {
    problem: {
      code: 'COPRHD-STATE-005',
      summary: `nothing is recorded under ${text}`,
      fix: like ? `did you mean ${addressOf(like.record)}?` : (LISTS[kinds.join()] ?? 'coprhd state list'),
    },
  };
}
