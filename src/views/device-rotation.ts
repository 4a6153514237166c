/** A rotation of credentials. Rows: `rotated name changed credential previous untilMs open declaredIn`. */
import type { ResultOf } from '../engine/operations/types.ts';
import { isoTime } from '../lib/clock.ts';
import { wrap } from './text.ts';
import type { View } from './view.ts';

export const deviceRotateView: View<ResultOf<'device.rotate'>> = {
  human: ({ name, changed, credential, previous, declaredIn }, { width }) => [
    ...wrap(`${changed ? '' : 'Nothing has changed: '}${name} is logged in to with ${credential}.`, width),
    ...(previous ? wrap(previousWords(name, previous), width) : []),
    ...(changed && declaredIn !== undefined ? [`next: in ${declaredIn}, write \`credential: ${credential}\``] : []),
  ],
  plain: ({ name, changed, credential, previous, declaredIn }) => [
    ['rotated', name, changed, credential, previous?.credential, previous?.untilMs, previous?.open, declaredIn],
  ],
};

function previousWords(
  name: string,
  { credential, untilMs, open }: NonNullable<ResultOf<'device.rotate'>['previous']>,
): string {
  return open
    ? `Where that is refused, ${credential} is tried until ${isoTime(untilMs)}; coprhd device rotate ${name} --finish ends that now, --back returns to it.`
    : `${credential} is not tried any more.`;
}
