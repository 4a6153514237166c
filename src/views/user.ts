/** Local users. Rows: `user name roles hasPassword tokens` · `passwordSet name`. */
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
