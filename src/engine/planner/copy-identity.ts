/**
 * A host takes two disks with the same contents for one: the file system or volume group on a copy has the identity of that
 * on its source. So copies aren't shown beside their source, nor beside each other, unless somebody says that this was seen to.
 */
import type { DesiredSpecs } from '../config/desired.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import type { Draft } from './draft.ts';
import { type ExportWork, planError, type VolumeEntry } from './export-work.ts';
import type { MaskContext } from './masks.ts';

/** What its contents come from in the end: itself, where it is no copy. */
function originOf(draft: Draft, urn: Urn): Urn {
  const seen = new Set<Urn>();
  let at = urn;
  while (!seen.has(at)) {
    seen.add(at);
    const record = draft.get(at) ?? draft.input.view.get(at)?.record;
    const spec = record?.spec as Partial<RecordedSpec<'volume'> & RecordedSpec<'snapshot'>> | undefined;
    const source = record?.kind === 'snapshot' ? spec?.volume : spec?.copyOf;
    if (source === undefined) return at;
    at = source;
  }
  return at;
}

/** False when it was complained about. */
export function mayStandBeside(
  draft: Draft,
  work: ExportWork,
  entry: VolumeEntry,
  contexts: readonly MaskContext[],
  volume: ResourceRecord<'volume'>,
): boolean {
  const spec = work.full?.node.spec as DesiredSpecs['export'] | undefined;
  if (spec?.copies === 'identity-regenerated') return true;
  const origin = originOf(draft, volume.urn);
  for (const { host, maps, adds } of contexts) {
    const shown = new Set<Urn>([...maps.map(({ record }) => record.spec.volume), ...adds.keys()]);
    shown.delete(volume.urn);
    const twin = [...shown].find((other) => originOf(draft, other) === origin);
    if (twin === undefined) continue;
    const other = draft.get(twin) ?? draft.input.view.get(twin)?.record;
    const wwn = other?.status.device?.wwn;
    const named = `${other ? addressOf(other) : twin}${wwn ? ` (WWN ${wwn})` : ''}`;
    const source = draft.get(origin) ?? draft.input.view.get(origin)?.record;
    const whose = source ? addressOf(source) : origin;
    const what = `has the same contents as ${named}, which ${host.name} sees: both come from ${whose}, with the identities of its file systems and volume groups`;
    const fix =
      'show it to another host; or, once these are regenerated on the copy, write `copies: identity-regenerated` on the export';
    return planError(draft, work, entry, what, fix, 'COPRHD-PATH-003');
  }
  return true;
}
