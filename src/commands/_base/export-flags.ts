/** Flags of the commands for exports. */
import { usageError } from './usage.ts';

/** `data-01`, or `data-01=7` with its LUN number. */
export function numbered(flag: string, text: string): string | { volume: string; hlu: number } {
  const [volume = '', hlu] = text.split('=');
  if (hlu === undefined) return volume;
  if (!/^[0-9]+$/.test(hlu))
    usageError(`--${flag}: ${JSON.stringify(text)} has no LUN number`, `write --${flag} NAME=LUN`);
  return { volume, hlu: Number(hlu) };
}
