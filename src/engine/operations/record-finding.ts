/** Records found in the index that a long-lived process keeps of them; it is opened when somebody first asks. */
import { LIMITS } from '../../lib/limits.ts';
import type { KindName } from '../model/kinds.ts';
import type { ResourceRecord } from '../model/record.ts';
import { kindOfUrn, type Urn } from '../model/urn.ts';
import { openRecordIndex, type RecordIndex } from '../state/record-index.ts';
import { withView } from '../state/view.ts';
import type { Call, Engine } from './engine.ts';
import type { FindBy, FoundRecord } from './record-types.ts';
import type { InputOf, OperationContext, ResultOf } from './types.ts';

const indexes = new WeakMap<Engine['store'], Promise<RecordIndex>>();

/** One that has ended is opened anew: its watch may have been cut off. */
function indexOf({ store }: Engine): Promise<RecordIndex> {
  const known = indexes.get(store);
  if (known) return known;
  const opening = openRecordIndex(store);
  const forget = () => void (indexes.get(store) === opening && indexes.delete(store));
  opening.then((index) => index.ended.then(forget, forget), forget);
  indexes.set(store, opening);
  return opening;
}

/** Whose signal is made only where it is waited for. */
type Asked = Pick<OperationContext, 'signal'>;

/** Undefined where nobody has asked this process for records yet: what runs once doesn't load all of them. */
export const keptIndex = async (engine: Engine, asked?: Asked): Promise<RecordIndex | undefined> =>
  indexes.has(engine.store) ? currentIndex(engine, asked) : undefined;

/** Whoever has seen the end of a task finds what it has made: what this process wrote is waited for. */
export async function currentIndex(engine: Engine, asked?: Asked): Promise<RecordIndex> {
  const index = await indexOf(engine);
  const { recordRevision } = engine.commits;
  if (index.revision < recordRevision) {
    const late = AbortSignal.timeout(LIMITS.awaitedMs);
    await index.until((now) => now.revision >= recordRevision, asked ? AbortSignal.any([asked.signal, late]) : late);
  }
  return index;
}

export async function recordFind(
  { engine, ctx }: Call,
  input: InputOf<'record.find'>,
): Promise<ResultOf<'record.find'>> {
  const index = await currentIndex(engine, ctx);
  const { kind, by } = input;
  const found = find(index, kind, by);
  const names: Record<string, string> = {};
  for (const { record } of found) {
    for (const urn of referred(record)) {
      const name = index.get(urn)?.record.name;
      if (name !== undefined) names[urn] = name;
    }
  }
  return { outcome: 'ok', diagnostics: [], records: await withObserved(engine, kind, found), names };
}

/** Text from outside: what isn't of the kind is nothing that could be found. */
const ofKind = (texts: readonly string[], kind: KindName): Urn[] =>
  texts.filter((text): text is Urn => kindOfUrn(text) === kind);

function find(index: RecordIndex, kind: KindName, by: FindBy): FoundRecord[] {
  if ('urns' in by) {
    return ofKind(by.urns, kind).flatMap((urn) => {
      const found = index.get(urn);
      return found ? [{ record: found.record, revision: found.revision }] : [];
    });
  }
  if ('name' in by) return index.named(kind, by.name).map(({ record }) => ({ record, match: record.name }));
  if ('tag' in by) return index.tagged(kind, by.tag).map(({ record: { record }, tag }) => ({ record, match: tag }));
  if ('all' in by) return index.ofKind(kind).map(({ record }) => ({ record }));
  if (kindOfUrn(by.under) === undefined) return [];
  return index.under(kind, by.under as Urn).map(({ record }) => ({ record }));
}

function referred({ scope, spec, status }: ResourceRecord): Urn[] {
  const texts = [...Object.values(scope), ...Object.values(spec).flat(), status.device?.system, status.device?.pool];
  return texts.filter((text): text is Urn => typeof text === 'string' && kindOfUrn(text) !== undefined);
}

async function withObserved({ store }: Engine, kind: KindName, found: FoundRecord[]): Promise<FoundRecord[]> {
  if (kind !== 'pool' && kind !== 'port') return found;
  const { result } = await withView(store, (view) =>
    found.map((each) => {
      const observed = kind === 'pool' ? view.pool(each.record.urn) : view.port(each.record.urn);
      return observed ? { ...each, observed } : each;
    }),
  );
  return result;
}
