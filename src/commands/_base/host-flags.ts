/** Flags of the commands for hosts. */
import { severalFlag } from './flags.ts';
import { usageError } from './usage.ts';

export const initiatorFlag = (what: string) => severalFlag(`${what}, and its network`, 'NAME=NETWORK');

/** An iSCSI name may have equals signs of its own; a network has none. */
export function inNetwork(key: 'iqn' | 'wwpn', text: string, flag: string = key): Record<string, string> {
  const at = text.lastIndexOf('=');
  if (at < 1 || at === text.length - 1) {
    usageError(`--${flag}: ${JSON.stringify(text)} names no network`, `write --${flag} NAME=NETWORK`);
  }
  return { [key]: text.slice(0, at), network: text.slice(at + 1) };
}
