/** `path list`: paths of a host or an export, or of all masks, as recorded and as seen. */
import { compareText } from '../../lib/compare-text.ts';
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { openViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import { lookAtDevices, seenAt } from './connectivity-look.ts';
import type { Call } from './engine.ts';
import { devicesOf, masksOfHost, type PathScope, pathsOfMask } from './path-facts.ts';
import type { InputOf, ResultOf } from './types.ts';

type Mask = ResourceRecord<'exportMask'>;

interface Asked {
  readonly masks: readonly Mask[];
  readonly scope: PathScope;
}

type Problem = { readonly problem: Omit<Diagnostic, 'severity'> };

export async function pathList(call: Call, input: InputOf<'path.list'>): Promise<ResultOf<'path.list'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const ask = (view: RecordedView) => masksAsked(view, input);
    const { result: asked } = await withView(loader, ask);
    if ('problem' in asked) return fail('error', asked.problem);
    const devices = (view: RecordedView) => devicesOf(view, asked.masks);
    const seen = await lookAtDevices(call, loader, devices, input.refresh ?? 'auto');
    const { result: paths } = await withView(loader, (view) =>
      asked.masks.flatMap((mask) => pathsOfMask({ view, seen }, mask, asked.scope)),
    );
    paths.sort((a, b) => compareText(a.host, b.host) || compareText(a.system, b.system));
    return { outcome: 'ok', diagnostics: seen.diagnostics, ...seenAt(seen), paths };
  } finally {
    loader.close();
  }
}

function masksAsked(view: RecordedView, { of, system }: InputOf<'path.list'>): Asked | Problem {
  const wanted = of === undefined ? undefined : findResource(view, of, ['host', 'export']);
  if (wanted && 'problem' in wanted) return wanted;
  const on = system === undefined ? undefined : findResource(view, system, 'storageSystem');
  if (on && 'problem' in on) return on;
  const { masks, scope } = wanted ? masksOf(view, wanted.recorded.record) : { masks: allMasks(view), scope: {} };
  const at = on?.recorded.record.urn;
  return { masks: at === undefined ? masks : masks.filter(({ spec }) => spec.system === at), scope };
}

const allMasks = (view: RecordedView): Mask[] =>
  view
    .all('exportMask')
    .map(({ record }) => record)
    .filter(isLive);

export function masksOf(view: RecordedView, record: ResourceRecord): Asked {
  if (record.kind === 'host') return { masks: masksOfHost(view, record.urn), scope: {} };
  return { masks: masksOfExport(view, record.urn), scope: { export: record.urn } };
}

/** Those that map something for it. */
export function masksOfExport(view: RecordedView, urn: Urn): Mask[] {
  const maps = view
    .inScope('lunMap', uuidOf(urn))
    .map(({ record }) => record)
    .filter(isLive);
  return [...new Set(maps.map(({ spec }) => spec.mask))]
    .flatMap((mask) => view.get<'exportMask'>(mask)?.record ?? [])
    .filter(isLive);
}
