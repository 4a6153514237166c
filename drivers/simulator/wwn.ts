/** World wide names made of a text: the same text gives the same name, another one practically never does. */
import { sha256Hex } from 'coprhd/driver';

/** Eight bytes: `prefix` (whole bytes with colons) and as much of a hash as is left. */
export function wwnOf(prefix: string, text: string): string {
  const digits = 16 - prefix.replaceAll(':', '').length;
  return [prefix, ...sha256Hex(text).slice(0, digits).match(/../g)!].join(':');
}
