/** Names on devices → names in plan files: legal, and each once. */

import { LIMITS } from '../../lib/limits.ts';
import { foldName } from '../model/address.ts';

/** Room for a number at the end. */
const LENGTH_MAX = LIMITS.nameLengthMax - 8;

export interface DeviceNames {
  readonly name: string;
  readonly id: string;
  readonly system: string;
  readonly wwn?: string | undefined;
}

/** `old-{name}`. What isn't a placeholder stays. */
export function filled(template: string | undefined, names: DeviceNames): string {
  const text = template ?? '{name}';
  return text.replace(/\{(name|id|wwn|system)\}/g, (_whole, key: keyof DeviceNames) => names[key] ?? names.id);
}

/** Whatever plan files don't allow in a name becomes a dash. */
function legal(text: string, otherwise: string): string {
  const name = text
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LENGTH_MAX);
  return name === '' ? otherwise : name;
}

/** Gives each asked name once, and none of those that are taken; ignoring case. */
export function createNames(taken: readonly string[]): (text: string, otherwise: string) => string {
  const used = new Set(taken.map(foldName));
  const last = new Map<string, number>();
  return (text, otherwise) => {
    const base = legal(text, otherwise);
    let name = base;
    for (let number = last.get(foldName(base)) ?? 2; used.has(foldName(name)); number++) {
      name = `${base}-${number}`;
      last.set(foldName(base), number + 1);
    }
    used.add(foldName(name));
    return name;
  };
}
