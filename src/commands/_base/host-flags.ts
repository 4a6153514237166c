/** Flags of the commands for hosts. */
import * as Flags from '@oclif/core/flags';
import { usageError } from './usage.ts';

export const initiatorFlag = (what: string) =>
  Flags.string({
    summary: `${what}, and its network; may be repeated.`,
    helpValue: 'NAME=NETWORK',
    multiple: true,
    multipleNonGreedy: true,
  });

/** An iSCSI name may have equals signs of its own; a network has none. */
export function inNetwork(key: 'iqn' | 'wwpn', text: string, flag: string = key): Record<string, string> {
  const at = text.lastIndexOf('=');
  if (at < 1 || at === text.length - 1) {
    usageError(`--${flag}: ${JSON.stringify(text)} names no network`, `write --${flag} NAME=NETWORK`);
  }
  return { [key]: text.slice(0, at), network: text.slice(at + 1) };
}
