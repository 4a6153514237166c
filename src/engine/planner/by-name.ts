/**
 * Changes that somebody asks for by name instead of in a file: removal of what is recorded, changes of a volume. The same
 * planner decides, with the same holds; what a file declares is changed there. Pure.
 */
import type { DesiredStack } from '../config/desired.ts';
import type { Policy } from '../model/record.ts';
import { formatSize } from '../model/size.ts';
import type { Draft } from './draft.ts';
import { addExportUnits } from './export-units.ts';
import { correctHostMasks } from './host-masks.ts';
import { MaskContexts } from './masks.ts';
import { type RecordedVolume, targetOf } from './recorded-target.ts';
import { type Dropped, dropExports, dropInfrastructure, dropVolumes } from './removal.ts';
import { planRecordedVolume } from './volumes.ts';

const STACKLESS: DesiredStack = { type: 'stack', stack: '', nodes: new Map(), forget: [], imports: [], files: [] };

/** `forget`: what is on devices stays there. */
export function removeByName(draft: Draft, named: readonly Pick<Dropped, 'record' | 'address'>[], forget: boolean) {
  const dropped = named.map((entry) => ({ ...entry, forget, stack: STACKLESS }));
  const contexts = new MaskContexts(draft);
  const corrected = addExportUnits(draft, dropExports(draft, contexts, dropped));
  correctHostMasks(draft, contexts, corrected);
  dropVolumes(draft, dropped);
  dropInfrastructure(draft, dropped);
}

export interface VolumeChange {
  readonly sizeBytes?: number;
  readonly protect?: boolean;
  readonly onRemove?: Policy['onRemove'];
}

type Asked = { readonly [K in keyof VolumeChange]: VolumeChange[K] | undefined };

/** What a file declares of its volume is said there: changed here, it would be changed back, or forgotten. */
export function changeByName(draft: Draft, volume: RecordedVolume, asked: Asked): void {
  const { record, address } = volume;
  const {
    sizeBytes = record.spec.sizeBytes,
    protect = record.policy.protect,
    onRemove = record.policy.onRemove,
  } = asked;
  if (record.owner.type === 'stack') {
    const words = [
      ...(sizeBytes === record.spec.sizeBytes ? [] : [`size: ${formatSize(sizeBytes)}`]),
      ...(protect === record.policy.protect ? [] : [`protect: ${protect}`]),
      ...(onRemove === record.policy.onRemove ? [] : [`onRemove: ${onRemove}`]),
    ];
    draft.error({
      code: 'COPRHD-PLAN-009',
      summary: `${address} is declared in ${record.sourceFile ?? `stack ${record.owner.name}`}, and is changed there`,
      fix:
        words.length > 0
          ? `write \`${words.join(', ')}\` there and apply it`
          : 'nothing is to be done: it is so already',
      address,
    });
    return;
  }
  const target = targetOf(draft.input.view, volume);
  const node = { ...target.node, policy: { ...record.policy, protect, onRemove }, file: '<volume change>' };
  planRecordedVolume(draft, { ...target, node }, { ...record.spec, sizeBytes }, volume, []);
}
