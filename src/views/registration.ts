/** Registration of devices, pools and ports. Rows: `registration kind name status changed by atMs why keeps`. */
import type { Deregistration } from '../engine/model/specs.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { isoTime } from '../lib/clock.ts';
import { kindWords, plural } from './format.ts';
import { wrap } from './text.ts';
import type { View } from './view.ts';

type Registration = ResultOf<'pool.deregister'>;

/** `UNREGISTERED by ada at 2026-...: to be emptied`; nothing where it is registered, as most are. */
export function registrationWords({ deregistered }: { readonly deregistered?: Deregistration | undefined }): string {
  if (!deregistered) return '';
  const { by, atMs, why } = deregistered;
  return `UNREGISTERED by ${by} at ${isoTime(atMs)}${why === undefined ? '' : `: ${why}`}`;
}

export const registrationView: View<Registration> = {
  human: (result, { width }) => {
    const { kind, name, changed, registrationStatus } = result;
    const state = registrationWords(result) || registrationStatus;
    return [
      ...wrap(`${changed ? '' : 'Nothing has changed: '}${kindWords(kind)} ${name} is ${state}.`, width),
      ...(registrationStatus === 'UNREGISTERED' ? wrap(staysWords(result), width) : []),
    ];
  },
  plain: ({ kind, name, registrationStatus, changed, deregistered, keeps }) => [
    [
      ...['registration', kind, name, registrationStatus, changed],
      ...[deregistered?.by, deregistered?.atMs, deregistered?.why, keeps],
    ],
  ],
};

function staysWords({ kind, keeps }: Registration): string {
  if (kind === 'port')
    return `It is in no new mask. ${plural(keeps, 'mask')} of ours keep${keeps === 1 ? 's' : ''} it.`;
  if (kind === 'networkSystem')
    return `Nothing new is zoned through it. ${plural(keeps, 'zone')} of ours stay${keeps === 1 ? 's' : ''} there.`;
  return `It gets no new volumes. ${plural(keeps, 'volume')} of ours stay${keeps === 1 ? 's' : ''} there.`;
}
