/** What is said to somebody of a tenant names nothing of another tenant, whatever it is about. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { foldName } from '../model/address.ts';
import { KIND_NAMES } from '../model/kinds.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordIndex } from '../state/record-index.ts';

/** Names and ids of what isn't seen and was not said by the caller himself. Costs a look at every record: for what goes wrong. */
function foreignNames(index: RecordIndex, isSeen: (record: ResourceRecord) => boolean, said: unknown): Set<string> {
  const [foreign, known] = [new Set<string>(), new Set(wordsOf(JSON.stringify(said) ?? ''))];
  for (const kind of KIND_NAMES) {
    for (const { record } of index.ofKind(kind)) {
      const words = isSeen(record) ? known : foreign;
      words.add(foldName(record.name)).add(record.urn);
    }
  }
  for (const word of known) foreign.delete(word);
  return foreign;
}

/** `web/host.db1` is also `host.db1` and `db1`. */
function wordsOf(text: string): string[] {
  return text.split(/[^A-Za-z0-9_.:-]+/).flatMap((written) => {
    const word = written.replace(/^[.:]+|[.:]+$/g, '');
    const dot = word.indexOf('.');
    return [word, foldName(word), ...(dot > 0 ? [foldName(word.slice(dot + 1))] : [])];
  });
}

/** Each that names something foreign says that instead. */
export function withoutForeign(
  diagnostics: readonly Diagnostic[],
  index: RecordIndex,
  isSeen: (record: ResourceRecord) => boolean,
  said: unknown,
): readonly Diagnostic[] {
  if (diagnostics.length === 0) return diagnostics;
  const foreign = foreignNames(index, isSeen, said);
  return diagnostics.map((diagnostic) => {
    const { code, severity, summary, detail = '', fix = '', address = '' } = diagnostic;
    const isForeign = wordsOf([summary, detail, fix, address].join(' ')).some((word) => foreign.has(word));
    if (!isForeign) return diagnostic;
    return { code, severity, summary: 'it collides with something of another tenant', fix: 'ask the administrator' };
  });
}
