/** Mask and mapping operations of the simulated array. Pure over a Kv; every check comes before the first write. */
import type { EnsureMaskArgs, Expectation, MaskObservation } from 'coprhd/driver';
import type { Kv } from './kv.ts';
import {
  arrays,
  checkExpected,
  checkMark,
  checkName,
  HLU_RANGE,
  initiatorList,
  initiators,
  invalid,
  maskNames,
  masks,
  ports,
  refuse,
  SELF,
  type StoredMask,
  volumes,
  writeMark,
} from './objects.ts';
import type { MappingArgs } from './requests.ts';
import { maskView } from './views.ts';

/** An initiator is of one mask, as on arrays that know hosts; another's is refused naming that mask. */
function checkAdmittable(kv: Kv, names: readonly string[], mask: string | undefined): void {
  for (const name of names) {
    const holder = initiators.get(kv, name)?.mask;
    if (holder === undefined || holder === mask) continue;
    const held = masks.need(kv, holder).name;
    throw refuse(`initiator ${name} is in mask ${held}`, [held]);
  }
}

/** Puts initiators into a mask and takes the others out; those lose their sessions. */
export function setInitiators(kv: Kv, mask: StoredMask, wanted: readonly string[]): StoredMask {
  checkAdmittable(kv, wanted, mask.id);
  for (const name of mask.initiators) {
    if (!wanted.includes(name)) initiators.delete(kv, name);
  }
  for (const name of wanted) {
    const known = initiators.get(kv, name);
    if (known?.mask !== mask.id) initiators.put(kv, name, { name, mask: mask.id, ports: known?.ports ?? [] });
  }
  const changed = { ...mask, initiators: wanted };
  masks.put(kv, mask.id, changed);
  return changed;
}

export interface NewMask {
  readonly name: string;
  readonly initiators: readonly string[];
  readonly ports: readonly string[];
  readonly tag?: (nativeId: string) => string;
}

/** Makes a mask; the name is known to be free. Also how a person makes one by hand. */
export function createMask(kv: Kv, wanted: NewMask): StoredMask {
  const array = arrays.need(kv, SELF);
  const id = `mask-${String(array.nextMask).padStart(6, '0')}`;
  const mask: StoredMask = {
    id,
    name: wanted.name,
    ...(wanted.tag === undefined ? {} : { tag: wanted.tag(id) }),
    initiators: [],
    ports: wanted.ports,
    mappings: [],
  };
  const made = setInitiators(kv, mask, wanted.initiators);
  arrays.put(kv, SELF, { ...array, nextMask: array.nextMask + 1 });
  maskNames.put(kv, mask.name, id);
  return made;
}

/** Takes a mask away with all that it maps; the sessions of its initiators end. */
export function dropMask(kv: Kv, mask: StoredMask): void {
  let left = mask;
  for (const { hlu } of mask.mappings) left = unmap(kv, left, hlu);
  for (const name of left.initiators) initiators.delete(kv, name);
  masks.delete(kv, mask.id);
  maskNames.delete(kv, mask.name);
}

export function map(kv: Kv, mask: StoredMask, volumeId: string, hlu: number): StoredMask {
  const volume = volumes.need(kv, volumeId);
  const mapping = { hlu, volume: volume.id, ...(volume.wwn === undefined ? {} : { wwn: volume.wwn }) };
  const mapped = { ...mask, mappings: [...mask.mappings, mapping].sort((a, b) => a.hlu - b.hlu) };
  masks.put(kv, mask.id, mapped);
  volumes.put(kv, volume.id, { ...volume, mappings: [...volume.mappings, { mask: mask.id, hlu }] });
  return mapped;
}

export function unmap(kv: Kv, mask: StoredMask, hlu: number): StoredMask {
  const mapping = mask.mappings.find((entry) => entry.hlu === hlu);
  if (!mapping) return mask;
  const left = { ...mask, mappings: mask.mappings.filter((entry) => entry.hlu !== hlu) };
  masks.put(kv, mask.id, left);
  const volume = volumes.need(kv, mapping.volume);
  volumes.put(kv, volume.id, { ...volume, mappings: volume.mappings.filter((entry) => entry.mask !== mask.id) });
  return left;
}

/** Sorted, each once. Throws `not-found` for a port that the array doesn't have. */
export function portList(kv: Kv, names: readonly string[]): string[] {
  return [...new Set(names)].sort().map((name) => ports.need(kv, name).nativeId);
}

export function ensureMask(kv: Kv, args: EnsureMaskArgs): MaskObservation {
  checkName(kv, args.name);
  const admitted = initiatorList(args.initiators);
  const through = portList(kv, args.ports);
  if (through.length === 0) throw invalid(`mask ${args.name} has no port`);
  const id = maskNames.get(kv, args.name);
  if (id === undefined) {
    const tag = (nativeId: string) => writeMark(args.mark, nativeId);
    return maskView(kv, createMask(kv, { name: args.name, initiators: admitted, ports: through, tag }));
  }
  let mask = masks.need(kv, id);
  checkMark(mask, args.mark);
  const same = (a: readonly string[], b: readonly string[]) => a.join('\n') === b.join('\n');
  if (!same(mask.initiators, admitted)) mask = setInitiators(kv, mask, admitted);
  if (!same(mask.ports, through)) {
    mask = { ...mask, ports: through };
    masks.put(kv, id, mask);
  }
  return maskView(kv, mask);
}

export function markMask(kv: Kv, { expect }: { readonly expect: Expectation }): MaskObservation {
  const mask = masks.need(kv, expect.nativeId);
  if (mask.tag !== undefined) checkMark(mask, expect.mark);
  else if (!expect.unmarked) throw refuse(`${mask.name} carries no ownership mark`);
  const tag = writeMark(expect.mark, mask.id);
  if (tag !== mask.tag) masks.put(kv, mask.id, { ...mask, tag });
  return maskView(kv, { ...mask, tag });
}

export function unmarkMask(kv: Kv, { expect }: { readonly expect: Expectation }): undefined {
  const mask = masks.get(kv, expect.nativeId);
  if (!mask || mask.tag === undefined) return;
  checkMark(mask, expect.mark);
  const { tag: _tag, ...unmarked } = mask;
  masks.put(kv, mask.id, unmarked);
}

export function deleteMask(kv: Kv, { expect }: { readonly expect: Expectation }): undefined {
  const mask = masks.get(kv, expect.nativeId);
  if (!mask) return;
  checkExpected(mask, expect);
  if (mask.mappings.length > 0) {
    const holders = mask.mappings.map(({ volume }) => volumes.need(kv, volume).name);
    throw refuse(`mask ${mask.name} maps ${holders.join(', ')}`, holders);
  }
  dropMask(kv, mask);
}

export function ensureMapping(kv: Kv, args: MappingArgs): MaskObservation {
  const mask = masks.need(kv, args.mask.nativeId);
  const volume = volumes.need(kv, args.volume.nativeId);
  checkExpected(mask, args.mask);
  checkExpected(volume, args.volume);
  const { hluMax = HLU_RANGE.max } = arrays.need(kv, SELF);
  if (!Number.isInteger(args.hlu) || args.hlu < HLU_RANGE.min || args.hlu > hluMax) {
    throw invalid(`HLU ${args.hlu} is not within ${HLU_RANGE.min} to ${hluMax}`);
  }
  const there = mask.mappings.find(({ hlu }) => hlu === args.hlu);
  if (there?.volume === volume.id) return maskView(kv, mask);
  if (volume.mirror) throw refuse(`${volume.name} follows ${volume.mirror.source}`, [volume.mirror.source]);
  if (there) {
    const holder = volumes.need(kv, there.volume).name;
    throw refuse(`HLU ${args.hlu} of mask ${mask.name} is taken by ${holder}`, [holder]);
  }
  const other = mask.mappings.find((mapping) => mapping.volume === volume.id);
  if (other) throw refuse(`volume ${volume.name} is mapped by ${mask.name} at HLU ${other.hlu}`, [mask.name]);
  if (volume.quarantined) throw refuse(`volume ${volume.name} is in quarantine`);
  return maskView(kv, map(kv, mask, volume.id, args.hlu));
}

export function removeMapping(kv: Kv, args: MappingArgs): MaskObservation {
  const mask = masks.need(kv, args.mask.nativeId);
  checkExpected(mask, args.mask);
  const there = mask.mappings.find(({ hlu }) => hlu === args.hlu);
  if (!there) return maskView(kv, mask);
  const volume = volumes.need(kv, there.volume);
  if (volume.id !== args.volume.nativeId) {
    throw refuse(`HLU ${args.hlu} of mask ${mask.name} is ${volume.name}`, [volume.name]);
  }
  checkExpected(volume, args.volume);
  return maskView(kv, unmap(kv, mask, args.hlu));
}
