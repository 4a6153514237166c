/** What is on storage systems and not recorded here, as CoprHD knows it: unmanaged volumes and export masks, by ids that stay the same. */
import type { ForeignMask, ForeignVolume } from '../../engine/operations/foreign-types.ts';
import type { EngineClient } from '../../engine/operations/types.ts';
import { Refusal } from '../refusal.ts';
import { derivedId } from './derived.ts';
import { find, requireClass } from './finding.ts';

/** Where they are, and their classes. */
export const FOREIGN_PLACES = {
  volume: { className: 'UnManagedVolume', path: '/vdc/unmanaged/volumes' },
  mask: { className: 'UnManagedExportMask', path: '/vdc/unmanaged/export-masks' },
} as const;

export type ForeignKind = keyof typeof FOREIGN_PLACES;

type Named = Pick<ForeignVolume, 'system' | 'nativeId'>;

/** Of what the storage system calls it, so that it is the same at every look. */
export const foreignUrn = (kind: ForeignKind, { system, nativeId }: Named): string =>
  derivedId(FOREIGN_PLACES[kind], system, nativeId);

export interface Foreign {
  /** By their ids. */
  readonly volumes: ReadonlyMap<string, ForeignVolume>;
  readonly masks: ReadonlyMap<string, ForeignMask>;
}

const byUrn = <T extends Named>(kind: ForeignKind, all: readonly T[]): Map<string, T> =>
  new Map(all.map((each) => [foreignUrn(kind, each), each]));

/** Of these storage systems, by name or id; of all where none is named. */
export async function foreignOf(engine: EngineClient, systems?: readonly string[]): Promise<Foreign> {
  const { volumes, masks } = await engine.call('foreign.list', systems ? { systems: [...systems] } : {});
  return { volumes: byUrn('volume', volumes), masks: byUrn('mask', masks) };
}

/** `where`: said before what is wrong. */
export function foreignNamed<T>(
  kind: ForeignKind,
  all: ReadonlyMap<string, T>,
  id: string,
  missing: 'notFound' | 'notInBody',
  where = '',
): T {
  const { className } = FOREIGN_PLACES[kind];
  requireClass(id, className, where);
  const found = all.get(id);
  if (found) return found;
  throw new Refusal(missing, `${where}there is no ${className} ${id}`);
}

/** Masks that admit one of the initiators of these hosts. */
export async function masksOfHosts(
  engine: EngineClient,
  { masks }: Foreign,
  hosts: readonly string[],
): Promise<ForeignMask[]> {
  const own = await Promise.all(hosts.map((host) => find(engine, 'initiator', { under: host })));
  const ports = new Set(
    own.flatMap(({ records }) =>
      records.map(({ record }) => (record.spec as unknown as { readonly portName: string }).portName.toLowerCase()),
    ),
  );
  return [...masks.values()].filter(({ initiators }) => initiators.some((name) => ports.has(name)));
}

/** Volumes that these masks show. */
export function shownBy({ volumes }: Foreign, masks: readonly ForeignMask[]): [string, ForeignVolume][] {
  const own = new Set(masks.map(({ system, nativeId }) => `${system} ${nativeId}`));
  return [...volumes].filter(([, { system, masks: by }]) => by.some((id) => own.has(`${system} ${id}`)));
}
