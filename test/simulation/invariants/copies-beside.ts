/** No host sees two volumes of the same contents: neither a copy beside its source nor beside another one, unless somebody has seen to that. */
import type { StoredMask, StoredVolume } from '../../../drivers/simulator/objects.ts';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import type { Incarnation } from '../world/incarnation.ts';
import type { SimArray } from '../world/sim-array.ts';
import type { Monitor } from './monitor.ts';

export function checkBeside(monitor: Monitor, process: Incarnation, array: SimArray, changed: StoredMask): void {
  if (monitor.restored || monitor.ourUrn(changed) === undefined) return;
  const masks = [...array.texts]
    .filter(([key]) => key.startsWith('mask/'))
    .map(([, text]) => JSON.parse(text) as StoredMask);
  for (const initiator of changed.initiators) {
    const shown = new Map<string, string>();
    for (const mask of masks.filter(({ id, initiators }) => id === changed.id || initiators.includes(initiator))) {
      if (monitor.ourUrn(mask) === undefined || monitor.touched.has(`${array.name}/${mask.id}`)) continue;
      for (const { volume: id } of (mask.id === changed.id ? changed : mask).mappings) {
        const text = array.texts.get(`volume/${id}`);
        const urn = text === undefined ? undefined : monitor.ourUrn(JSON.parse(text) as StoredVolume);
        if (urn === undefined || isSeenTo(monitor, urn)) continue;
        const origin = originOf(monitor, urn);
        const twin = shown.get(origin);
        if (twin !== undefined && twin !== urn) {
          monitor.world.violate(
            'copies-stand-apart',
            `${process.name} shows ${initiator} on ${array.name} both ${twin} and ${urn}, which come from ${origin}`,
          );
        }
        shown.set(origin, urn);
      }
    }
  }
}

function originOf({ state }: Monitor, urn: string): string {
  for (let at = urn; ; ) {
    const record = state.record(at);
    const spec = record?.spec as { readonly volume?: string; readonly copyOf?: string } | undefined;
    const source = record?.kind === 'snapshot' ? spec?.volume : spec?.copyOf;
    if (source === undefined) return at;
    at = source;
  }
}

/** By an export, as recorded or as some plan that is being applied has it. */
function isSeenTo({ state }: Monitor, urn: string): boolean {
  const exports = new Set(
    state
      .recordsOf('lunMap')
      .filter(({ spec }) => spec.volume === urn)
      .map(({ spec }) => spec.export),
  );
  const says = (record: ResourceRecord | undefined) =>
    record?.kind === 'export' && (record as ResourceRecord<'export'>).spec.copies === 'identity-regenerated';
  if ([...exports].some((of) => says(state.record(of)))) return true;
  return state
    .workflows()
    .some((workflow) =>
      state
        .plan(workflow)
        ?.units.some(({ writes }) => writes.some(({ final }) => exports.has(final.urn as never) && says(final))),
    );
}
