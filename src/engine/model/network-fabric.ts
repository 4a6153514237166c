/**
 * Which fabric of its network system a network is: by the number of a VSAN or virtual fabric, by name, or by WWN; where the
 * network says none of these, the only one that there is.
 */
import { foldName } from './address.ts';
import type { RecordedSpec } from './specs.ts';

export type FabricChoice = Pick<RecordedSpec<'network'>, 'fabric' | 'vsan'>;

/** As a switch shows it. */
export interface Fabric {
  /** WWN of the principal switch, with `/<number>` where the switch has virtual fabrics or VSANs. */
  readonly nativeId: string;
  readonly name: string;
  /** FID or VSAN number. */
  readonly virtualFabric?: number;
}

export type FoundFabric<F extends Fabric> =
  | { readonly found: F }
  /** `there`: in words, those that the network system has. */
  | { readonly why: string; readonly there: readonly string[] };

/** Pure. */
export function findFabric<F extends Fabric>(wanted: FabricChoice, fabrics: readonly F[]): FoundFabric<F> {
  const [first, ...others] = fabrics.filter((fabric) => isMeant(wanted, fabric));
  if (first && others.length === 0) return { found: first };
  const there = fabrics.map(fabricWords);
  return {
    why: first ? `${others.length + 1} of its fabrics are meant by ${choiceWords(wanted)}` : noneWhy(wanted),
    there,
  };
}

const noneWhy = (wanted: FabricChoice) =>
  wanted.vsan === undefined && wanted.fabric === undefined ? 'it has no fabric' : `it has no ${choiceWords(wanted)}`;

/** `VSAN 20`, `fabric FID128`. */
export function choiceWords({ vsan, fabric }: FabricChoice): string {
  if (vsan !== undefined) return `VSAN ${vsan}`;
  return fabric === undefined ? 'any fabric' : `fabric ${fabric}`;
}

/** `PROD_A (20, 10:00:...)`. */
export function fabricWords({ name, nativeId, virtualFabric }: Fabric): string {
  const facts = [...(virtualFabric === undefined ? [] : [String(virtualFabric)]), nativeId];
  return `${name} (${facts.join(', ')})`;
}

function isMeant({ vsan, fabric }: FabricChoice, { nativeId, name, virtualFabric }: Fabric): boolean {
  if (vsan !== undefined) return virtualFabric === vsan;
  if (fabric === undefined) return true;
  const fid = /^FID(\d{1,3})$/i.exec(fabric)?.[1];
  if (fid !== undefined && virtualFabric === Number(fid)) return true;
  const [wanted, id] = [fabric.toLowerCase(), nativeId.toLowerCase()];
  return foldName(name) === foldName(fabric) || id === wanted || id.split('/')[0] === wanted;
}
