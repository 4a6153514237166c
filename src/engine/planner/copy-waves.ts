/** The order in which new volumes, snapshots and full copies are planned: what is copied comes before its copies. */
import type { Urn } from '../model/urn.ts';
import type { Draft } from './draft.ts';
import { nameOf } from './holds.ts';
import type { NewSnapshot } from './new-snapshot.ts';
import { placeNewVolumes } from './placing.ts';
import { newSnapshots, takeSnapshots } from './snapshots.ts';
import type { NewVolume } from './volumes.ts';

export function placeAndCopy(draft: Draft, fresh: readonly NewVolume[]): void {
  let volumes = fresh;
  let snapshots: readonly NewSnapshot[] = newSnapshots(draft);
  while (volumes.length + snapshots.length > 0) {
    const waiting = new Set<Urn>([...volumes, ...snapshots].map(({ target }) => target.urn));
    const ready = volumes.filter(({ spec }) => spec.copyOf === undefined || !waiting.has(spec.copyOf));
    if (ready.length > 0) {
      placeNewVolumes(draft, ready);
      volumes = without(volumes, ready);
      continue;
    }
    const taken = snapshots.filter(({ source }) => !waiting.has(source));
    if (taken.length === 0) {
      complain(draft, volumes);
      return;
    }
    takeSnapshots(draft, taken);
    snapshots = without(snapshots, taken);
  }
}

function without<T>(all: readonly T[], some: readonly T[]): T[] {
  const gone = new Set(some);
  return all.filter((each) => !gone.has(each));
}

function complain(draft: Draft, circle: readonly NewVolume[]): void {
  for (const { target, spec } of circle) {
    draft.error({
      code: 'COPRHD-PLAN-009',
      summary: `${target.address} is a copy of ${spec.copyOf ? nameOf(draft, spec.copyOf) : 'another'}, which is in the end a copy of it`,
      fix: 'take `copyOf` off one of them',
      span: target.node.spanOf(['copyOf']),
      address: target.address,
    });
  }
}
