/** What is to be done for one export: maps to add, to repair, to remove. Made by exports.ts, turned into units by export-units.ts. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import type { Draft, Target } from './draft.ts';
import type { PlannedSeers } from './export-seers.ts';
import { hold, nameOf } from './holds.ts';
import type { MaskContext } from './masks.ts';

/** Masks in the order of first use. */
export interface ExportWork {
  readonly target: Pick<Target, 'address' | 'urn'> & {
    readonly node: { readonly kind: 'export'; readonly spanOf?: Target['node']['spanOf'] };
  };
  readonly recorded: VersionedRecord | undefined;
  /** Undefined = the export ends. */
  readonly final: ResourceRecord | undefined;
  readonly full?: Target;
  /** Absent = they go with it. */
  readonly seers?: PlannedSeers;
  readonly adds: MapWork[];
  /** Maps that the device has already, in masks that are taken over: they are only recorded. */
  readonly adopts: MapWork[];
  /** Recorded maps whose LUN is put back on the device. */
  readonly repairs: MapWork[];
  readonly removes: (MapWork & {
    readonly recorded: VersionedRecord<'lunMap'>;
    readonly evidence: 'idle' | 'attested';
  })[];
  /** Masks whose admitted initiators are corrected. */
  readonly ensures: Set<MaskContext>;
  /** Masks over Fibre Channel whose paths or zones are corrected. */
  readonly zonings: Set<MaskContext>;
}

export interface MapWork {
  readonly context: MaskContext;
  readonly volume: Urn;
  readonly hlu: number;
  readonly record: ResourceRecord<'lunMap'>;
  /** What it was before: a live map, or an ended one whose HLU is taken again. */
  readonly recorded?: VersionedRecord<'lunMap'>;
}

/** One volume of a declared export. */
export interface VolumeEntry {
  readonly volume: Urn;
  readonly hlu?: number;
  /** The least that a new map may get. */
  readonly hluFrom?: number;
  /** Position in the export's list. */
  readonly index: number;
  readonly list: 'volumes' | 'snapshots';
  readonly hosts: readonly ResourceRecord<'host'>[];
  /** Recorded maps of this volume for this export. */
  readonly mine: readonly VersionedRecord<'lunMap'>[];
}

export function emptyWork(
  target: ExportWork['target'],
  recorded: VersionedRecord | undefined,
  final: ResourceRecord | undefined,
  more: Pick<ExportWork, 'full' | 'seers'> = {},
): ExportWork {
  const lists = {
    adds: [],
    adopts: [],
    repairs: [],
    removes: [],
    ensures: new Set<MaskContext>(),
    zonings: new Set<MaskContext>(),
  };
  return { target, recorded, final, ...lists, ...more };
}

/** Each export of a mask wants its paths and zones corrected; the first of those that are left does it. */
export function zoneOnce(works: readonly ExportWork[]): void {
  const done = new Set<MaskContext>();
  for (const { zonings } of works) {
    for (const context of zonings) {
      if (done.has(context)) zonings.delete(context);
      done.add(context);
    }
  }
}

/** Always false, to be returned: the export is not planned. */
export function holdWork(draft: Draft, work: ExportWork, why: Diagnostic): false {
  hold(draft, work.target, work.final === undefined ? 'delete' : work.recorded ? 'update' : 'create', why);
  return false;
}

/** Always false, to be returned. */
export function planError(
  draft: Draft,
  work: ExportWork,
  entry: VolumeEntry,
  what: string,
  fix: string,
  code: Diagnostic['code'] = 'COPRHD-PLAN-009',
): false {
  draft.error({
    code,
    fix,
    address: work.target.address,
    summary: `${work.target.address}: ${entry.list.slice(0, -1)} ${nameOf(draft, entry.volume)} ${what}`,
    ...(work.target.node.spanOf ? { span: work.target.node.spanOf([entry.list, entry.index]) } : {}),
  });
  return false;
}

/** Masks and zones also change because the plan gives a host other initiators. */
export function repairReason(draft: Draft, work: ExportWork): string {
  if (work.repairs.length > 0) return 'repairs drift';
  const contexts = new Set([...work.ensures, ...work.zonings]);
  const changed = new Set(
    draft.changes.flatMap(({ urn, action, held }) => (action === 'update' && !held ? [urn] : [])),
  );
  const names = [...contexts].flatMap(({ host }) => (changed.has(host.urn) ? [host.name] : []));
  return names.length > 0 ? `follows a change of ${[...new Set(names)].sort().join(', ')}` : 'repairs drift';
}
