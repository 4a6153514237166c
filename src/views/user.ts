/** Local users. Rows: `user name roles hasPassword tokens` · `passwordSet name` · `loggedOut ended` · `lockout address` · `unlocked address changed`. */
import type { ResultOf } from '../engine/operations/types.ts';
import { table } from './text.ts';
import type { View } from './view.ts';

export const userListView: View<ResultOf<'user.list'>> = {
  human: ({ users }, style) => {
    if (users.length === 0) return ['There are no local users: the first `coprhd daemon start` makes them.'];
    const rows = users.map(({ name, roles, hasPassword, tokens }) => [
      name,
      hasPassword ? 'set' : 'none',
      String(tokens),
      roles.join(' '),
    ]);
    return table(rows, { width: style.width, header: ['USER', 'PASSWORD', 'LOGINS', 'ROLES'] });
  },
  plain: ({ users }) => users.map((user) => ['user', user.name, user.roles.join(','), user.hasPassword, user.tokens]),
};

export const userPasswordView: View<ResultOf<'user.password'>> = {
  human: ({ name }) => [`The password of ${name} is set, and all logins of ${name} have ended.`],
  plain: ({ name }) => [['passwordSet', name]],
};

export const userLogoutView: View<ResultOf<'user.logout-other'>> = {
  human: ({ ended }) => [`${ended} ${ended === 1 ? 'login has' : 'logins have'} ended.`],
  plain: ({ ended }) => [['loggedOut', ended]],
};

export const userLockoutsView: View<ResultOf<'user.lockouts'>> = {
  human: ({ addresses }) => (addresses.length === 0 ? ['No address is locked out.'] : addresses),
  plain: ({ addresses }) => addresses.map((address) => ['lockout', address]),
};

export const userUnlockView: View<ResultOf<'user.unlock'> & { readonly address: string }> = {
  human: ({ address, unlocked }) => [
    unlocked ? `${address} may log in again.` : `Nothing wrong is known of ${address}.`,
  ],
  plain: ({ address, unlocked }) => [['unlocked', address, unlocked]],
};
