/**
 * A sum over a set of texts that changes with one text at a time: what makes a fingerprint of a fabric's zoning without
 * reading all of it. Equal sets have equal sums; different ones have different sums but for a collision of hashes.
 */
import { sha256Hex } from 'coprhd/driver';

export const EMPTY_SUM = '0'.repeat(64);

/** Takes the text in, or out again when it is in. */
export function toggled(sum: string, text: string): string {
  return (BigInt(`0x${sum}`) ^ BigInt(`0x${sha256Hex(text)}`)).toString(16).padStart(64, '0');
}
