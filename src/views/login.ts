/** Login and logout. Rows: `loggedIn server user` · `loggedOut server`. */
import type { View } from './view.ts';

export const loggedInView: View<{ readonly server: string; readonly user: string }> = {
  human: ({ server, user }) => [`Logged in as ${user}: commands go to ${server} now.`],
  plain: ({ server, user }) => [['loggedIn', server, user]],
};

export const loggedOutView: View<{ readonly loggedOut: boolean; readonly server?: string }> = {
  human: ({ loggedOut, server }) => [loggedOut ? `Logged out of ${server}.` : 'You are not logged in.'],
  plain: ({ loggedOut, server }) => (loggedOut ? [['loggedOut', server]] : []),
};
