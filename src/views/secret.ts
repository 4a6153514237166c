/**
 * The vault, never its values. Rows: `key id source made` · `secret name keyId setAtMs setBy usedBy` ·
 * `key-in-use id previous` · `set name keyId replaced` · `removed name` · `rotated keyId resealed oldKeys`.
 */
import type { ResultOf } from '../engine/operations/types.ts';
import { formatAgo, plural } from './format.ts';
import { table, wrap } from './text.ts';
import type { Row, View } from './view.ts';

export const secretInitView: View<ResultOf<'secret.init'>> = {
  human: ({ keyId, source, made }, style) => [
    ...wrap(`${made ? 'Made' : 'Secrets are sealed with'} key ${keyId}, in ${source}.`, style.width),
    ...wrap('Keep a copy of it elsewhere: without it no secret can be read.', style.width),
    'next: coprhd secret set NAME',
  ],
  plain: ({ keyId, source, made }) => [['key', keyId, source, made]],
};

export const secretSetView: View<ResultOf<'secret.set'>> = {
  human: ({ name, keyId, replaced }, style) =>
    wrap(
      `${replaced ? 'Changed' : 'Set'} ${name}, sealed under key ${keyId}. Refer to it as vault:${name}.`,
      style.width,
    ),
  plain: ({ name, keyId, replaced }) => [['set', name, keyId, replaced]],
};

export const secretListView: View<ResultOf<'secret.list'>> = {
  human: ({ secrets, keyId, previousKeyIds = [] }, style) => {
    const open =
      previousKeyIds.length === 0
        ? []
        : ['', ...wrap(`A rotation from key ${previousKeyIds.join(', ')} to ${keyId} is not done.`, style.width)];
    const next = previousKeyIds.length === 0 ? [] : ['next: coprhd secret rotate'];
    if (secrets.length === 0) return ['No secret is kept. Set one with coprhd secret set NAME.', ...open, ...next];
    const rows = secrets.map((secret) => [
      secret.name,
      formatAgo(secret.setAtMs, style.nowMs),
      secret.setBy.name,
      secret.keyId,
      secret.usedBy.length === 0 ? '-' : secret.usedBy.join(', '),
    ]);
    const header = ['NAME', 'SET', 'BY', 'KEY', 'USED BY'];
    return [
      ...table(rows, { width: style.width, header }),
      '',
      `${plural(secrets.length, 'secret')}.`,
      ...open,
      ...next,
    ];
  },
  plain: ({ secrets, keyId, previousKeyIds = [] }) => [
    ...(keyId === undefined ? [] : [['key-in-use', keyId, previousKeyIds.join(',')] satisfies Row]),
    ...secrets.map((s): Row => ['secret', s.name, s.keyId, s.setAtMs, s.setBy.name, s.usedBy.join(',')]),
  ],
};

export const secretRemoveView: View<ResultOf<'secret.remove'>> = {
  human: ({ name }) => [`Removed ${name}.`],
  plain: ({ name }) => [['removed', name]],
};

export const secretRotateView: View<ResultOf<'secret.rotate'>> = {
  human: ({ keyId, resealed, oldKeyIds, source }, style) => [
    ...wrap(`Everything is sealed under key ${keyId}; ${plural(resealed, 'secret')} sealed anew.`, style.width),
    ...(oldKeyIds.length === 0
      ? []
      : wrap(
          `Old keys in ${source}: ${oldKeyIds.join(', ')}. Backups that were made before still need them; take them out when there is no such backup, and everybody else has the new key.`,
          style.width,
        )),
  ],
  plain: ({ keyId, resealed, oldKeyIds }) => [['rotated', keyId, resealed, oldKeyIds.join(',')]],
};
