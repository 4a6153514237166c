/**
 * Addresses with wildcards, as `--target` and `--exclude` take them: `web/volume.data-*`, `web/*`, or the local form
 * `volume.data-01`, which means that resource in every stack. `*` is any text, `?` one character; case doesn't matter.
 */
import { foldName } from './address.ts';

export type AddressMatcher = (address: string) => boolean;

export function addressMatcher(pattern: string): AddressMatcher {
  const whole = foldName(pattern);
  const isLocal = !whole.includes('/');
  const expression = new RegExp(`^${[...whole].map(expressionOf).join('')}$`, 's');
  return (address) => {
    const folded = foldName(address);
    return expression.test(folded) || (isLocal && expression.test(folded.slice(folded.indexOf('/') + 1)));
  };
}

/** The same wildcards over any text. */
export function textMatcher(pattern: string): (text: string) => boolean {
  const expression = new RegExp(`^${[...foldName(pattern)].map(expressionOf).join('')}$`, 's');
  return (text) => expression.test(foldName(text));
}

function expressionOf(character: string): string {
  if (character === '*') return '.*';
  if (character === '?') return '.';
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
}
