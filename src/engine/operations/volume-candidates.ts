/** Where a volume could belong, as it is: each virtual pool of its virtual array, and each virtual array, with why not. Writes nothing. */
import { compareText } from '../../lib/compare-text.ts';
import { fail } from '../../lib/diagnostic.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ROOT_TENANT_URN, type Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { USES } from '../planner/access.ts';
import { Draft } from '../planner/draft.ts';
import { moveProblem } from '../planner/moving.ts';
import type { WantedSystem } from '../planner/systems.ts';
import { openViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import type { MoveCandidate, VolumeCandidates } from './candidate-types.ts';
import type { Call } from './engine.ts';
import { plannerInput } from './planning.ts';
import type { InputOf, ResultOf } from './types.ts';

type Volume = ResourceRecord<'volume'>;

export async function volumeCandidates(
  call: Call,
  { addresses }: InputOf<'volume.candidates'>,
): Promise<ResultOf<'volume.candidates'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const { result: found } = await withView(loader, (view) =>
      addresses.map((one) => findResource(view, one, 'volume')),
    );
    const volumes = found.map((each) =>
      'problem' in each ? fail('error', each.problem) : (each.recorded.record as Volume),
    );
    const alsoObserve = (view: RecordedView): WantedSystem[] =>
      [...new Set(volumes.flatMap(({ status }) => status.device?.system ?? []))].flatMap((urn) => {
        const system = view.get<'storageSystem'>(urn)?.record;
        return system ? [{ name: system.name, urn }] : [];
      });
    const order = {
      ...{ operation: 'volume.candidates', graph: { stacks: [] }, texts: [], options: {}, additive: true },
      alsoObserve,
    };
    const base = await plannerInput(call, loader, order, new Map());
    const { result } = await withView(loader, (view) => {
      const draft = new Draft({ ...base, view });
      return volumes.map((volume) => candidatesOf(draft, volume));
    });
    return { outcome: 'ok', diagnostics: [], volumes: result };
  } finally {
    loader.close();
  }
}

function candidatesOf(draft: Draft, volume: Volume): VolumeCandidates {
  const { virtualPool, virtualArray } = volume.spec;
  const candidates = (kind: 'virtualPool' | 'virtualArray', placed: (urn: Urn) => Parameters<typeof moveProblem>[2]) =>
    usable(draft, volume, kind).map((record): MoveCandidate => {
      const current = volume.spec[kind] === record.urn;
      const why = current ? undefined : moveProblem(draft, volume, placed(record.urn));
      const named = { name: record.name, urn: record.urn, current, allowed: why === undefined };
      return { ...named, ...(why === undefined ? {} : { why }) };
    });
  return {
    address: addressOf(volume),
    urn: volume.urn,
    virtualPools: candidates('virtualPool', (urn) => ({ virtualPool: urn, virtualArray })),
    virtualArrays: candidates('virtualArray', (urn) => ({ virtualPool, virtualArray: urn })),
  };
}

/** What its tenant may use. */
function usable(draft: Draft, { scope }: Volume, kind: 'virtualPool' | 'virtualArray') {
  const project = scope.project && draft.get<'project'>(scope.project);
  const tenant = project ? project.spec.tenant : ROOT_TENANT_URN;
  const allowed = tenant === ROOT_TENANT_URN ? undefined : new Set(draft.membersOf(tenant, USES[kind]));
  return draft
    .all(kind)
    .filter(({ urn }) => allowed?.has(urn) ?? true)
    .sort((a, b) => compareText(a.name, b.name));
}
