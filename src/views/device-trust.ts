/** Host keys of a device. Rows: `host-key name at pinned shown` (type and fingerprint) · `trusted name yes|no`. */
import type { ResultOf } from '../engine/operations/types.ts';
import type { HostKey } from '../lib/host-key.ts';
import type { View } from './view.ts';

type Keys = ResultOf<'device.trust'>['keys'];

const words = (key: HostKey | undefined, none: string): string => (key ? `${key.type} ${key.fingerprint}` : none);

/** Fingerprints are compared by eye: one below the other, never broken. */
function keyLines(keys: Keys): string[] {
  return keys.flatMap(({ at, pinned, shown }) => [
    at,
    `  pinned  ${words(pinned, 'none')}`,
    `  shown   ${words(shown, 'not asked yet')}`,
  ]);
}

export const trustQuestion = (keys: Keys): string =>
  [...keyLines(keys), 'Compare the fingerprint on the machine itself. Trust the key that is shown? [y/N] '].join('\n');

export const deviceTrustView: View<ResultOf<'device.trust'>> = {
  human: ({ name, keys, trusted, outcome }) => [
    ...keyLines(keys),
    ...(trusted ? [`${name} is known by the key that is shown from now on.`] : []),
    ...(!trusted && outcome === 'ok' ? ['Nothing has changed.'] : []),
  ],
  plain: ({ name, keys, trusted }) => [
    ...keys.map(({ at, pinned, shown }) => ['host-key', name, at, words(pinned, ''), words(shown, '')]),
    ['trusted', name, trusted],
  ],
};
